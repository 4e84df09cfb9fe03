#pragma once
// GET /api/v1/traces/{id}/context: what is known of a trace beyond its spans: the calls of models in it, in one form whatever dialect they
// speak, and the processes behind its spans. Handlers run on the HTTP workers.

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "judge/spans/prices.h"
#include "judge/spans/process_join.h"
#include "net/http.h"

namespace monitorai::serve {

/// Further spans of a trace are not looked at.
inline constexpr size_t kContextSpansMax = 200'000;

struct TraceContext {
  const signals::SpanSource* source = nullptr;  ///< outlives the routes
  std::vector<judge::ModelPrice> prices;
  std::vector<std::string> host_names;
  /// The newest scan; null before the first.
  std::function<std::shared_ptr<const signals::ProcessSnapshot>()> processes;
  judge::PastProcess past;
};

/// The body of the answer. Numbers that a span does not say are null.
std::string trace_context_json(std::span<const signals::Span> trace, std::span<const judge::ModelPrice> prices,
                               std::span<const judge::ProcessOfTrace> processes);

void add_trace_context(net::Router& router, std::shared_ptr<const TraceContext> context);

}  // namespace monitorai::serve
