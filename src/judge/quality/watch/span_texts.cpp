#include "judge/quality/watch/span_texts.h"

#include <algorithm>

#include "base/text.h"
#include "judge/quality/watch/message_texts.h"
#include "judge/spans/genai.h"

namespace monitorai::judge {
namespace {

using signals::Attribute;
using signals::Span;
using Names = std::initializer_list<std::string_view>;

/// Attributes of the span and of its events, one after the other.
template <class Take>
void each_text(const Span& span, Take take) {
  const auto of = [&](std::span<const Attribute> attributes, std::string_view event) {
    for (const Attribute& attribute : attributes)
      if (!attribute.value.text.empty() && attribute.value.type != signals::AttributeType::bytes)
        take(attribute.key, attribute.value.text, event);
  };
  of(span.attributes, {});
  for (const signals::SpanEvent& event : span.events) of(event.attributes, event.name);
}

bool any_content(const Span& span) {
  const auto is = [](const Attribute& attribute) { return is_content(attribute.key); };
  if (std::any_of(span.attributes.begin(), span.attributes.end(), is)) return true;
  return std::any_of(span.events.begin(), span.events.end(),
                     [&](const signals::SpanEvent& event) { return event.name.starts_with("gen_ai."); });
}

struct Texts {
  std::string prompt, answer;
  std::vector<std::string> documents;
};

/// "gen_ai.prompt.3.content" is message 3 of "gen_ai.prompt.": the last one of the role that is looked for wins.
bool is_message_of(std::string_view key, std::string_view prefix, std::string_view suffix) {
  return key.starts_with(prefix) && key.ends_with(suffix) && key.size() > prefix.size() + suffix.size();
}

std::string_view role_beside(const Span& span, std::string_view key, std::string_view suffix, std::string_view role_suffix) {
  return signals::text_attribute(span.attributes, fmt::format("{}{}", key.substr(0, key.size() - suffix.size()), role_suffix));
}

Texts texts_of(const Span& span) {
  Texts out;
  std::string whole_prompt, whole_answer;
  const auto keep = [](std::string& into, std::string text) {
    if (!text.empty() && !is_length_only(text)) into = std::move(text);
  };
  each_text(span, [&](std::string_view key, std::string_view text, std::string_view event) {
    const auto is = [&](Names names) { return std::find(names.begin(), names.end(), key) != names.end(); };
    if (is({"gen_ai.input.messages", "gen_ai.prompt", "llm.prompts", "prompt", "prompt.text"}))
      return keep(out.prompt, text_of_messages(text, "user"));
    if (is({"gen_ai.output.messages", "gen_ai.completion", "llm.completions", "completion", "answer", "response.text"}))
      return keep(out.answer, text_of_messages(text, "assistant"));
    for (const auto& [prefix, suffix, role] :
         {std::tuple<std::string_view, std::string_view, std::string_view>{"gen_ai.prompt.", ".content", ".role"},
          {"llm.input_messages.", ".message.content", ".message.role"}}) {
      if (!is_message_of(key, prefix, suffix)) continue;
      const std::string_view its = role_beside(span, key, suffix, role);
      if (its.empty() || its == "user") keep(out.prompt, text_of_messages(text, "user"));
      return;
    }
    if (is_message_of(key, "gen_ai.completion.", ".content") || is_message_of(key, "llm.output_messages.", ".message.content"))
      return keep(out.answer, text_of_messages(text, "assistant"));
    if (is({"input.value", "traceloop.entity.input", "gen_ai.retrieval.query.text"}))
      return keep(whole_prompt, text_of_messages(text, "user"));
    if (is({"output.value", "traceloop.entity.output"})) return keep(whole_answer, text_of_messages(text, "assistant"));
    if (is({"gen_ai.retrieval.documents", "retrieval.documents"}) || is_message_of(key, "retrieval.documents.", ".document.content")) {
      for (std::string& document : texts_of_documents(text))
        if (!is_length_only(document)) out.documents.push_back(std::move(document));
      return;
    }
    if (event == "gen_ai.user.message" && key == "content") return keep(out.prompt, text_of_messages(text, "user"));
    if (event == "gen_ai.choice" && (key == "content" || key == "message")) return keep(out.answer, text_of_messages(text, "assistant"));
  });
  if (out.prompt.empty()) out.prompt = std::move(whole_prompt);
  if (out.answer.empty()) out.answer = std::move(whole_answer);
  return out;
}

std::string_view route_of(const Span& span) {
  const std::string_view own = signals::text_attribute(span.attributes, "http.route");
  return own.empty() ? signals::text_attribute(span.attributes, "gen_ai.agent.name") : own;
}

std::string cut(std::string_view text) { return std::string(text.substr(0, kOriginBytesMax)); }

}  // namespace

bool is_length_only(std::string_view text) {
  constexpr std::string_view kEnd = " characters)";
  if (!text.starts_with('(') || !text.ends_with(kEnd) || text.size() <= kEnd.size() + 1) return false;
  const std::string_view digits = text.substr(1, text.size() - kEnd.size() - 1);
  return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void SpanTexts::remember(signals::TraceId trace, std::vector<std::string> texts) {
  const std::lock_guard lock(mutex_);
  auto found = by_trace_.find(trace);
  if (found == by_trace_.end()) {
    documents_.push_back({trace, {}, 0});
    found = by_trace_.emplace(trace, std::prev(documents_.end())).first;
  }
  Documents& of = *found->second;
  for (std::string& text : texts) {
    of.bytes += text.size();
    bytes_ += text.size();
    of.texts.push_back(std::move(text));
  }
  while (documents_.size() > kTracesMax || (bytes_ > kDocumentBytesMax && !documents_.empty())) {
    bytes_ -= documents_.front().bytes;
    by_trace_.erase(documents_.front().trace);
    documents_.pop_front();
  }
}

std::vector<std::string> SpanTexts::documents_of(signals::TraceId trace) {
  const std::lock_guard lock(mutex_);
  const auto found = by_trace_.find(trace);
  return found == by_trace_.end() ? std::vector<std::string>() : found->second->texts;
}

std::vector<std::string> SpanTexts::facts_of(std::string_view trace_id) {
  const auto trace = signals::TraceId::from_hex(trace_id);
  return trace ? documents_of(*trace) : std::vector<std::string>();
}

std::vector<Submission> SpanTexts::read(std::span<const Span> spans) {
  std::vector<Submission> out;
  std::vector<std::pair<const Span*, GenAiCall>> calls;
  for (const Span& span : spans) {
    if (!any_content(span)) continue;
    const auto call = read_genai(span);
    if (!call) continue;
    if (call->kind == GenAiKind::inference) calls.emplace_back(&span, *call);
    // What was retrieved is known before the model is called, but a batch may hold them in any order: retrievals first.
    if (call->kind != GenAiKind::retrieval && call->kind != GenAiKind::other) continue;
    if (Texts texts = texts_of(span); !texts.documents.empty()) remember(span.trace, std::move(texts.documents));
  }
  for (const auto& [span, call] : calls) {
    Texts texts = texts_of(*span);
    if ((texts.prompt.empty() && texts.answer.empty()) || texts.prompt.size() > kPromptBytesMax || texts.answer.size() > kAnswerBytesMax)
      continue;
    Submission& one = out.emplace_back(Submission{.answer = {}, .source = TextSource::span});
    Answer& answer = one.answer;
    answer.prompt = std::move(texts.prompt);
    answer.text = std::move(texts.answer);
    answer.facts = texts.documents.empty() ? documents_of(span->trace) : std::move(texts.documents);
    answer.id = span->id.hex();
    answer.origin = {.model = cut(call.model),
                     .service = cut(span->origin->service()),
                     .route = cut(route_of(*span)),
                     .trace_id = span->trace.hex(),
                     .span_id = span->id.hex(),
                     .time = TimeMs{span->end().ns / 1'000'000}};
  }
  return out;
}

}  // namespace monitorai::judge
