#include <fmt/format.h>

#include "serve/loki/endpoints.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

/// The version is that of the Loki whose API this is: clients choose features by it.
constexpr std::string_view kLokiVersion = "3.3.2";

Result<HttpResponse, LokiError> build_info(const LokiApi&, const HttpRequest&) {
  return HttpResponse::json(200, fmt::format("{{\"version\":\"{}\",\"revision\":\"monitorai-{}\",\"branch\":\"\",\"buildUser\":\"\",\"buildDate\":\"\",\"goVersion\":\"\"}}\n",
                                             kLokiVersion, MAI_VERSION));
}

Result<HttpResponse, LokiError> ready(const LokiApi&, const HttpRequest&) { return HttpResponse::text(200, "ready\n"); }

/// Rules over logs do not exist yet: as a Loki without rules.
Result<HttpResponse, LokiError> no_rule_groups(const LokiApi&, const HttpRequest&) { return LokiError{404, "no rule groups found"}; }
Result<HttpResponse, LokiError> no_rules(const LokiApi&, const HttpRequest&) {
  return HttpResponse::json(200, "{\"status\":\"success\",\"data\":{\"groups\":[]},\"errorType\":\"\",\"error\":\"\"}");
}
Result<HttpResponse, LokiError> no_alerts(const LokiApi&, const HttpRequest&) {
  return HttpResponse::json(200, "{\"status\":\"success\",\"data\":{\"alerts\":[]},\"errorType\":\"\",\"error\":\"\"}");
}

}  // namespace

void add_loki_status_endpoints(net::Router& router, const LokiPointer& api) {
  add_loki_route(router, api, "GET", "/loki/api/v1/status/buildinfo", build_info);
  add_loki_route(router, api, "GET", "/ready", ready);
  add_loki_route(router, api, "GET", "/loki/api/v1/rules", no_rule_groups);
  add_loki_route(router, api, "GET", "/loki/api/v1/rules/{namespace}", no_rule_groups);
  add_loki_route(router, api, "GET", "/loki/api/v1/rules/{namespace}/{group}", no_rule_groups);
  add_loki_route(router, api, "GET", "/prometheus/api/v1/rules", no_rules);
  add_loki_route(router, api, "GET", "/prometheus/api/v1/alerts", no_alerts);
}

}  // namespace monitorai::serve
