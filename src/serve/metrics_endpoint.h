#pragma once
// `/metrics`: the families of the newest observation, as text 0.0.4 or OpenMetrics 1.0 as the scraper's Accept header asks. Compression
// is the HTTP server's. Handlers run on any thread.

#include <functional>
#include <string>

#include "net/http.h"
#include "serve/observation.h"

namespace monitorai::serve {

/// Families that are made at each scrape: those about the program itself.
using FamilySource = std::function<std::vector<signals::MetricFamily>()>;

/// What a `/metrics` shows.
struct MetricsChoice {
  bool processes = false;
  bool gpus = false;
  FamilySource own{};  ///< none: nothing of ourselves
};

/// Adds GET /metrics. Before the first scan it shows what there is: a scrape then is no error.
void add_metrics_endpoint(net::Router& router, std::shared_ptr<const PublishedObservation> observations, MetricsChoice choice);

}  // namespace monitorai::serve
