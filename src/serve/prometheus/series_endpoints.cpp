#include <algorithm>
#include <set>

#include "base/text.h"
#include "serve/prometheus/endpoints.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using signals::Labels;
using signals::Matcher;

constexpr std::string_view kTruncated = "results truncated due to limit";
constexpr std::string_view kEscapedPrefix = "U__";

/// Cuts to the limit and says so.
template <class List>
Notes cut(List& list, size_t limit) {
  if (limit == 0 || list.size() <= limit) return {};
  list.resize(limit);
  return {{std::string(kTruncated)}, {}};
}

Result<HttpResponse, ApiError> series(const PrometheusApi& api, const HttpRequest& request) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const TimeRange range, parameters.range());
  MAI_TRY_ASSIGN(const size_t limit, parameters.limit());
  MAI_TRY_ASSIGN(const auto selectors, parameters.selectors());
  if (selectors.empty()) return ApiError{ApiErrorType::bad_data, "no match[] parameter provided"};
  std::vector<Labels> found;
  for (const std::vector<Matcher>& matchers : selectors) {
    const auto set = api.source->select(matchers, range);
    if (!set) return api_error(set.error());
    for (size_t i = 0; i < (*set)->size(); ++i) found.push_back((*set)->labels(i));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  const Notes notes = cut(found, limit);
  std::string data = "[";
  for (const Labels& labels : found) {
    if (data.size() > 1) data += ',';
    append_json_labels(data, labels);
  }
  data += ']';
  return success_answer(data, notes);
}

/// The sorted union of what a lookup gives for each selector; without selectors, of everything.
template <class Lookup>
Result<HttpResponse, ApiError> names_of(const HttpRequest& request, Lookup lookup) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const TimeRange range, parameters.range());
  MAI_TRY_ASSIGN(const size_t limit, parameters.limit());
  MAI_TRY_ASSIGN(auto selectors, parameters.selectors());
  if (selectors.empty()) selectors.emplace_back();
  std::set<std::string> all;
  for (const std::vector<Matcher>& matchers : selectors) {
    // One more than the limit, so that a cut is known to be one.
    auto names = lookup(std::span<const Matcher>(matchers), range, limit == 0 ? 0 : limit + 1);
    if (!names) return api_error(names.error());
    all.insert(std::make_move_iterator(names->begin()), std::make_move_iterator(names->end()));
  }
  std::vector<std::string> names(all.begin(), all.end());
  const Notes notes = cut(names, limit);
  return success_answer(json_strings(names), notes);
}

Result<HttpResponse, ApiError> label_names(const PrometheusApi& api, const HttpRequest& request) {
  return names_of(request, [&](std::span<const Matcher> matchers, TimeRange range, size_t limit) { return api.source->label_names(matchers, range, limit); });
}

/// Names in a path that are no plain label names come escaped: U__ in front, _x2e_ for a dot, __ for an underscore.
Result<std::string, ApiError> label_name_of(std::string_view text) {
  const ApiError refused{ApiErrorType::bad_data, fmt::format("invalid label name: {}", json_string(text))};
  if (!text.starts_with(kEscapedPrefix)) {
    if (text.empty() || !valid_utf8(text)) return refused;
    return std::string(text);
  }
  std::string out;
  for (std::string_view rest = text.substr(kEscapedPrefix.size()); !rest.empty();) {
    if (rest.starts_with("__")) {
      out += '_';
      rest.remove_prefix(2);
    } else if (rest.front() == '_') {
      const size_t end = rest.find('_', 1);
      uint32_t code = 0;
      if (end == std::string_view::npos) return refused;
      const std::string_view hex = rest.substr(1, end - 1);
      const auto [stop, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
      if (error != std::errc{} || stop != hex.data() + hex.size() || code > 0x10FFFF) return refused;
      if (code < 0x80) {
        out += static_cast<char>(code);
      } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
      } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
      } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
      }
      rest.remove_prefix(end + 1);
    } else {
      out += rest.front();
      rest.remove_prefix(1);
    }
  }
  if (out.empty() || !valid_utf8(out)) return refused;
  return out;
}

Result<HttpResponse, ApiError> label_values(const PrometheusApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const std::string name, label_name_of(request.path_parameter("name")));
  return names_of(request, [&](std::span<const Matcher> matchers, TimeRange range, size_t limit) { return api.source->label_values(name, matchers, range, limit); });
}

Result<HttpResponse, ApiError> metadata(const PrometheusApi& api, const HttpRequest& request) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const size_t limit, parameters.limit());
  MAI_TRY_ASSIGN(const size_t per_metric, parameters.limit("limit_per_metric"));
  const std::string_view metric = parameters.text("metric");
  std::map<std::string, std::vector<signals::Metadata>> by_family;
  for (signals::Metadata& one : api.source->metadata()) {
    if (!metric.empty() && one.family != metric) continue;
    std::vector<signals::Metadata>& of_family = by_family[one.family];
    if (per_metric == 0 || of_family.size() < per_metric) of_family.push_back(std::move(one));
  }
  std::string data = "{";
  size_t count = 0;
  for (const auto& [family, entries] : by_family) {
    if (limit != 0 && count == limit) break;
    if (count++ > 0) data += ',';
    append_json_string(data, family);
    data += ":[";
    for (const signals::Metadata& one : entries) {
      if (data.back() != '[') data += ',';
      data += fmt::format(R"({{"type":"{}","help":{},"unit":{}}})", metric_type_name(one.type), json_string(one.help), json_string(one.unit));
    }
    data += ']';
  }
  data += '}';
  return success_answer(data);
}

}  // namespace

void add_series_endpoints(net::Router& router, const ApiPointer& api) {
  add_api_query_route(router, api, "/api/v1/series", series);
  add_api_query_route(router, api, "/api/v1/labels", label_names);
  add_api_route(router, api, "GET", "/api/v1/label/{name}/values", label_values);
  add_api_route(router, api, "GET", "/api/v1/metadata", metadata);
}

}  // namespace monitorai::serve
