#include <cstdio>

#include "app/commands.h"
#include "app/option_list.h"

namespace monitorai::app {

Command completion_command() {
  auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .summary = "Print the completion script of a shell",
          .description =
              "Prints what teaches a shell to complete this program's commands and options.\n"
              "  bash: source <(monitorai completion bash)\n"
              "  zsh:  monitorai completion zsh > \"${fpath[1]}/_monitorai\"\n"
              "  fish: monitorai completion fish > ~/.config/fish/completions/monitorai.fish",
          .declare = [shell](Options& options) { options.positional("SHELL", *shell, "bash, zsh or fish", true); },
          .run =
              [shell] {
                const std::string script = completion_script(all_commands(), *shell);
                fmt::print("{}", script);
                if (script.empty())
                  fmt::print(stderr, "monitorai completion: there is none for \"{}\": it is one of bash, zsh, fish\n", *shell);
                return script.empty() ? 2 : 0;
              }};
}

}  // namespace monitorai::app
