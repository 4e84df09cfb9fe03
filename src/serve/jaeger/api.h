#pragma once
// Jaeger's query API below /jaeger, so that Jaeger's UI and Grafana's Jaeger data source can read us: services, operations, traces. Handlers
// run on the HTTP workers and keep no state. Source: jaegertracing.io/docs/apis (the JSON API of the query service).

#include "serve/tempo/api.h"

namespace monitorai::serve {

/// Paths are /jaeger/api/...: Tempo has /api/traces for itself.
void add_jaeger_api(net::Router& router, std::shared_ptr<const TempoApi> api);

}  // namespace monitorai::serve
