#pragma once
// The level of a log line, where it stands in one of the shapes that LLM runtimes write: Python's logging, JSON, logfmt, uvicorn, vLLM,
// llama-server, klog, Rust's tracing, loguru, brackets. Pure.

#include <string_view>

namespace monitorai::collect {

/// "trace", "debug", "info", "warn", "error", "critical"; "" when the line shows none.
std::string_view level_of_line(std::string_view line);
/// The same for a word ("WARNING", "err", "50" of pino): "" when it is no level.
std::string_view level_of_word(std::string_view word);

}  // namespace monitorai::collect
