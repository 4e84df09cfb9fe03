#pragma once
// What `monitorai demo` prints when all runs: a table and what to do next, or one JSON line for scripts.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "app/demo/parts.h"

namespace monitorai::app::demo {

struct Started {
  const Part* part = nullptr;
  int64_t pid = 0;
  uint16_t port = 0;
};

/// `left_alone`: log files of real programs, which the demo does not write.
std::string overview_text(std::span<const Started> started, const std::filesystem::path& logs, std::span<const std::filesystem::path> left_alone);
/// {"logs":"...","processes":[{"part":"vllm","pid":4711,"framework":"vllm","model":"...","port":8000}, ...]}
std::string overview_json(std::span<const Started> started, const std::filesystem::path& logs);

}  // namespace monitorai::app::demo
