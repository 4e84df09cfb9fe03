#pragma once
// The HTTP API of Tempo 2 (grafana.com/docs/tempo/latest/api_docs), over whatever source of spans it is given: the same paths, parameters,
// JSON and protobuf, so that Grafana's Tempo data source and every client of Tempo can use us without noticing. Handlers run on the HTTP
// workers and keep no state.

#include <memory>

#include "base/clock.h"
#include "net/http.h"
#include "query/traceql/engine.h"
#include "signals/spans.h"

namespace monitorai::serve {

/// Everything that the API answers from; all of it outlives the router.
struct TempoApi {
  const signals::SpanSource* source = nullptr;
  const query::TraceQlEngine* engine = nullptr;
  const Clock* clock = nullptr;
};

void add_tempo_api(net::Router& router, std::shared_ptr<const TempoApi> api);
/// /ready and the like, for a listener that is Tempo's alone.
void add_tempo_status(net::Router& router);

}  // namespace monitorai::serve
