#pragma once
// For tests: where the reference values lie. MAI_QUALITY_REFERENCE names another folder of the same files, which tests/interop makes anew.

#include <cstdlib>
#include <filesystem>

namespace monitorai::judge {

inline std::filesystem::path reference_folder() {
  const char* other = std::getenv("MAI_QUALITY_REFERENCE");
  return other != nullptr ? std::filesystem::path(other) : std::filesystem::path(MAI_SOURCE_DIR) / "tests/quality/reference";
}

}  // namespace monitorai::judge
