#pragma once
// The options that say where the configuration comes from: the same for every command that reads one.

#include <memory>

#include "app/command.h"
#include "app/config/load.h"

namespace monitorai::app {

inline constexpr std::string_view kDefaultFile = "monitorai.yml";  ///< used when it exists and --config is not given

/// The exit code of a configuration with errors: starting again cannot help, and service managers are told so.
inline constexpr int kExitMisconfigured = 2;

struct ConfigArguments {
  std::string file;
  std::string data;
  std::string listen;
  std::vector<std::string> settings;

  /// All of them, for the program that serves.
  void declare(Options& options);
  /// --config and --set alone, for a command that looks once.
  void declare_sources(Options& options);
  /// With the environment of this process. MONITORAI_CONFIG names the file where --config does not.
  ConfigSources sources() const;
};

/// Prints problems to stderr, one a line, and how many there are.
void print_problems(const std::vector<Problem>& problems);

}  // namespace monitorai::app
