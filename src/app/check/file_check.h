#pragma once
// What `monitorai check KIND FILE...` has in common: problems go to stderr with their places, the exit code tells whether all files are good.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "yaml/yaml.h"

namespace monitorai::app {

/// Prints the problems of one file and how many they are; true where there are none.
bool is_good(const std::string& file, std::span<const yaml::Problem> problems);
/// Checks each file; 0 when all are good, 1 otherwise.
int check_files(std::span<const std::string> files, const std::function<bool(const std::string& file)>& check);

}  // namespace monitorai::app
