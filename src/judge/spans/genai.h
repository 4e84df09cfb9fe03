#pragma once
// What a span says of a call of a model, whatever dialect it speaks: OpenTelemetry's GenAI conventions of every generation, Traceloop's,
// OpenInference's, vLLM's own spans, and the plain attributes of hand-made ones. Views into the span. Pure; any thread.
// Sources: docs/traces.md has the table of names.

#include <optional>

#include "signals/spans.h"

namespace monitorai::judge {

enum class GenAiKind : uint8_t { inference, embedding, retrieval, tool, agent, other };
std::string_view genai_kind_name(GenAiKind kind);

struct GenAiCall {
  GenAiKind kind = GenAiKind::other;
  std::string_view dialect;    ///< "gen_ai", "traceloop", "openinference", "vllm", "plain"
  std::string_view provider;   ///< today's names: "gcp.vertex_ai" of a "vertex_ai"; "" when nothing is said
  std::string_view model;      ///< that answered, else that was asked for; "" when nothing is said
  std::optional<int64_t> input_tokens;   ///< all of them, the cached ones too
  std::optional<int64_t> output_tokens;  ///< those of reasoning too
  std::optional<int64_t> cached_tokens;  ///< of the input, read from a cache
  std::optional<double> first_token_seconds;
  std::optional<double> latency_seconds;  ///< where the span says it; else its duration
};

/// nullopt for spans that are no call of a model, a tool or a retriever.
std::optional<GenAiCall> read_genai(const signals::Span& span);

/// Whether an attribute holds what people or models wrote: prompts, answers, documents, arguments of tools.
bool is_content(std::string_view key);
/// The same of an attribute of an event of that name.
bool is_event_content(std::string_view event, std::string_view key);

}  // namespace monitorai::judge
