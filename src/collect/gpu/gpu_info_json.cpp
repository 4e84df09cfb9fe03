#include "collect/gpu/gpu_info_json.h"

#include <simdjson.h>

#include <cmath>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using Problem = GpuInfoProblem;

constexpr std::array<std::string_view, kGpuInfoRefusals> kNames{"not_json",   "not_a_number", "negative",    "out_of_range", "wrong_type",
                                                                "other_pid",  "stale",        "future",      "too_large",    "symlink",
                                                                "not_a_file", "unreadable",   "undeletable", "too_many"};

Problem problem(GpuInfoRefusal refusal, std::string_view field, std::string_view cause) {
  return {refusal, fmt::format("{} {}", field, cause)};
}

/// A field as a number >= 0; nullopt where it is absent or null.
Result<std::optional<double>, Problem> number(simdjson::dom::object object, std::string_view field) {
  simdjson::dom::element element;
  if (object.at_key(field).get(element) != simdjson::SUCCESS || element.is_null()) return std::optional<double>();
  double value = 0;
  if (element.get(value) != simdjson::SUCCESS) return problem(GpuInfoRefusal::wrong_type, field, "is not a number");
  if (!std::isfinite(value)) return problem(GpuInfoRefusal::not_a_number, field, "is not finite");
  if (value < 0) return problem(GpuInfoRefusal::negative, field, fmt::format("is {}", value));
  return std::optional<double>(value);
}

Result<std::optional<uint64_t>, Problem> integer(simdjson::dom::object object, std::string_view field, uint64_t max) {
  MAI_TRY_ASSIGN(const std::optional<double> value, number(object, field));
  if (!value) return std::optional<uint64_t>();
  if (*value > static_cast<double>(max)) return problem(GpuInfoRefusal::out_of_range, field, fmt::format("is {}, over {}", *value, max));
  return std::optional<uint64_t>(static_cast<uint64_t>(*value));
}

Result<std::optional<GpuInfoTime>, Problem> written(simdjson::dom::object object) {
  simdjson::dom::element element;
  if (object.at_key("timestamp").get(element) != simdjson::SUCCESS || element.is_null()) return std::optional<GpuInfoTime>();
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) {
    const auto time = parse_gpu_info_time(text);
    if (!time) return problem(GpuInfoRefusal::wrong_type, "timestamp", "is neither ISO-8601 nor Unix seconds");
    return time;
  }
  MAI_TRY_ASSIGN(const std::optional<double> seconds, number(object, "timestamp"));
  const auto time = parse_gpu_info_time(format_number(seconds.value_or(0)));
  if (!time) return problem(GpuInfoRefusal::out_of_range, "timestamp", fmt::format("is {} seconds", seconds.value_or(0)));
  return time;
}

Problem unparsable(simdjson::error_code error, std::string_view bytes) {
  // Python's json module writes NaN and Infinity, which JSON does not have.
  const bool numeric = bytes.find("NaN") != std::string_view::npos || bytes.find("Infinity") != std::string_view::npos;
  return {numeric || error == simdjson::NUMBER_ERROR ? GpuInfoRefusal::not_a_number : GpuInfoRefusal::not_json,
          simdjson::error_message(error)};
}

/// Digits of a fixed count at the front of text, which they leave.
std::optional<int> take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  const std::string_view digits = text.substr(0, count);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  text.remove_prefix(count);
  return parse_integer<int>(digits);
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// The rest of an ISO-8601 text after the seconds: minutes east of UTC, nullopt inside when no zone is given.
std::optional<std::optional<int>> parse_zone(std::string_view text) {
  if (text.empty()) return std::optional<int>();
  if (text == "Z" || text == "z") return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_digits(text, 2);
  take(text, ":");
  const auto minutes = text.empty() ? std::optional<int>(0) : take_digits(text, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59 || !text.empty()) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

std::optional<GpuInfoTime> parse_iso8601(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  int64_t ms = 0;
  if (take(text, ".,")) {
    int64_t scale = 100;
    const size_t before = text.size();
    while (const auto digit = take_digits(text, 1)) {
      ms += *digit * scale;
      scale /= 10;
    }
    if (text.size() == before) return std::nullopt;
  }
  const auto zone = parse_zone(text);
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!zone || !date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const int64_t seconds = ((days * 24 + *hour) * 60 + *minute - zone->value_or(0)) * 60 + *second;
  return GpuInfoTime{{seconds * 1000 + ms}, zone->has_value()};
}

}  // namespace

std::string_view refusal_name(GpuInfoRefusal refusal) { return kNames.at(static_cast<size_t>(refusal)); }

std::optional<GpuInfoTime> parse_gpu_info_time(std::string_view text) {
  text = trim(text);
  const auto seconds = parse_number(text);
  if (!seconds) return parse_iso8601(text);
  constexpr double kSecondsMax = 253'402'300'800;  // the year 10000
  if (!(*seconds >= 0 && *seconds < kSecondsMax)) return std::nullopt;
  return GpuInfoTime{{static_cast<int64_t>(*seconds * 1000)}, true};
}

Result<GpuInfo, GpuInfoProblem> parse_gpu_info(std::string_view bytes) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(bytes.data(), bytes.size()).get(root); error != simdjson::SUCCESS) return unparsable(error, bytes);
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) return Problem{GpuInfoRefusal::not_json, "it holds no JSON object"};

  GpuInfo info;
  MAI_TRY_ASSIGN(const std::optional<uint64_t> pid, integer(object, "pid", uint64_t{1} << 32));
  if (!pid) return problem(GpuInfoRefusal::wrong_type, "pid", "is missing");
  info.pid = static_cast<int64_t>(*pid);
  MAI_TRY_ASSIGN(const std::optional<uint64_t> index, integer(object, "gpu_index", kGpuInfoIndexMax));
  info.gpu_index = index.value_or(0);
  MAI_TRY_ASSIGN(info.allocated_bytes, integer(object, "gpu_memory_allocated_bytes", kGpuInfoBytesMax));
  MAI_TRY_ASSIGN(info.reserved_bytes, integer(object, "gpu_memory_reserved_bytes", kGpuInfoBytesMax));
  MAI_TRY_ASSIGN(info.utilization_percent, number(object, "gpu_utilization"));
  if (info.utilization_percent > 100.0) {
    return problem(GpuInfoRefusal::out_of_range, "gpu_utilization", fmt::format("is {}, over 100 percent", *info.utilization_percent));
  }
  MAI_TRY_ASSIGN(info.written, written(object));
  return info;
}

}  // namespace monitorai::collect
