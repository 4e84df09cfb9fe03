#include "collect/process/launchers.h"

#include <algorithm>

namespace monitorai::collect {
namespace {

constexpr std::string_view kScripts[] = {"torchrun",   "torch-run",  "accelerate", "deepspeed",  "composer",
                                         "colossalai", "horovodrun", "torchx",     "dstack-run", "ds"};
constexpr std::string_view kModules[] = {"torch.distributed.run",
                                         "torch.distributed.launch",
                                         "torch.distributed.elastic",
                                         "accelerate.commands.launch",
                                         "accelerate.commands.accelerate-cli",
                                         "deepspeed.launcher.runner",
                                         "deepspeed.launcher.launch",
                                         "deepspeed",
                                         "accelerate",
                                         "composer.cli.launcher",
                                         "colossalai.cli",
                                         "horovod.runner.launch",
                                         "torch.multiprocessing"};
// Switches of these launchers that take no value.
constexpr std::string_view kSwitches[] = {"--standalone",
                                          "--multi_gpu",
                                          "--multi-gpu",
                                          "--mixed_precision_off",
                                          "--use_deepspeed",
                                          "--use_fsdp",
                                          "--cpu",
                                          "--no_python",
                                          "--use_env",
                                          "--use-env",
                                          "--tpu",
                                          "--main_training_function_off",
                                          "--force_multi",
                                          "--no_ssh",
                                          "--enable_each_rank_log_off",
                                          "--debug",
                                          "--quiet",
                                          "-q",
                                          "--use_megatron_lm",
                                          "--rdzv_off",
                                          "--no_local_rank"};

template <size_t N>
bool one_of(std::string_view text, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

}  // namespace

bool is_python_launcher(const Program& program) {
  if (program.kind == Program::Kind::script || program.kind == Program::Kind::native) {
    if (!one_of(program.name, kScripts)) {
      if (program.kind == Program::Kind::native) return false;
      return program.path.find("/torch/distributed/") != std::string::npos || program.path.ends_with("/accelerate/commands/launch.py") ||
             program.path.find("/deepspeed/launcher/") != std::string::npos;
    }
    // `accelerate config`, `accelerate env` launch nothing.
    return program.name != "accelerate" || (!program.arguments.empty() && program.arguments[0] == "launch");
  }
  return program.kind == Program::Kind::module && one_of(program.name, kModules);
}

std::optional<Evidence> launched_by_python(const Program& program, const Evidence& launcher) {
  Evidence inner;
  inner.exe = "/usr/bin/python3";
  inner.cwd = launcher.cwd;
  inner.environment = launcher.environment;
  inner.argv = {"python3"};
  const auto arguments = program.arguments;
  const auto take_from = [&](size_t at) {
    inner.argv.insert(inner.argv.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end());
    return inner;
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "-m" || word == "--module") {
      if (i + 1 >= arguments.size()) return std::nullopt;
      inner.argv.emplace_back("-m");
      return take_from(i + 1);
    }
    if (word.starts_with('-')) {
      const bool takes_value = word.find('=') == std::string_view::npos && !one_of(word, kSwitches) && i + 1 < arguments.size() &&
                               !arguments[i + 1].starts_with('-') && !arguments[i + 1].ends_with(".py");
      if (takes_value) ++i;
      continue;
    }
    if (i == 0 && (word == "launch" || word == "run")) continue;
    return take_from(i);
  }
  return std::nullopt;
}

}  // namespace monitorai::collect
