#include "serve/loki/api.h"

#include "base/check.h"
#include "serve/loki/endpoints.h"

namespace monitorai::serve {

void add_loki_route(net::Router& router, const LokiPointer& api, const std::string& method, const std::string& path, LokiHandler handler) {
  router.add(method, path, [api, handler = std::move(handler)](const net::HttpRequest& request) {
    auto answer = handler(*api, request);
    return answer ? std::move(answer).value() : loki_error_answer(answer.error());
  });
}

void add_loki_query_route(net::Router& router, const LokiPointer& api, const std::string& path, const LokiHandler& handler) {
  add_loki_route(router, api, "GET", path, handler);
  add_loki_route(router, api, "POST", path, handler);
}

Result<std::vector<signals::Matcher>, LokiError> loki_selector(const LokiApi& api, std::string_view text) {
  auto matchers = api.engine->selector(text);
  if (!matchers) return loki_error(matchers.error());
  return std::move(*matchers);
}

void add_loki_api(net::Router& router, std::shared_ptr<const LokiApi> api) {
  MAI_CHECK(api->source != nullptr && api->engine != nullptr && api->clock != nullptr && api->tail != nullptr);
  add_loki_query_endpoints(router, api);
  add_loki_label_endpoints(router, api);
  add_loki_index_endpoints(router, api);
  add_loki_detected_endpoints(router, api);
  add_loki_status_endpoints(router, api);
}

}  // namespace monitorai::serve
