#pragma once
// What a query asks of the store: which spans must exist in a trace that it selects. Pure; any thread.

#include "query/traceql/evaluate.h"

namespace monitorai::query {

/// A trace that the query selects has a span that fulfils one of `candidates` (null: any span).
struct TracePlan {
  std::vector<const TraceExpr*> candidates;
  signals::SpanHint hint;
  bool single = false;  ///< the query is one filter: spans can be judged one by one
};
TracePlan plan_of(const TraceQuery& query);
/// Whether a span alone, out of its trace, may be a candidate.
bool is_candidate(const TracePlan& plan, const TraceView& alone, uint32_t span);
/// Narrows the hint by a condition that every wanted span fulfils.
void narrow(const TraceExpr* condition, signals::SpanHint& hint);

}  // namespace monitorai::query
