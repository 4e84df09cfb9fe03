#pragma once
// The options that say where the configuration comes from: the same for every command that reads one.

#include <memory>

#include "app/command.h"
#include "app/config/load.h"

namespace monitorai::app {

inline constexpr std::string_view kDefaultFile = "monitorai.yml";  ///< used when it exists and --config is not given

struct ConfigArguments {
  std::string file;
  std::string data;
  std::string listen;
  std::vector<std::string> settings;

  void declare(Options& options);
  /// With the environment of this process. MONITORAI_CONFIG names the file where --config does not.
  ConfigSources sources() const;
};

/// Prints problems to stderr, one a line, and how many there are.
void print_problems(const std::vector<Problem>& problems);

}  // namespace monitorai::app
