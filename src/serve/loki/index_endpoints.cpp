// What the index knows without reading a line: how much there is, by stream and by label.

#include <fmt/format.h>

#include "base/text.h"
#include "query/logql/explore.h"
#include "serve/loki/endpoints.h"
#include "serve/prometheus/answers.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using signals::LogRange;
using signals::Matcher;

constexpr int64_t kPointsMax = 11'000;

void append_point(std::string& out, TimeNs time, uint64_t bytes) {
  out += '[';
  append_json_time(out, {time.ns / 1'000'000});
  fmt::format_to(std::back_inserter(out), ",\"{}\"]", bytes);
}

Result<HttpResponse, LokiError> stats(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const LogRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const std::vector<Matcher> matchers, loki_selector(api, parameters.text("query")));
  const auto selected = api.source->select(matchers, range);
  if (!selected) return loki_error(selected.error());
  const signals::StreamSet& streams = **selected;
  uint64_t found = 0;
  signals::StreamUsage all;
  for (size_t i = 0; i < streams.size(); ++i) {
    const signals::StreamUsage usage = streams.usage(i, range);
    found += usage.lines > 0 ? 1 : 0;
    all.lines += usage.lines;
    all.bytes += usage.bytes;
    all.blocks += usage.blocks;
  }
  return HttpResponse::json(200, fmt::format("{{\"streams\":{},\"chunks\":{},\"bytes\":{},\"entries\":{}}}\n", found, all.blocks, all.bytes, all.lines));
}

/// volume and, with a step, volume_range.
Result<HttpResponse, LokiError> volume_of(const LokiApi& api, const HttpRequest& request, bool is_range) {
  const LokiParameters parameters(request);
  query::VolumeRequest wanted;
  MAI_TRY_ASSIGN(wanted.range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(wanted.limit, parameters.limit());
  MAI_TRY_ASSIGN(wanted.matchers, loki_selector(api, parameters.text("query")));
  wanted.by_labels = parameters.text("aggregateBy") == "labels";
  for (const std::string_view list : parameters.texts("targetLabels"))
    for (const std::string_view name : split(list, ','))
      if (!trim(name).empty()) wanted.target_labels.emplace_back(trim(name));
  if (wanted.range.empty()) return LokiError{400, "end timestamp must not be before or equal to start time"};
  if (is_range) {
    MAI_TRY_ASSIGN(const auto step, parameters.step(wanted.range));
    wanted.step = std::max(std::chrono::duration_cast<std::chrono::seconds>(step), std::chrono::seconds(1));
    if ((wanted.range.to - wanted.range.from) / wanted.step > kPointsMax)
      return LokiError{400, "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"};
  }
  const auto volumes = query::log_volume(*api.source, wanted);
  if (!volumes) return loki_error(volumes.error());
  std::string result;
  for (const query::Volume& volume : *volumes) {
    result += result.empty() ? R"({"metric":)" : R"(,{"metric":)";
    if (wanted.by_labels) result += '{' + json_string(volume.label) + ":\"\"}";
    else append_json_labels(result, volume.labels);
    result += is_range ? R"(,"values":[)" : R"(,"value":)";
    if (!is_range) append_point(result, wanted.range.to, volume.bytes);
    for (size_t i = 0; is_range && i < volume.samples.size(); ++i) {
      if (i > 0) result += ',';
      append_point(result, volume.samples[i].time, volume.samples[i].bytes);
    }
    result += is_range ? "]}" : "}";
  }
  return loki_success(fmt::format(R"({{"resultType":"{}","result":[{}],"stats":{}}})", is_range ? "matrix" : "vector", result, loki_statistics({})));
}

Result<HttpResponse, LokiError> volume(const LokiApi& api, const HttpRequest& request) { return volume_of(api, request, false); }
Result<HttpResponse, LokiError> volume_range(const LokiApi& api, const HttpRequest& request) { return volume_of(api, request, true); }

}  // namespace

void add_loki_index_endpoints(net::Router& router, const LokiPointer& api) {
  add_loki_query_route(router, api, "/loki/api/v1/index/stats", stats);
  add_loki_query_route(router, api, "/loki/api/v1/index/volume", volume);
  add_loki_query_route(router, api, "/loki/api/v1/index/volume_range", volume_range);
}

}  // namespace monitorai::serve
