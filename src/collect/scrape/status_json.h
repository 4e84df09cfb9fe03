#pragma once
// Runtimes without Prometheus metrics have cheap status endpoints; their JSON becomes exposition text, so that one path leads on.
// The adapter of simdjson for collect/scrape.

#include <string>
#include <string_view>

#include "base/result.h"

namespace monitorai::collect {

/// Ollama's GET /api/ps: `ollama_models_loaded`, and of each model its size, the part of it in VRAM, and when it will be unloaded.
Result<std::string> ollama_status_text(std::string_view json);
/// KoboldCpp's GET /api/extra/perf: requests that wait, whether it works, what it generated, the speed of the last answer.
Result<std::string> koboldcpp_status_text(std::string_view json);

}  // namespace monitorai::collect
