#include <fmt/format.h>

#include "base/text.h"
#include "serve/loki/endpoints.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr int64_t kPointsMax = 11'000;
constexpr int64_t kDelaySecondsMax = 5;

Result<HttpResponse, LokiError> instant(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  const TimeMs now = api.clock->now();
  MAI_TRY_ASSIGN(const TimeNs time, parameters.time("time", {now.ms * 1'000'000}));
  auto result = api.engine->instant(*api.source, parameters.text("query"), time, request.cancelled);
  if (!result) return loki_error(result.error());
  return loki_query_answer(std::move(*result), {time.ns / 1'000'000}, signals::Direction::backward, wants_categorized_labels(request));
}

Result<HttpResponse, LokiError> range(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  query::LogQlRange range;
  MAI_TRY_ASSIGN(range.limit, parameters.limit());
  MAI_TRY_ASSIGN(range.direction, parameters.direction());
  MAI_TRY_ASSIGN(const signals::LogRange times, parameters.range(api.clock->now()));
  if (times.empty()) return LokiError{400, "end timestamp must not be before or equal to start time"};
  MAI_TRY_ASSIGN(range.step, parameters.step(times));
  if ((times.to - times.from) / range.step > kPointsMax)
    return LokiError{400, "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"};
  MAI_TRY_ASSIGN(range.interval, parameters.duration("interval", {}));
  if (range.interval.count() < 0) return LokiError{400, "interval must be >= 0"};
  range.from = times.from;
  range.to = times.to;
  auto result = api.engine->range(*api.source, parameters.text("query"), range, request.cancelled);
  if (!result) return loki_error(result.error());
  return loki_query_answer(std::move(*result), {times.to.ns / 1'000'000}, range.direction, wants_categorized_labels(request));
}

/// Answered as Loki answers: its envelope even for errors.
Result<HttpResponse, LokiError> format(const LokiApi& api, const HttpRequest& request) {
  const auto text = api.engine->format(LokiParameters(request).text("query"));
  if (!text) return HttpResponse::json(400, fmt::format("{{\"status\":\"invalid-query\",\"error\":{}}}\n", json_string(text.error().message)));
  return loki_success(json_string(*text));
}

Result<HttpResponse, LokiError> tail(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  TailRequest wanted{.query = std::string(parameters.text("query"))};
  MAI_TRY_ASSIGN(wanted.limit, parameters.limit());
  MAI_TRY_ASSIGN(const signals::LogRange times, parameters.range(api.clock->now()));
  wanted.from = times.from;
  if (const std::string_view delay = parameters.text("delay_for"); !delay.empty()) {
    const auto seconds = parse_integer<int64_t>(delay);
    if (!seconds || *seconds < 0) return LokiError{400, fmt::format("strconv.Atoi: parsing {}: invalid syntax", json_string(delay.substr(0, 64)))};
    if (*seconds > kDelaySecondsMax) return LokiError{400, fmt::format("delay_for can't be greater than {}", kDelaySecondsMax)};
    wanted.delay = std::chrono::seconds(*seconds);
  }
  wanted.categorize = wants_categorized_labels(request);
  return api.tail->open(request, std::move(wanted));
}

}  // namespace

void add_loki_query_endpoints(net::Router& router, const LokiPointer& api) {
  add_loki_query_route(router, api, "/loki/api/v1/query", instant);
  add_loki_query_route(router, api, "/loki/api/v1/query_range", range);
  add_loki_query_route(router, api, "/loki/api/v1/format_query", format);
  add_loki_route(router, api, "GET", "/loki/api/v1/tail", tail);
}

}  // namespace monitorai::serve
