#include "serve/prometheus/api.h"

#include "serve/prometheus/endpoints.h"

namespace monitorai::serve {

void add_api_route(net::Router& router, const ApiPointer& api, const std::string& method, const std::string& path, ApiHandler handler) {
  router.add(method, path, [api, handler = std::move(handler)](const net::HttpRequest& request) {
    auto answer = handler(*api, request);
    return answer ? std::move(answer).value() : error_answer(answer.error());
  });
}

void add_api_query_route(net::Router& router, const ApiPointer& api, const std::string& path, const ApiHandler& handler) {
  add_api_route(router, api, "GET", path, handler);
  add_api_route(router, api, "POST", path, handler);
}

void add_prometheus_api(net::Router& router, std::shared_ptr<const PrometheusApi> api) {
  MAI_CHECK(api->source != nullptr && api->engine != nullptr && api->clock != nullptr);
  add_query_endpoints(router, api);
  add_series_endpoints(router, api);
  add_target_endpoints(router, api);
  add_rule_endpoints(router, api);
  add_status_endpoints(router, api);
  add_federation(router, api);
}

void add_ruler_api(net::Router& router, std::function<std::vector<RuleGroupView>()> rules) {
  auto api = std::make_shared<PrometheusApi>();
  api->rules = std::move(rules);
  add_ruler_endpoints(router, std::move(api));
}

}  // namespace monitorai::serve
