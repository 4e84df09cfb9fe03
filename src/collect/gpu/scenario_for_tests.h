#pragma once
// The one scenario file of a test binary (tests/fakes/README.md). The environment variable that names it is set once, before any thread
// of a collector runs: setenv(3) beside a thread that starts a program is a race.

#include <cstdlib>

#include "base/files.h"

namespace monitorai::collect {

inline const std::filesystem::path& scenario_path() {
  static const TemporaryDirectory folder;
  static const std::filesystem::path path = [] {
    std::filesystem::path file = folder.path() / "scenario.gpu";
    ::setenv("MONITORAI_FAKE_GPU", file.c_str(), 1);
    return file;
  }();
  return path;
}

/// Replaces the scenario at once: threads that a test left behind may be reading it.
inline void set_scenario(std::string_view scenario) { MAI_CHECK(write_file_atomically(scenario_path(), scenario).has_value()); }

}  // namespace monitorai::collect
