#include <algorithm>
#include <set>

#include "base/text.h"
#include "query/promql/parser.h"
#include "serve/prometheus/endpoints.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using signals::Labels;
using signals::Matcher;

TargetsView targets_of(const PrometheusApi& api) { return api.targets ? api.targets() : TargetsView{}; }

std::string json_of(const TargetView& target) {
  std::string out = R"({"discoveredLabels":)";
  append_json_labels(out, target.discovered_labels);
  out += R"(,"labels":)";
  append_json_labels(out, target.labels);
  out += fmt::format(R"(,"scrapePool":{},"scrapeUrl":{},"globalUrl":{},"lastError":{},"lastScrape":"{}","lastScrapeDuration":{},"health":"{}","scrapeInterval":"{}","scrapeTimeout":"{}"}})",
                     json_string(target.pool), json_string(target.url), json_string(target.url), json_string(target.last_error), rfc3339(target.last_scrape),
                     format_number(target.last_scrape_seconds), target.health, target.interval, target.timeout);
  return out;
}

Result<HttpResponse, ApiError> targets(const PrometheusApi& api, const HttpRequest& request) {
  const ApiParameters parameters(request);
  const std::string state = lower(parameters.text("state"));
  const std::string_view pool = parameters.text("scrapePool");
  const bool active = state.empty() || state == "active" || state == "any";
  const bool dropped = state.empty() || state == "dropped" || state == "any";
  const TargetsView all = targets_of(api);
  std::vector<std::string> active_json, dropped_json;
  std::map<std::string, size_t> dropped_counts;
  if (active)
    for (const TargetView& target : all.active)
      if (pool.empty() || target.pool == pool) active_json.push_back(json_of(target));
  for (const auto& [its_pool, labels] : all.dropped) {
    ++dropped_counts[its_pool];
    if (!dropped || (!pool.empty() && its_pool != pool)) continue;
    std::string one = fmt::format(R"({{"scrapePool":{},"discoveredLabels":)", json_string(its_pool));
    append_json_labels(one, labels);
    dropped_json.push_back(one + '}');
  }
  std::vector<std::string> counts;
  for (const auto& [its_pool, count] : dropped_counts) counts.push_back(fmt::format("{}:{}", json_string(its_pool), count));
  return success_answer(fmt::format(R"({{"activeTargets":[{}],"droppedTargets":[{}],"droppedTargetCounts":{{{}}}}})", join(active_json, ","),
                                    join(dropped_json, ","), join(counts, ",")));
}

Result<HttpResponse, ApiError> scrape_pools(const PrometheusApi& api, const HttpRequest&) {
  std::set<std::string> pools;
  for (const TargetView& target : targets_of(api).active) pools.insert(target.pool);
  const std::vector<std::string> names(pools.begin(), pools.end());
  return success_answer(fmt::format(R"({{"scrapePools":{}}})", json_strings(names)));
}

bool all_match(std::span<const Matcher> matchers, const Labels& labels) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) { return matcher.matches(labels.value(matcher.name())); });
}

/// Metadata by target. What is kept is kept by family, so each family is told once, for the targets that match.
Result<HttpResponse, ApiError> target_metadata(const PrometheusApi& api, const HttpRequest& request) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const size_t limit, parameters.limit());
  const std::string_view metric = parameters.text("metric");
  std::vector<Matcher> matchers;
  if (const std::string_view selector = parameters.text("match_target"); !selector.empty()) {
    auto parsed = query::parse_selector(selector);
    if (!parsed) return ApiError{ApiErrorType::bad_data, fmt::format("invalid parameter \"match_target\": {}", parsed.error().text(selector))};
    matchers = std::move(*parsed);
  }
  std::vector<std::string> out;
  for (const TargetView& target : targets_of(api).active) {
    if (!all_match(matchers, target.labels)) continue;
    for (const signals::Metadata& one : api.source->metadata()) {
      if (!metric.empty() && one.family != metric) continue;
      if (limit != 0 && out.size() == limit) break;
      // A family belongs to a target that exposes it: has it a series with the target's labels?
      std::vector<Matcher> exposed;
      for (const signals::Label& label : target.labels) exposed.push_back(Matcher::make(label.name, signals::MatchOp::equal, label.value).value());
      exposed.push_back(Matcher::make(std::string(signals::kMetricName), signals::MatchOp::regex, one.family + "(_total|_bucket|_sum|_count|_info)?").value_or(exposed[0]));
      const TimeMs now = api.clock->now();
      const auto found = api.source->select(exposed, {now - std::chrono::minutes(5), now});
      if (!found) return api_error(found.error());
      if ((*found)->size() == 0) continue;
      std::string json = R"({"target":)";
      append_json_labels(json, target.labels);
      if (metric.empty()) json += fmt::format(R"(,"metric":{})", json_string(one.family));
      json += fmt::format(R"(,"type":"{}","help":{},"unit":{}}})", metric_type_name(one.type), json_string(one.help), json_string(one.unit));
      out.push_back(std::move(json));
    }
  }
  return success_answer(fmt::format("[{}]", join(out, ",")));
}

/// The Alertmanagers that get every alert, by the address that is posted to. None is ever dropped: there is no discovery.
Result<HttpResponse, ApiError> alertmanagers(const PrometheusApi& api, const HttpRequest&) {
  std::vector<std::string> active;
  if (api.alertmanagers)
    for (const std::string& url : api.alertmanagers()) active.push_back(fmt::format(R"({{"url":{}}})", json_string(url + "/api/v2/alerts")));
  return success_answer(fmt::format(R"({{"activeAlertmanagers":[{}],"droppedAlertmanagers":[]}})", join(active, ",")));
}

}  // namespace

std::string_view metric_type_name(signals::MetricType type) {
  switch (type) {
    case signals::MetricType::counter: return "counter";
    case signals::MetricType::gauge: return "gauge";
    case signals::MetricType::histogram: return "histogram";
    case signals::MetricType::summary: return "summary";
    case signals::MetricType::info: return "info";
    case signals::MetricType::stateset: return "stateset";
    case signals::MetricType::unknown: return "unknown";
  }
  return "unknown";
}

void add_target_endpoints(net::Router& router, const ApiPointer& api) {
  add_api_route(router, api, "GET", "/api/v1/targets", targets);
  add_api_route(router, api, "GET", "/api/v1/targets/metadata", target_metadata);
  add_api_route(router, api, "GET", "/api/v1/scrape_pools", scrape_pools);
  add_api_route(router, api, "GET", "/api/v1/alertmanagers", alertmanagers);
}

}  // namespace monitorai::serve
