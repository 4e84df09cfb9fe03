// A TraceQL query: what parses is evaluated on two small traces, one of them with a cycle.

#include "query/traceql/evaluate.h"
#include "query/traceql/parser.h"
#include "query/traceql/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  (void)query::parse_trace_field(text);
  const auto query = query::parse_traceql(text);
  if (!query) return 0;
  const signals::Attribute attributes[] = {{"a", signals::AttributeValue::of(int64_t{-1})}, {"b", signals::AttributeValue::of(std::string_view("x"))}, {"c", signals::AttributeValue::of(0.5)}};
  const signals::SpanOrigin origin{.resource = attributes};
  const signals::SpanEvent event{{5}, "event", attributes};
  std::vector<signals::Span> spans;
  for (uint64_t i = 1; i <= 5; ++i)
    spans.push_back({.trace = {1, 1}, .id = {i}, .parent = {i == 4 ? 5 : i == 5 ? 4 : i - 1}, .origin = &origin, .name = "n", .start = {5}, .duration_ns = 7, .attributes = attributes, .events = {&event, 1}});
  const query::TraceView trace(spans);
  (void)query::evaluate(*query, trace);
  const query::TracePlan plan = query::plan_of(*query);
  const query::TraceView alone(spans, false);
  for (uint32_t i = 0; i < spans.size(); ++i) (void)query::is_candidate(plan, alone, i);
  return 0;
}
