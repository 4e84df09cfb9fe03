// /federate: the newest sample of every selected series as exposition text 0.0.4, with its timestamp, for a Prometheus above us. Names
// that the old grammar does not know are quoted for a scraper that says escaping=allow-utf-8, and have underscores for another.

#include <algorithm>

#include "base/text.h"
#include "serve/prometheus/endpoints.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using signals::Labels;

constexpr std::chrono::milliseconds kLookback = std::chrono::minutes(5);

struct Newest {
  Labels labels;
  signals::Sample sample;
};

Labels with_external(Labels labels, const Labels& external) {
  for (const signals::Label& label : external)
    if (!labels.has(label.name)) labels = labels.with(label.name, label.value);
  return labels;
}

constexpr std::string_view kAllowUtf8 = "escaping=allow-utf-8";

/// Prometheus's escaping "underscores": one for each character that the old grammar does not have.
std::string with_underscores(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    if (letter || (c >= '0' && c <= '9' && i > 0))
      out += c;
    else if ((c & 0xc0) != 0x80)
      out += '_';
  }
  return out;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  out += '"';
}

/// Prints series in the names that the scraper understands.
class Printer {
 public:
  explicit Printer(bool utf8) : utf8_(utf8) {}

  std::string name(std::string_view name, bool (*valid)(std::string_view)) const {
    if (valid(name)) return std::string(name);
    if (!utf8_) return with_underscores(name);
    std::string out;
    append_quoted(out, name);
    return out;
  }
  std::string line(const Newest& one) const {
    const std::string_view metric = one.labels.value(signals::kMetricName);
    const bool inside = utf8_ && !signals::valid_metric_name(metric);
    std::string out = inside ? "" : name(metric, signals::valid_metric_name);
    out += '{';
    if (inside) append_quoted(out, metric);
    const auto add = [&](std::string_view label, std::string_view value) {
      if (out.back() != '{') out += ',';
      out += name(label, signals::valid_label_name) + '=';
      append_quoted(out, value);
    };
    for (const signals::Label& label : one.labels)
      if (label.name != signals::kMetricName) add(label.name, label.value);
    // Without it the scraper would put its own name for us there.
    if (!one.labels.has("instance")) add("instance", "");
    out += "} ";
    append_number(out, one.sample.value);
    fmt::format_to(std::back_inserter(out), " {}\n", one.sample.time.ms);
    return out;
  }

 private:
  const bool utf8_;
};

/// The type of a metric, found by its family's name; "untyped" where none is known.
std::string_view type_of(const std::map<std::string, signals::MetricType>& types, const std::string& name) {
  for (const std::string_view suffix : {"", "_total", "_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    if (const auto found = types.find(name.substr(0, name.size() - suffix.size())); found != types.end()) {
      const std::string_view type = metric_type_name(found->second);
      // Parts of a histogram are told as what they are alone: the family is not told as a whole.
      return type == "counter" || type == "gauge" ? type : "untyped";
    }
  }
  return "untyped";
}

Result<HttpResponse, ApiError> federate(const PrometheusApi& api, const HttpRequest& request) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const auto selectors, parameters.selectors());
  const TimeMs now = api.clock->now();
  const TimeRange range{now - kLookback, now};
  std::vector<Newest> all;
  for (const auto& matchers : selectors) {
    const auto set = api.source->select(matchers, range);
    if (!set) return api_error(set.error());
    for (size_t i = 0; i < (*set)->size(); ++i) {
      const auto newest = (*set)->newest(i, range);
      if (!newest) return api_error(newest.error());
      if (*newest && !signals::is_stale((*newest)->value)) all.push_back({with_external((*set)->labels(i), api.external_labels), **newest});
    }
    if (request.cancelled.stop_requested()) return ApiError{ApiErrorType::canceled, "the request was cancelled"};
  }
  std::sort(all.begin(), all.end(), [](const Newest& a, const Newest& b) {
    const std::string_view a_name = a.labels.value(signals::kMetricName), b_name = b.labels.value(signals::kMetricName);
    return a_name != b_name ? a_name < b_name : a.labels < b.labels;
  });
  all.erase(std::unique(all.begin(), all.end(), [](const Newest& a, const Newest& b) { return a.labels == b.labels; }), all.end());
  std::map<std::string, signals::MetricType> types;
  for (const signals::Metadata& one : api.source->metadata()) types[one.family] = one.type;
  const bool utf8 = lower(request.header("accept")).find(kAllowUtf8) != std::string::npos;
  const Printer printer(utf8);
  std::string body;
  std::string_view before;
  for (const Newest& one : all) {
    const std::string_view name = one.labels.value(signals::kMetricName);
    if (name.empty()) continue;
    if (name != before)
      fmt::format_to(std::back_inserter(body), "# TYPE {} {}\n", printer.name(name, signals::valid_metric_name),
                     type_of(types, std::string(name)));
    before = name;
    body += printer.line(one);
  }
  std::string type = "text/plain; version=0.0.4; charset=utf-8";
  if (utf8) (type += "; ") += kAllowUtf8;
  return HttpResponse{200, std::move(type), std::move(body)};
}

}  // namespace

void add_federation(net::Router& router, const ApiPointer& api) { add_api_route(router, api, "GET", "/federate", federate); }

}  // namespace monitorai::serve
