#pragma once
// The HTTP API of Loki 3 (grafana.com/docs/loki/latest/reference/loki-http-api), over whatever log source it is given: the same paths,
// parameters, JSON and status codes, so that Grafana, logcli and every client of Loki can use us without noticing. Handlers run on the
// HTTP workers and keep no state; live tails are LiveTail's.

#include <memory>

#include "base/clock.h"
#include "net/http.h"
#include "query/logql/engine.h"
#include "serve/loki/live_tail.h"
#include "signals/logs.h"

namespace monitorai::serve {

/// Everything that the API answers from; all of it outlives the router.
struct LokiApi {
  const signals::LogSource* source = nullptr;
  const query::LogQlEngine* engine = nullptr;
  const Clock* clock = nullptr;
  LiveTail* tail = nullptr;
};

/// Everything but push, which is collect's.
void add_loki_api(net::Router& router, std::shared_ptr<const LokiApi> api);

}  // namespace monitorai::serve
