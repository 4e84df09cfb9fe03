#include "app/config/values.h"

#include "app/config/schema.h"

namespace monitorai::app {
namespace {

Error expected(std::string_view text, std::string_view what) { return {Code::invalid, fmt::format("\"{}\" is not {}", text, what)}; }

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> kPolicies{"off", "redacted", "full"};

}  // namespace

Result<void> read_value(std::string_view text, Range, bool& out) {
  const std::string word = lower(text);
  if (word == "on" || word == "true" || word == "yes") {
    out = true;
  } else if (word == "off" || word == "false" || word == "no") {
    out = false;
  } else {
    return expected(text, "on or off");
  }
  return {};
}

Result<void> read_value(std::string_view text, Range range, int64_t& out) {
  const auto number = parse_integer<int64_t>(text);
  if (!number) return expected(text, "a whole number");
  if (*number < range.from || *number > range.to)
    return Error{Code::invalid, fmt::format("{} is not within {} and {}", *number, range.from, range.to)};
  out = *number;
  return {};
}

Result<void> read_value(std::string_view text, Range range, std::string& out) {
  if (static_cast<int64_t>(text.size()) > std::min<int64_t>(range.to, 4096)) return expected(text.substr(0, 40), "short enough");
  if (static_cast<int64_t>(text.size()) < range.from) return Error{Code::invalid, "it must not be empty"};
  if (!valid_utf8(text) || std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    return Error{Code::invalid, "it holds control characters, or is not UTF-8"};
  out = text;
  return {};
}

Result<void> read_value(std::string_view text, Range range, std::chrono::milliseconds& out) {
  const auto duration = parse_duration(text);
  if (!duration) return expected(text, "a duration such as 500ms, 15s or 1h30m");
  if (duration->count() < range.from || duration->count() > range.to)
    return Error{Code::invalid, fmt::format("{} is not within {} and {}", text, format_duration(std::chrono::milliseconds(range.from)),
                                            format_duration(std::chrono::milliseconds(range.to)))};
  out = *duration;
  return {};
}

Result<void> read_value(std::string_view text, Range, std::optional<Address>& out) {
  if (const std::string word = lower(text); word == "off" || word == "false" || word == "no") {
    out.reset();
    return {};
  }
  MAI_TRY_ASSIGN(out, parse_address(text));
  return {};
}

Result<void> read_value(std::string_view text, Range, log::Level& out) {
  const auto level = log::parse_level(text);
  if (!level) return expected(text, "one of debug, info, warn, error");
  out = *level;
  return {};
}

Result<void> read_value(std::string_view text, Range, log::Format& out) {
  if (text != "text" && text != "json") return expected(text, "text or json");
  out = text == "json" ? log::Format::json : log::Format::text;
  return {};
}

Result<void> read_value(std::string_view text, Range, collect::ContentPolicy& out) {
  const auto found = std::find(kPolicies.begin(), kPolicies.end(), text);
  if (found == kPolicies.end()) return expected(text, "one of off, redacted, full");
  out = static_cast<collect::ContentPolicy>(found - kPolicies.begin());
  return {};
}

std::string print_value(bool value) { return value ? "on" : "off"; }
std::string print_value(int64_t value) { return fmt::format("{}", value); }
std::string print_value(const std::string& value) { return yaml_scalar(value); }
std::string print_value(std::chrono::milliseconds value) { return format_duration(value); }
std::string print_value(const std::optional<Address>& value) { return value ? yaml_scalar(value->text()) : "off"; }
std::string print_value(log::Level value) { return std::string(kLevels[static_cast<size_t>(value)]); }
std::string print_value(collect::ContentPolicy value) { return std::string(kPolicies[static_cast<size_t>(value)]); }
std::string print_value(log::Format value) { return value == log::Format::json ? "json" : "text"; }

std::string type_text(const bool&, Range) { return "on or off"; }
std::string type_text(const int64_t&, Range range) { return fmt::format("number, {} to {}", range.from, range.to); }
std::string type_text(const std::string&, Range) { return "text"; }
std::string type_text(const std::chrono::milliseconds&, Range range) {
  return fmt::format("duration, {} to {}", format_duration(std::chrono::milliseconds(range.from)),
                     format_duration(std::chrono::milliseconds(range.to)));
}
std::string type_text(const std::optional<Address>&, Range) { return "HOST:PORT or off"; }
std::string type_text(const log::Level&, Range) { return "debug, info, warn or error"; }
std::string type_text(const log::Format&, Range) { return "text or json"; }
std::string type_text(const collect::ContentPolicy&, Range) { return "off, redacted or full"; }

}  // namespace monitorai::app
