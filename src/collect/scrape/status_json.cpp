#include "collect/scrape/status_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr size_t kModelsMax = 1'000;

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') out += "\\n";
    else out += c;
  }
  return out;
}

Error bad(std::string_view what, simdjson::error_code code) {
  return {Code::corrupt, fmt::format("cannot read {}: {}", what, simdjson::error_message(code))};
}

void gauge(std::string& out, std::string_view name, std::string_view help, std::string_view lines) {
  if (!lines.empty()) fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} gauge\n{}", name, help, name, lines);
}

}  // namespace

Result<std::string> ollama_status_text(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(document); error != simdjson::SUCCESS) return bad("Ollama's /api/ps", error);
  simdjson::dom::array models;
  if (const auto error = document["models"].get_array().get(models); error != simdjson::SUCCESS) return bad("\"models\" of Ollama's /api/ps", error);
  std::string sizes, vram;
  size_t loaded = 0;
  for (const simdjson::dom::element model : models) {
    std::string_view name;
    if (model["name"].get_string().get(name) != simdjson::SUCCESS || ++loaded > kModelsMax) continue;
    uint64_t bytes = 0;
    if (model["size"].get_uint64().get(bytes) == simdjson::SUCCESS)
      fmt::format_to(std::back_inserter(sizes), "ollama_model_size_bytes{{model_name=\"{}\"}} {}\n", escaped(name), bytes);
    if (model["size_vram"].get_uint64().get(bytes) == simdjson::SUCCESS)
      fmt::format_to(std::back_inserter(vram), "ollama_model_vram_bytes{{model_name=\"{}\"}} {}\n", escaped(name), bytes);
  }
  std::string out;
  gauge(out, "ollama_models_loaded", "Models that Ollama holds in memory", fmt::format("ollama_models_loaded {}\n", loaded));
  gauge(out, "ollama_model_size_bytes", "Memory of a loaded model", sizes);
  gauge(out, "ollama_model_vram_bytes", "Part of a loaded model's memory that is on GPUs", vram);
  return out;
}

Result<std::string> koboldcpp_status_text(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(document); error != simdjson::SUCCESS) return bad("KoboldCpp's /api/extra/perf", error);
  std::string out;
  const auto number = [&](std::string_view key, std::string_view name, std::string_view help) {
    double value = 0;
    if (document[key].get_double().get(value) == simdjson::SUCCESS) gauge(out, name, help, fmt::format("{} {}\n", name, format_number(value)));
  };
  number("queue", "llm_requests_waiting", "Requests that wait in the runtime's queue");
  number("total_gens", "koboldcpp_generations", "Answers since the start");
  number("last_token_count", "koboldcpp_last_answer_tokens", "Tokens of the last answer");
  number("last_process", "koboldcpp_last_prompt_seconds", "Time to read the last prompt");
  number("last_eval", "koboldcpp_last_answer_seconds", "Time to generate the last answer");
  double idle = 0;
  if (document["idle"].get_double().get(idle) == simdjson::SUCCESS)
    gauge(out, "llm_requests_running", "Requests that are being worked on", fmt::format("llm_requests_running {}\n", idle > 0 ? 0 : 1));
  return out;
}

}  // namespace monitorai::collect
