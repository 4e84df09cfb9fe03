#pragma once
// The configuration as others may see it: YAML with its secrets replaced by <secret>, which is what Alertmanager's own clients expect.

#include <string>

#include "yaml/yaml.h"

namespace monitorai::forward {

std::string shown_config(const yaml::YamlNode& document);

}  // namespace monitorai::forward
