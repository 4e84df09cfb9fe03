#include "serve/health.h"

#include "serve/fresh_json.h"
#include "serve/snapshot_json.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

HttpResponse not_yet() {
  HttpResponse response = HttpResponse::text(503, "the first scan is not done yet\n");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

void add_health_endpoints(net::Router& router, std::shared_ptr<const PublishedObservation> observations, Reload reload) {
  router.add("GET", "/-/healthy", [](const HttpRequest&) { return HttpResponse::text(200, "MonitorAI is healthy.\n"); });
  router.add("GET", "/-/ready", [observations](const HttpRequest&) {
    return observations->read() == nullptr ? not_yet() : HttpResponse::text(200, "MonitorAI is ready.\n");
  });
  router.add("POST", "/-/reload", [reload = std::move(reload)](const HttpRequest&) {
    const std::string errors = reload();
    if (errors.empty()) return HttpResponse::text(200, "reloaded\n");
    return HttpResponse::text(500, "the running configuration stays as it is:\n" + errors + "\n");
  });
}

void add_snapshot_endpoints(net::Router& router, std::shared_ptr<const PublishedObservation> observations) {
  router.add("GET", "/api/v1/processes", [observations](const HttpRequest&) {
    const auto observation = observations->read();
    return observation == nullptr ? not_yet() : fresh_json(200, processes_json(*observation->processes));
  });
  router.add("GET", "/api/v1/gpus", [observations](const HttpRequest&) {
    const auto observation = observations->read();
    return observation == nullptr ? not_yet() : fresh_json(200, gpus_json(*observation->gpus));
  });
}

}  // namespace monitorai::serve
