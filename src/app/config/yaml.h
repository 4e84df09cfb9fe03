#pragma once
// The names of the YAML reader as the configuration uses them.

#include "yaml/yaml.h"

namespace monitorai::app {

using yaml::kind_name;
using yaml::kYamlBytesMax;
using yaml::Problem;
using yaml::read_yaml;
using yaml::YamlEntry;
using yaml::YamlNode;

}  // namespace monitorai::app
