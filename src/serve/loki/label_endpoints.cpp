#include <algorithm>
#include <set>

#include "base/text.h"
#include "serve/loki/endpoints.h"
#include "serve/prometheus/answers.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using signals::Labels;
using signals::Matcher;

Result<HttpResponse, LokiError> label_names(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now(), kLokiLabelsSinceDefault));
  MAI_TRY_ASSIGN(const std::vector<Matcher> matchers, loki_selector(api, parameters.text("query")));
  const auto names = api.source->label_names(matchers, range, 0);
  if (!names) return loki_error(names.error());
  return loki_success(json_strings(*names));
}

Result<HttpResponse, LokiError> label_values(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now(), kLokiLabelsSinceDefault));
  MAI_TRY_ASSIGN(const std::vector<Matcher> matchers, loki_selector(api, parameters.text("query")));
  const auto values = api.source->label_values(request.path_parameter("name"), matchers, range, 0);
  if (!values) return loki_error(values.error());
  return loki_success(json_strings(*values));
}

Result<HttpResponse, LokiError> series(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now(), kLokiLabelsSinceDefault));
  std::vector<std::string_view> groups = parameters.texts("match[]");
  const std::vector<std::string_view> plain = parameters.texts("match");
  groups.insert(groups.end(), plain.begin(), plain.end());
  if (groups.empty()) return LokiError{400, "0 matcher groups supplied"};
  std::set<Labels> all;
  for (const std::string_view group : groups) {
    MAI_TRY_ASSIGN(const std::vector<Matcher> matchers, loki_selector(api, group));
    const auto found = api.source->select(matchers, range);
    if (!found) return loki_error(found.error());
    for (size_t i = 0; i < (*found)->size(); ++i) all.insert((*found)->labels(i));
  }
  std::string data = "[";
  for (const Labels& labels : all) {
    if (data.size() > 1) data += ',';
    append_json_labels(data, labels);
  }
  return loki_success(data + "]");
}

}  // namespace

void add_loki_label_endpoints(net::Router& router, const LokiPointer& api) {
  // Loki has "label" for "labels" too.
  add_loki_query_route(router, api, "/loki/api/v1/labels", label_names);
  add_loki_query_route(router, api, "/loki/api/v1/label", label_names);
  add_loki_query_route(router, api, "/loki/api/v1/label/{name}/values", label_values);
  add_loki_query_route(router, api, "/loki/api/v1/series", series);
}

}  // namespace monitorai::serve
