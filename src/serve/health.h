#pragma once
// `/-/healthy`, `/-/ready` and `/-/reload`, as Prometheus has them, and the JSON of the newest scan.

#include <functional>
#include <string>

#include "net/http.h"
#include "serve/observation.h"

namespace monitorai::serve {

/// The errors of a reload, one a line; "" when it went well. Called on a worker; may block until the reload is done.
using Reload = std::function<std::string()>;

/// GET /-/healthy (200 while the program runs), GET /-/ready (503 until the first scan), POST /-/reload (500 with the errors).
void add_health_endpoints(net::Router& router, std::shared_ptr<const PublishedObservation> observations, Reload reload);

/// GET /api/v1/processes and /api/v1/gpus: 503 until the first scan.
void add_snapshot_endpoints(net::Router& router, std::shared_ptr<const PublishedObservation> observations);

}  // namespace monitorai::serve
