#include "judge/spans/span_pipeline.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::judge {

using signals::Attribute;
using signals::AttributeType;
using signals::Span;
using signals::SpanArena;
using signals::SpanEvent;

namespace {

bool has_text(const Attribute& attribute) {
  const AttributeType type = attribute.value.type;
  return (type == AttributeType::text || type == AttributeType::list || type == AttributeType::map) && !attribute.value.text.empty();
}

bool has_content(const Span& span) {
  return std::any_of(span.attributes.begin(), span.attributes.end(), [](const Attribute& a) { return has_text(a) && is_content(a.key); }) ||
         std::any_of(span.events.begin(), span.events.end(), [](const SpanEvent& event) {
           return std::any_of(event.attributes.begin(), event.attributes.end(), [&](const Attribute& a) { return has_text(a) && is_event_content(event.name, a.key); });
         });
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

}  // namespace

bool in_share(signals::TraceId id, double share) {
  constexpr uint64_t kMask = (uint64_t{1} << 56) - 1;
  if (share >= 1) return true;
  return static_cast<double>(id.low & kMask) < share * static_cast<double>(kMask);
}

bool tail_keeps(const TailSampling& sampling, std::span<const Span> trace) {
  int64_t start = INT64_MAX, end = INT64_MIN;
  for (const Span& span : trace) {
    if (span.status == signals::SpanStatus::error) return true;
    start = std::min(start, span.start.ns);
    end = std::max(end, span.end().ns);
  }
  return end - start >= sampling.slow_ns || in_share(trace.front().trace, sampling.share);
}

Span SpanPipeline::masked(const Span& span, const SpanContentRules& rules, SpanArena& arena) {
  const auto mask = [&](std::span<const Attribute> attributes, const auto& is_meant) {
    std::vector<Attribute> out(attributes.begin(), attributes.end());
    for (Attribute& attribute : out) {
      if (!has_text(attribute) || !is_meant(attribute.key)) continue;
      std::string text(attribute.value.text);
      if (rules.content == SpanContent::off) text = fmt::format("({} characters)", characters(text));
      else if (rules.redact) rules.redact(text);
      if (text == attribute.value.text) continue;
      // A list whose text was masked may be none any more.
      attribute.value = signals::AttributeValue::of(arena.keep(text));
      ++counts_.content_masked;
    }
    return arena.keep(std::span<const Attribute>(out));
  };
  Span out = span;
  out.attributes = mask(span.attributes, is_content);
  std::vector<SpanEvent> events(span.events.begin(), span.events.end());
  for (SpanEvent& event : events) event.attributes = mask(event.attributes, [&](std::string_view key) { return is_event_content(event.name, key); });
  out.events = arena.keep(std::span<const SpanEvent>(events));
  return out;
}

Result<signals::SpanWriteOutcome> SpanPipeline::write(std::span<const Span> spans) {
  SpanArena arena;
  const auto rules = rules_.read();
  std::vector<Span> kept;
  kept.reserve(spans.size());
  for (const Span& span : spans) {
    if (!in_share(span.trace, settings_.head_share)) continue;
    kept.push_back(rules->content != SpanContent::full && has_content(span) ? masked(span, *rules, arena) : span);
  }
  signals::SpanWriteOutcome outcome;
  if (!kept.empty()) {
    MAI_TRY_ASSIGN(outcome, store_.write(kept));
  }
  outcome.sampled_out = spans.size() - kept.size();
  counts_.sampled_out += outcome.sampled_out;
  // A request that was sent again because its answer got lost was counted the first time.
  if (kept.empty() || outcome.duplicates < kept.size()) {
    metrics_.count(spans);
    graph_.count(spans);
    if (settings_.tap) settings_.tap(spans);
  }
  return outcome;
}

}  // namespace monitorai::judge
