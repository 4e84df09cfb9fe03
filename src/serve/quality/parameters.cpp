#include "serve/quality/parameters.h"

#include <simdjson.h>

#include <cmath>

#include "base/text.h"

namespace monitorai::serve {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr size_t kLabelsMax = 10'000;
constexpr double kSecondsMax = 1e11;

std::optional<std::string> parameter(const net::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.query)
    if (key == name) return value;
  return std::nullopt;
}

std::optional<element> member(const object& from, std::string_view name) {
  element out;
  if (from.at_key(name).get(out) == simdjson::SUCCESS && !out.is_null()) return out;
  return std::nullopt;
}

Result<std::string> text(const object& from, std::string_view name) {
  const auto found = member(from, name);
  if (!found) return std::string();
  std::string_view out;
  if (found->get_string().get(out) != simdjson::SUCCESS) return Error{Code::invalid, fmt::format("\"{}\" is no text", name)};
  if (out.size() > judge::kOriginBytesMax)
    return Error{Code::exhausted, fmt::format("\"{}\" is longer than {} bytes", name, judge::kOriginBytesMax)};
  return std::string(out);
}

Result<std::optional<TimeMs>> time(const object& from, std::string_view name) {
  const auto found = member(from, name);
  if (!found) return std::optional<TimeMs>();
  double seconds = 0;
  if (found->get_double().get(seconds) != simdjson::SUCCESS || !(std::fabs(seconds) < kSecondsMax))
    return Error{Code::invalid, fmt::format("\"{}\" is no number of seconds since 1970", name)};
  return std::optional(TimeMs{static_cast<int64_t>(seconds * 1000)});
}

Result<bool> flag(const object& from, std::string_view name, bool otherwise) {
  const auto found = member(from, name);
  if (!found) return otherwise;
  bool out = false;
  if (found->get_bool().get(out) != simdjson::SUCCESS) return Error{Code::invalid, fmt::format("\"{}\" is true or false", name)};
  return out;
}

Result<PostedLabel> label(const element& one) {
  object from;
  PostedLabel out;
  if (one.get_object().get(from) != simdjson::SUCCESS) return Error{Code::invalid, "a label is an object"};
  const auto kept = member(from, "kept");
  if (!kept || kept->get_int64().get(out.kept) != simdjson::SUCCESS)
    return Error{Code::invalid, "a label has the number \"kept\" of an answer"};
  element truth;
  if (from.at_key("hallucinated").get(truth) != simdjson::SUCCESS)
    return Error{Code::invalid, "a label has \"hallucinated\": true, false, or null to take it away"};
  bool value = false;
  if (truth.is_null()) return out;
  if (truth.get_bool().get(value) != simdjson::SUCCESS) return Error{Code::invalid, "\"hallucinated\" is true, false or null"};
  out.hallucinated = value;
  return out;
}

}  // namespace

std::optional<judge::SeriesKey> series_parameter(const net::HttpRequest& request) {
  const auto model = parameter(request, "model"), service = parameter(request, "service"), route = parameter(request, "route");
  if (!model && !service && !route) return std::nullopt;
  return judge::SeriesKey{model.value_or(""), service.value_or(""), route.value_or("")};
}

Result<int64_t> number_parameter(const net::HttpRequest& request, std::string_view name, int64_t otherwise, int64_t to) {
  const auto value = parameter(request, name);
  if (!value || value->empty()) return otherwise;
  const auto parsed = parse_integer<int64_t>(*value);
  if (!parsed || *parsed < 0 || *parsed > to)
    return Error{Code::invalid, fmt::format("cannot read the parameter {}: it is a whole number from 0 to {}", name, to)};
  return *parsed;
}

Result<std::optional<bool>> flag_parameter(const net::HttpRequest& request, std::string_view name) {
  const std::string value = lower(parameter(request, name).value_or(""));
  if (value.empty() || value == "any") return std::optional<bool>();
  if (value == "true" || value == "1") return std::optional(true);
  if (value == "false" || value == "0") return std::optional(false);
  return Error{Code::invalid, fmt::format("cannot read the parameter {}: it is true, false or any", name)};
}

Result<int64_t> path_id(const net::HttpRequest& request) {
  const auto id = parse_integer<int64_t>(request.path_parameter("id"));
  if (!id || *id < 1) return Error{Code::not_found, fmt::format("cannot find {}: it is no number", request.path_parameter("id"))};
  return *id;
}

Result<std::vector<PostedLabel>> read_labels(std::string_view json) {
  simdjson::dom::parser parser;
  element document;
  if (const auto error = parser.parse(json).get(document); error != simdjson::SUCCESS)
    return Error{Code::invalid, fmt::format("cannot read the labels: {}", simdjson::error_message(error))};
  std::vector<PostedLabel> out;
  array list;
  if (document.get_array().get(list) != simdjson::SUCCESS) {
    MAI_TRY_ASSIGN(PostedLabel one, label(document));
    out.push_back(one);
    return out;
  }
  if (list.size() > kLabelsMax)
    return Error{Code::exhausted, fmt::format("{} labels in one request: the limit is {}", list.size(), kLabelsMax)};
  for (const element item : list) {
    MAI_TRY_ASSIGN(PostedLabel one, label(item));
    out.push_back(one);
  }
  return out;
}

Result<judge::QualityWatcher::NewBaseline> read_new_baseline(std::string_view json) {
  simdjson::dom::parser parser;
  object from;
  if (const auto error = parser.parse(json).get_object().get(from); error != simdjson::SUCCESS)
    return Error{Code::invalid, fmt::format("cannot read the baseline: {}", simdjson::error_message(error))};
  judge::QualityWatcher::NewBaseline out;
  MAI_TRY_ASSIGN(out.series.model, text(from, "model"));
  MAI_TRY_ASSIGN(out.series.service, text(from, "service"));
  MAI_TRY_ASSIGN(out.series.route, text(from, "route"));
  MAI_TRY_ASSIGN(out.name, text(from, "name"));
  MAI_TRY_ASSIGN(const auto begin, time(from, "from"));
  MAI_TRY_ASSIGN(const auto end, time(from, "to"));
  MAI_TRY_ASSIGN(out.activate, flag(from, "activate", true));
  MAI_TRY_ASSIGN(out.pinned, flag(from, "pinned", true));
  if (begin || end) out.range = TimeRange{begin.value_or(TimeMs{0}), end.value_or(TimeMs{static_cast<int64_t>(kSecondsMax * 1000)})};
  const auto prompts = member(from, "prompts");
  if (!prompts) return out;
  array list;
  if (prompts->get_array().get(list) != simdjson::SUCCESS) return Error{Code::invalid, "\"prompts\" is no list of texts"};
  for (const element item : list) {
    std::string_view prompt;
    object row;
    if (item.get_object().get(row) == simdjson::SUCCESS && row.at_key("prompt").get_string().get(prompt) == simdjson::SUCCESS) {
      out.prompts.emplace_back(prompt);
      continue;
    }
    if (item.get_string().get(prompt) != simdjson::SUCCESS)
      return Error{Code::invalid, fmt::format("prompt {} of \"prompts\" is no text", out.prompts.size() + 1)};
    out.prompts.emplace_back(prompt);
  }
  if (out.prompts.empty()) return Error{Code::invalid, "\"prompts\" is empty"};
  return out;
}

}  // namespace monitorai::serve
