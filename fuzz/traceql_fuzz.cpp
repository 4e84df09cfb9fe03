// A TraceQL query: what parses is evaluated on a trace with a cycle, and searched for and measured over it and another one.

#include "base/check.h"
#include "query/traceql/engine.h"
#include "query/traceql/evaluate.h"
#include "query/traceql/plan.h"
#include "query/traceql/testing/memory_span_source.h"

namespace {

using namespace monitorai;

constexpr signals::SpanRange kRange{{0}, {120'000'000'000}};
constexpr std::chrono::milliseconds kStep{30'000};

std::shared_ptr<const signals::SpanBatch> batch() {
  auto out = std::make_shared<signals::SpanBatch>();
  const signals::Attribute attributes[] = {{"a", signals::AttributeValue::of(int64_t{-1})},
                                           {"b", signals::AttributeValue::of(std::string_view("x"))},
                                           {"c", signals::AttributeValue::of(0.5)},
                                           {"d", signals::AttributeValue::of(true)},
                                           {"service.name", signals::AttributeValue::of(std::string_view("s"))}};
  const auto kept = out->arena.keep(std::span<const signals::Attribute>(attributes));
  const auto* origin = out->arena.keep_one(signals::SpanOrigin{.resource = kept, .scope_name = "scope", .scope_attributes = kept});
  const auto* event = out->arena.keep_one(signals::SpanEvent{{5}, "event", kept});
  const auto* link = out->arena.keep_one(signals::SpanLink{.trace = {1, 2}, .span = {1}, .attributes = kept});
  for (uint64_t i = 1; i <= 5; ++i)
    out->spans.push_back({.trace = {1, 1}, .id = {i}, .parent = {i == 4 ? 5 : i == 5 ? 4 : i - 1}, .origin = origin, .name = "n", .start = {static_cast<int64_t>(i) * 20'000'000'000}, .duration_ns = 7,
                          .kind = i == 1 ? signals::SpanKind::server : signals::SpanKind::client, .status = i == 3 ? signals::SpanStatus::error : signals::SpanStatus::unset, .attributes = kept, .events = {event, 1}});
  for (uint64_t i = 1; i <= 3; ++i)
    out->spans.push_back({.trace = {1, 2}, .id = {i}, .parent = {i / 2}, .origin = origin, .name = "m", .start = {90'000'000'000}, .duration_ns = static_cast<int64_t>(i) << 40, .attributes = kept.first(i), .links = {link, 1}});
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const std::shared_ptr<const signals::SpanBatch> owner = batch();
  static const query::MemorySpanSource source(owner->spans, owner);
  static const query::TraceQlEngine engine;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (query::parse_trace_field(text)) (void)engine.tag_values(source, text, "", kRange);
  const auto query = query::parse_traceql(text);
  if (!query) return 0;
  const std::span<const signals::Span> cyclic = std::span(owner->spans).first(5);
  (void)query::evaluate(*query, query::TraceView(cyclic));
  const query::TracePlan plan = query::plan_of(*query);
  const query::TraceView alone(cyclic, false);
  for (uint32_t i = 0; i < cyclic.size(); ++i) (void)query::is_candidate(plan, alone, i);
  if (const auto found = engine.search(source, text, {.range = kRange})) MAI_CHECK(found->traces.size() <= 2);
  if (const auto series = engine.range(source, text, kRange, kStep))
    for (const query::TraceSeries& one : *series) MAI_CHECK(std::is_sorted(one.samples.begin(), one.samples.end(), [](const auto& a, const auto& b) { return a.first < b.first; }));
  return 0;
}
