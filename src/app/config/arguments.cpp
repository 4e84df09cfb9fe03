#include "app/config/arguments.h"

#include <cstdio>

namespace monitorai::app {

void ConfigArguments::declare(Options& options) {
  declare_sources(options);
  options.value("--data", data, "Folder for all that is stored (key: data)", "DIR");
  options.value("--listen", listen, "Where pages and APIs are served (key: listen)", "HOST:PORT");
}

void ConfigArguments::declare_sources(Options& options) {
  options.value("-c,--config", file, "Configuration file (default: monitorai.yml where there is one)", "FILE");
  options.values("--set", settings, "Set any key of the configuration, as log.level=debug; repeatable", "KEY=VALUE");
}

ConfigSources ConfigArguments::sources() const {
  ConfigSources sources{.file = file, .environment = monitorai_environment(), .settings = settings};
  std::erase_if(sources.environment, [&](const auto& variable) {
    if (variable.first != "MONITORAI_CONFIG") return false;
    if (sources.file.empty()) sources.file = variable.second;
    return true;
  });
  std::error_code ignored;
  if (sources.file.empty() && std::filesystem::is_regular_file(kDefaultFile, ignored)) sources.file = kDefaultFile;
  // The short forms win over --set, as the more particular.
  if (!data.empty()) sources.settings.push_back("data=" + data);
  if (!listen.empty()) sources.settings.push_back("listen=" + listen);
  return sources;
}

void print_problems(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) fmt::print(stderr, "{}\n", problem.line());
  fmt::print(stderr, "{} problem{} in the configuration\n", problems.size(), problems.size() == 1 ? "" : "s");
}

}  // namespace monitorai::app
