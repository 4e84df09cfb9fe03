#include "judge/spans/genai.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace monitorai::judge {
namespace {

using signals::Attribute;
using signals::AttributeValue;
using signals::Span;

/// A number, also one that was sent as text.
std::optional<double> number_of(const AttributeValue& value) {
  if (value.is_number()) return value.number();
  return value.type == signals::AttributeType::text ? parse_number(value.text) : std::nullopt;
}

/// The attributes that matter, found in one pass.
struct Found {
  std::string_view operation, provider, system, request_model, response_model, llm_request_type, inference_kind, openinference_model, openinference_provider, plain_model;
  std::optional<double> input, prompt, openinference_prompt, llm_prompt, output, completion, openinference_completion, llm_completion, generated;
  std::optional<double> cache_read, cache_creation, openinference_cached, traceloop_cached;
  std::optional<double> first_chunk, first_token, end_to_end;
  bool gen_ai = false;
};

using TextSlot = std::string_view Found::*;
using NumberSlot = std::optional<double> Found::*;
constexpr std::array<std::pair<std::string_view, TextSlot>, 14> kTexts{{{"gen_ai.operation.name", &Found::operation},
                                                                        {"gen_ai.provider.name", &Found::provider},
                                                                        {"gen_ai.system", &Found::system},
                                                                        {"gen_ai.request.model", &Found::request_model},
                                                                        {"gen_ai.response.model", &Found::response_model},
                                                                        {"llm.request.type", &Found::llm_request_type},
                                                                        {"llm.request.model", &Found::request_model},
                                                                        {"llm.response.model", &Found::response_model},
                                                                        {"openinference.span.kind", &Found::inference_kind},
                                                                        {"llm.model_name", &Found::openinference_model},
                                                                        {"embedding.model_name", &Found::openinference_model},
                                                                        {"llm.provider", &Found::openinference_provider},
                                                                        {"model_name", &Found::plain_model},
                                                                        {"model", &Found::plain_model}}};
constexpr std::array<std::pair<std::string_view, NumberSlot>, 21> kNumbers{{{"gen_ai.usage.input_tokens", &Found::input},
                                                                            {"gen_ai.usage.output_tokens", &Found::output},
                                                                            {"gen_ai.usage.prompt_tokens", &Found::prompt},
                                                                            {"gen_ai.usage.completion_tokens", &Found::completion},
                                                                            {"gen_ai.usage.cache_read.input_tokens", &Found::cache_read},
                                                                            {"gen_ai.usage.cache_creation.input_tokens", &Found::cache_creation},
                                                                            {"gen_ai.usage.cache_write.input_tokens", &Found::cache_creation},
                                                                            {"gen_ai.usage.cache_read_input_tokens", &Found::traceloop_cached},
                                                                            {"gen_ai.usage.cache_creation_input_tokens", &Found::cache_creation},
                                                                            {"gen_ai.response.time_to_first_chunk", &Found::first_chunk},
                                                                            {"gen_ai.server.time_to_first_token", &Found::first_token},
                                                                            {"gen_ai.latency.time_to_first_token", &Found::first_token},
                                                                            {"gen_ai.latency.e2e", &Found::end_to_end},
                                                                            {"llm.usage.prompt_tokens", &Found::llm_prompt},
                                                                            {"llm.usage.completion_tokens", &Found::llm_completion},
                                                                            {"llm.usage.cache_read_input_tokens", &Found::traceloop_cached},
                                                                            {"llm.token_count.prompt", &Found::openinference_prompt},
                                                                            {"llm.token_count.completion", &Found::openinference_completion},
                                                                            {"llm.token_count.prompt_details.cache_read", &Found::openinference_cached},
                                                                            {"tokens.generated", &Found::generated},
                                                                            {"time_to_first_token", &Found::first_token}}};

Found find(const Span& span) {
  Found out;
  for (const Attribute& attribute : span.attributes) {
    const std::string_view key = attribute.key;
    if (key.starts_with("gen_ai.")) out.gen_ai = true;
    // Others begin otherwise: most attributes of most spans end here.
    else if (!key.starts_with("llm.") && !key.starts_with("openinference.") && !key.starts_with("embedding.") && !key.starts_with("model") && !key.starts_with("t")) continue;
    if (attribute.value.type == signals::AttributeType::text)
      for (const auto& [name, slot] : kTexts)
        if (name == key) out.*slot = attribute.value.text;
    for (const auto& [name, slot] : kNumbers)
      if (name == key) out.*slot = number_of(attribute.value);
  }
  return out;
}

std::string_view first(std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts)
    if (!text.empty()) return text;
  return {};
}

std::optional<int64_t> first_count(std::initializer_list<std::optional<double>> numbers) {
  for (const auto& number : numbers)
    if (number && *number >= 0 && *number < 1e15) return static_cast<int64_t>(*number);
  return std::nullopt;
}

std::optional<double> first_seconds(std::initializer_list<std::optional<double>> numbers) {
  for (const auto& number : numbers)
    if (number && *number >= 0 && *number < 1e9) return *number;
  return std::nullopt;
}

/// Today's name of a provider.
std::string_view provider_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kRenamed{{{"vertex_ai", "gcp.vertex_ai"},
                                                                                    {"gemini", "gcp.gemini"},
                                                                                    {"az.ai.inference", "azure.ai.inference"},
                                                                                    {"az.ai.openai", "azure.ai.openai"},
                                                                                    {"azure", "azure.ai.openai"},
                                                                                    {"xai", "x_ai"},
                                                                                    {"OpenAI", "openai"},
                                                                                    {"Anthropic", "anthropic"},
                                                                                    {"aws", "aws.bedrock"},
                                                                                    {"AWS", "aws.bedrock"},
                                                                                    {"Google", "gcp.gen_ai"},
                                                                                    {"Cohere", "cohere"},
                                                                                    {"MistralAI", "mistral_ai"},
                                                                                    {"Groq", "groq"}}};
  const auto found = std::find_if(kRenamed.begin(), kRenamed.end(), [&](const auto& pair) { return pair.first == name; });
  return found == kRenamed.end() ? name : found->second;
}

std::optional<GenAiKind> kind_of(const Span& span, const Found& found) {
  constexpr std::array<std::pair<std::string_view, GenAiKind>, 11> kOperations{{{"chat", GenAiKind::inference},
                                                                                {"generate_content", GenAiKind::inference},
                                                                                {"text_completion", GenAiKind::inference},
                                                                                {"completion", GenAiKind::inference},
                                                                                {"embeddings", GenAiKind::embedding},
                                                                                {"embedding", GenAiKind::embedding},
                                                                                {"retrieval", GenAiKind::retrieval},
                                                                                {"execute_tool", GenAiKind::tool},
                                                                                {"create_agent", GenAiKind::agent},
                                                                                {"invoke_agent", GenAiKind::agent},
                                                                                {"invoke_workflow", GenAiKind::agent}}};
  constexpr std::array<std::pair<std::string_view, GenAiKind>, 7> kInferenceKinds{{{"LLM", GenAiKind::inference},
                                                                                   {"EMBEDDING", GenAiKind::embedding},
                                                                                   {"RETRIEVER", GenAiKind::retrieval},
                                                                                   {"TOOL", GenAiKind::tool},
                                                                                   {"AGENT", GenAiKind::agent},
                                                                                   {"RERANKER", GenAiKind::other},
                                                                                   {"GUARDRAIL", GenAiKind::other}}};
  for (const std::string_view operation : {found.operation, found.llm_request_type}) {
    const auto at = std::find_if(kOperations.begin(), kOperations.end(), [&](const auto& pair) { return pair.first == operation; });
    if (at != kOperations.end()) return at->second;
  }
  if (!found.inference_kind.empty()) {
    const auto at = std::find_if(kInferenceKinds.begin(), kInferenceKinds.end(), [&](const auto& pair) { return pair.first == found.inference_kind; });
    return at == kInferenceKinds.end() ? std::nullopt : std::optional(at->second);
  }
  if (found.generated) return GenAiKind::inference;
  const bool counted = found.output || found.completion || found.llm_completion || found.openinference_completion;
  if (counted) return GenAiKind::inference;
  // vLLM's span of a request that failed has no counts.
  if (span.name == "llm_request" && found.gen_ai) return GenAiKind::inference;
  if (found.input || found.prompt) return GenAiKind::embedding;
  return std::nullopt;
}

std::string_view dialect_of(const Span& span, const Found& found) {
  if (span.name == "llm_request" && found.gen_ai && found.operation.empty()) return "vllm";
  if (!found.inference_kind.empty()) return "openinference";
  if (!found.llm_request_type.empty()) return "traceloop";
  return found.gen_ai ? "gen_ai" : "plain";
}

bool ends_in_metadata(std::string_view key) {
  constexpr std::array<std::string_view, 5> kEnds{".role", ".name", ".id", ".finish_reason", ".finish_reasons"};
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return key.ends_with(end); });
}

}  // namespace

std::string_view genai_kind_name(GenAiKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"inference", "embedding", "retrieval", "tool", "agent", "other"};
  return kNames[static_cast<size_t>(kind)];
}

std::optional<GenAiCall> read_genai(const Span& span) {
  const Found found = find(span);
  const auto kind = kind_of(span, found);
  if (!kind) return std::nullopt;
  GenAiCall out{.kind = *kind, .dialect = dialect_of(span, found)};
  out.provider = provider_of(first({found.provider, found.system, found.openinference_provider}));
  out.model = first({found.response_model, found.request_model, found.openinference_model, found.plain_model});
  out.input_tokens = first_count({found.input, found.prompt, found.llm_prompt, found.openinference_prompt});
  out.output_tokens = first_count({found.output, found.completion, found.llm_completion, found.openinference_completion, found.generated});
  out.cached_tokens = first_count({found.cache_read, found.traceloop_cached, found.openinference_cached});
  // Older instrumentations of Anthropic told the input without its cached part: a part that is larger than the whole was left out of it.
  const int64_t cached = out.cached_tokens.value_or(0), created = first_count({found.cache_creation}).value_or(0);
  if (out.input_tokens && cached + created > *out.input_tokens) *out.input_tokens += cached + created;
  out.first_token_seconds = first_seconds({found.first_chunk, found.first_token});
  out.latency_seconds = first_seconds({found.end_to_end});
  return out;
}

bool is_content(std::string_view key) {
  constexpr std::array<std::string_view, 22> kPrefixes{"gen_ai.prompt",        "gen_ai.completion",       "gen_ai.input.messages",  "gen_ai.output.messages",
                                                       "gen_ai.system_instructions", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.retrieval.query.text",
                                                       "gen_ai.retrieval.documents", "gen_ai.event.content", "gen_ai.content",        "llm.prompts",
                                                       "llm.completions",      "llm.input_messages",      "llm.output_messages",    "llm.prompt_template.variables",
                                                       "input.value",          "output.value",            "traceloop.entity.input", "traceloop.entity.output",
                                                       "retrieval.documents",  "embedding.text"};
  constexpr std::array<std::string_view, 6> kWhole{"prompt", "completion", "prompt.text", "answer", "response.text", "embedding.embeddings"};
  if (std::find(kWhole.begin(), kWhole.end(), key) != kWhole.end()) return true;
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) { return key.starts_with(prefix); }) && !ends_in_metadata(key);
}

bool is_event_content(std::string_view event, std::string_view key) {
  if (is_content(key)) return true;
  return event.starts_with("gen_ai.") && (key == "content" || key == "message" || key == "tool_calls" || key == "body");
}

}  // namespace monitorai::judge
