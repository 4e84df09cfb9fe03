// What the index knows without reading a line: how much there is, by stream and by label.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "serve/loki/endpoints.h"
#include "serve/prometheus/answers.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using signals::Label;
using signals::Labels;
using signals::LogRange;
using signals::Matcher;

constexpr int64_t kPointsMax = 11'000;

Result<std::unique_ptr<signals::StreamSet>, LokiError> select(const LokiApi& api, std::span<const Matcher> matchers, LogRange range) {
  auto found = api.source->select(matchers, range);
  if (!found) return loki_error(found.error());
  return std::move(*found);
}

Result<HttpResponse, LokiError> stats(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const LogRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const std::vector<Matcher> matchers, loki_selector(api, parameters.text("query")));
  MAI_TRY_ASSIGN(const auto streams, select(api, matchers, range));
  uint64_t found = 0;
  signals::StreamUsage all;
  for (size_t i = 0; i < streams->size(); ++i) {
    const signals::StreamUsage usage = streams->usage(i, range);
    found += usage.lines > 0 ? 1 : 0;
    all.lines += usage.lines;
    all.bytes += usage.bytes;
    all.blocks += usage.blocks;
  }
  return HttpResponse::json(200, fmt::format("{{\"streams\":{},\"chunks\":{},\"bytes\":{},\"entries\":{}}}\n", found, all.blocks, all.bytes, all.lines));
}

/// How volumes are added up.
class Aggregation {
 public:
  Aggregation(const LokiParameters& parameters, std::span<const Matcher> matchers) : by_name_(parameters.text("aggregateBy") == "labels") {
    for (const std::string_view list : parameters.texts("targetLabels"))
      for (const std::string_view name : split(list, ','))
        if (!trim(name).empty()) names_.emplace(trim(name));
    if (!names_.empty()) return;
    // Without target labels: those that the selector names; a selector that names none means all.
    for (const Matcher& matcher : matchers) names_.insert(matcher.name());
    all_ = names_.empty();
  }

  /// Adds a stream's bytes to each group that it belongs to.
  void add(const Labels& stream, uint64_t bytes, std::map<Labels, uint64_t>& groups) const {
    std::vector<Label> kept;
    for (const Label& label : stream)
      if (all_ || names_.contains(label.name)) kept.push_back(label);
    if (kept.empty()) return;
    if (!by_name_) {
      groups[Labels::from(std::move(kept))] += bytes;
      return;
    }
    // A label's name alone; Labels knows no empty values, so the name stands as the value until it is printed.
    for (const Label& label : kept) groups[Labels{{label.name, label.name}}] += bytes;
  }

  void append_labels(std::string& out, const Labels& group) const {
    if (!by_name_) return append_json_labels(out, group);
    out += '{' + json_string(group.begin()->name) + ":\"\"}";
  }

 private:
  const bool by_name_;
  bool all_ = false;
  std::set<std::string, std::less<>> names_;
};

using Volume = std::pair<Labels, uint64_t>;

/// The largest first; at most `limit`.
std::vector<Volume> largest(const std::map<Labels, uint64_t>& groups, uint64_t limit) {
  std::vector<Volume> out(groups.begin(), groups.end());
  std::erase_if(out, [](const Volume& volume) { return volume.second == 0; });
  std::stable_sort(out.begin(), out.end(), [](const Volume& a, const Volume& b) { return a.second > b.second; });
  if (out.size() > limit) out.resize(limit);
  return out;
}

HttpResponse volume_answer(std::string_view type, std::string_view result) {
  return loki_success(fmt::format(R"({{"resultType":"{}","result":[{}],"stats":{}}})", type, result, loki_statistics({})));
}

void append_point(std::string& out, TimeNs time, uint64_t bytes) {
  out += '[';
  append_json_time(out, {time.ns / 1'000'000});
  fmt::format_to(std::back_inserter(out), ",\"{}\"]", bytes);
}

Result<HttpResponse, LokiError> volume(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const LogRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const uint64_t limit, parameters.limit());
  MAI_TRY_ASSIGN(const std::vector<Matcher> matchers, loki_selector(api, parameters.text("query")));
  MAI_TRY_ASSIGN(const auto streams, select(api, matchers, range));
  const Aggregation aggregation(parameters, matchers);
  std::map<Labels, uint64_t> groups;
  for (size_t i = 0; i < streams->size(); ++i) aggregation.add(streams->labels(i), streams->usage(i, range).bytes, groups);
  std::string result;
  for (const auto& [group, bytes] : largest(groups, limit)) {
    result += result.empty() ? R"({"metric":)" : R"(,{"metric":)";
    aggregation.append_labels(result, group);
    result += R"(,"value":)";
    append_point(result, range.to, bytes);
    result += '}';
  }
  return volume_answer("vector", result);
}

Result<HttpResponse, LokiError> volume_range(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const LogRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const uint64_t limit, parameters.limit());
  MAI_TRY_ASSIGN(const auto step, parameters.step(range));
  if (range.empty()) return LokiError{400, "end timestamp must not be before or equal to start time"};
  if ((range.to - range.from) / step > kPointsMax)
    return LokiError{400, "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"};
  MAI_TRY_ASSIGN(const std::vector<Matcher> matchers, loki_selector(api, parameters.text("query")));
  MAI_TRY_ASSIGN(const auto streams, select(api, matchers, range));
  const Aggregation aggregation(parameters, matchers);
  std::map<Labels, uint64_t> totals;
  std::map<Labels, std::map<TimeNs, uint64_t>> points;
  for (TimeNs from = range.from; from < range.to; from = from + step) {
    const LogRange bucket{from, std::min(from + step, range.to)};
    std::map<Labels, uint64_t> groups;
    for (size_t i = 0; i < streams->size(); ++i) {
      if (request.cancelled.stop_requested()) return LokiError{499, "The request was cancelled by the client."};
      if (const uint64_t bytes = streams->usage(i, bucket).bytes; bytes > 0) aggregation.add(streams->labels(i), bytes, groups);
    }
    for (const auto& [group, bytes] : groups) {
      totals[group] += bytes;
      points[group][from] = bytes;
    }
  }
  std::string result;
  for (const auto& [group, total] : largest(totals, limit)) {
    result += result.empty() ? R"({"metric":)" : R"(,{"metric":)";
    aggregation.append_labels(result, group);
    result += R"(,"values":[)";
    for (const auto& [time, bytes] : points[group]) {
      if (result.back() != '[') result += ',';
      append_point(result, time, bytes);
    }
    result += "]}";
  }
  return volume_answer("matrix", result);
}

}  // namespace

void add_loki_index_endpoints(net::Router& router, const LokiPointer& api) {
  add_loki_query_route(router, api, "/loki/api/v1/index/stats", stats);
  add_loki_query_route(router, api, "/loki/api/v1/index/volume", volume);
  add_loki_query_route(router, api, "/loki/api/v1/index/volume_range", volume_range);
}

}  // namespace monitorai::serve
