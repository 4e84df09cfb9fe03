#include <algorithm>

#include "base/text.h"
#include "serve/prometheus/endpoints.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

/// The version of Prometheus whose language and API we answer as: clients switch features by it.
constexpr std::string_view kPrometheusVersion = "3.5.0";
constexpr size_t kTopDefault = 10;
constexpr size_t kTopMax = 10'000;

Result<HttpResponse, ApiError> config(const PrometheusApi& api, const HttpRequest&) {
  return success_answer(fmt::format(R"({{"yaml":{}}})", json_string(api.config_yaml ? api.config_yaml() : "")));
}

Result<HttpResponse, ApiError> flags(const PrometheusApi& api, const HttpRequest&) {
  std::vector<std::string> out;
  if (api.flags)
    for (const auto& [name, value] : api.flags()) out.push_back(fmt::format("{}:{}", json_string(name), json_string(value)));
  return success_answer(fmt::format("{{{}}}", join(out, ",")));
}

Result<HttpResponse, ApiError> build_info(const PrometheusApi&, const HttpRequest&) {
  return success_answer(fmt::format(R"({{"version":"{}","revision":"monitorai-{}","branch":"","buildUser":"","buildDate":"","goVersion":""}})", kPrometheusVersion, MAI_VERSION));
}

Result<HttpResponse, ApiError> runtime_info(const PrometheusApi& api, const HttpRequest&) {
  const RuntimeView view = api.runtime ? api.runtime() : RuntimeView{};
  return success_answer(fmt::format(
      R"({{"startTime":"{}","CWD":{},"hostname":"","serverTime":"{}","reloadConfigSuccess":{},"lastConfigTime":"{}","corruptionCount":{},"goroutineCount":0,"GOMAXPROCS":0,"GOMEMLIMIT":0,"GOGC":"","GODEBUG":"","storageRetention":"{}"}})",
      rfc3339(view.started), json_string(view.folder), rfc3339(api.clock->now()), view.reload_succeeded, rfc3339(view.last_reload), view.corruptions, view.retention));
}

std::string json_counts(const std::vector<NamedCount>& counts) {
  std::vector<std::string> out;
  for (const NamedCount& one : counts) out.push_back(fmt::format(R"({{"name":{},"value":{}}})", json_string(one.name), one.count));
  return fmt::format("[{}]", join(out, ","));
}

Result<HttpResponse, ApiError> tsdb(const PrometheusApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const size_t limit, ApiParameters(request).limit());
  if (limit > kTopMax) return ApiError{ApiErrorType::bad_data, fmt::format("limit must not exceed {}", kTopMax)};
  const StoreView view = api.store ? api.store(limit == 0 ? kTopDefault : limit) : StoreView{};
  return success_answer(fmt::format(
      R"({{"headStats":{{"numSeries":{},"numLabelPairs":{},"chunkCount":{},"minTime":{},"maxTime":{}}},"seriesCountByMetricName":{},"labelValueCountByLabelName":{},"memoryInBytesByLabelName":{},"seriesCountByLabelValuePair":{}}})",
      view.series, view.label_pairs, view.chunks, view.oldest.ms, view.newest.ms, json_counts(view.series_by_metric), json_counts(view.values_by_label),
      json_counts(view.memory_by_label), json_counts(view.series_by_label_pair)));
}

ApiError admin_disabled() { return {ApiErrorType::unavailable, "admin APIs disabled"}; }

HttpResponse no_content() { return {.status = 204, .body = ""}; }

Result<HttpResponse, ApiError> delete_series(const PrometheusApi& api, const HttpRequest& request) {
  if (!api.delete_series) return admin_disabled();
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const TimeRange range, parameters.range());
  MAI_TRY_ASSIGN(const auto selectors, parameters.selectors());
  if (selectors.empty()) return ApiError{ApiErrorType::bad_data, "no match[] parameter provided"};
  if (auto done = api.delete_series(selectors, range); !done) return api_error(done.error());
  return no_content();
}

Result<HttpResponse, ApiError> clean_tombstones(const PrometheusApi& api, const HttpRequest&) {
  if (!api.clean_tombstones) return admin_disabled();
  if (auto done = api.clean_tombstones(); !done) return api_error(done.error());
  return no_content();
}

Result<HttpResponse, ApiError> snapshot(const PrometheusApi& api, const HttpRequest&) {
  if (!api.snapshot) return admin_disabled();
  const auto name = api.snapshot();
  if (!name) return api_error(name.error());
  return success_answer(fmt::format(R"({{"name":{}}})", json_string(*name)));
}

}  // namespace

void add_status_endpoints(net::Router& router, const ApiPointer& api) {
  add_api_route(router, api, "GET", "/api/v1/status/config", config);
  add_api_route(router, api, "GET", "/api/v1/status/flags", flags);
  add_api_route(router, api, "GET", "/api/v1/status/buildinfo", build_info);
  add_api_route(router, api, "GET", "/api/v1/status/runtimeinfo", runtime_info);
  add_api_route(router, api, "GET", "/api/v1/status/tsdb", tsdb);
  for (const std::string method : {"POST", "PUT"}) {
    add_api_route(router, api, method, "/api/v1/admin/tsdb/delete_series", delete_series);
    add_api_route(router, api, method, "/api/v1/admin/tsdb/clean_tombstones", clean_tombstones);
    add_api_route(router, api, method, "/api/v1/admin/tsdb/snapshot", snapshot);
  }
}

}  // namespace monitorai::serve
