#pragma once
// Where a configuration comes from: defaults, then the file, then the environment, then the command line; each wins over what stands
// before it. All problems of all sources are found in one go.

#include <string>
#include <utility>
#include <vector>

#include "app/config/config.h"
#include "app/config/yaml.h"

namespace monitorai::app {

/// What was given to the program; kept, so that a reload reads the same sources again.
struct ConfigSources {
  std::string file;                                              ///< "" for none
  std::vector<std::pair<std::string, std::string>> environment;  ///< all variables whose names begin with MONITORAI_
  std::vector<std::string> settings;                             ///< "collect.process.interval=5s", as --set has them
};

struct LoadedConfig {
  Config config;
  std::vector<Problem> problems;      ///< empty: the configuration is good
  std::vector<std::string> warnings;  ///< what is suspicious but no error
};

/// Thread: any (reads the file).
LoadedConfig load_config(const ConfigSources& sources);

/// The variables of this process that begin with MONITORAI_.
std::vector<std::pair<std::string, std::string>> monitorai_environment();

/// The paths of the keys whose values differ.
std::vector<std::string> changed_keys(const Config& before, const Config& after);

}  // namespace monitorai::app
