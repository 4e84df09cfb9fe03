// A TraceQL query: what parses is evaluated on a trace with a cycle, and searched for and measured over it and another one.

#include "base/check.h"
#include "cyclic_spans.h"
#include "query/traceql/engine.h"
#include "query/traceql/evaluate.h"
#include "query/traceql/plan.h"
#include "query/traceql/testing/memory_span_source.h"

namespace {

using namespace monitorai;

constexpr signals::SpanRange kRange{{0}, {120'000'000'000}};
constexpr std::chrono::milliseconds kStep{30'000};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const std::shared_ptr<const signals::SpanBatch> owner = cyclic_spans();
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
