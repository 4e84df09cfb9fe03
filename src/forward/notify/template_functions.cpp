// The functions that Alertmanager adds to text/template.

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json_writer.h"
#include "base/text.h"
#include "forward/notify/template_objects.h"
#include "forward/notify/template_values.h"
#include "query/template/text_functions.h"

namespace monitorai::forward {
namespace {

using query::templates::Args;
using query::templates::Function;
using query::templates::Object;
using query::templates::Run;
using query::templates::Value;
using query::templates::ValueResult;
using query::templates::wrong_type;
using Kind = Value::Kind;

#define TEXT(name, i)                                                \
  if (!args[i].is(Kind::text)) return wrong_type("string", args[i]); \
  const std::string_view name = args[i].text

template <class T>
const T* as(const Value& value) {
  return value.is(Kind::object) ? dynamic_cast<const T*>(value.object) : nullptr;
}

ValueResult join_texts(Run& run, Args args) {
  TEXT(separator, 0);
  const auto* list = as<Texts>(args[1]);
  if (list == nullptr) return wrong_type("[]string", args[1]);
  return run.text(join(list->texts(), separator));
}

ValueResult list_of_texts(Run& run, Args args) {
  std::vector<std::string> out;
  for (const Value& arg : args) out.push_back(query::templates::text_of(arg));
  return run.make<Texts>(std::move(out));
}

ValueResult humanize_duration(Run& run, Args args) {
  double v = 0;
  if (args[0].is(Kind::real))
    v = args[0].real;
  else if (args[0].is(Kind::integer))
    v = static_cast<double>(args[0].integer);
  else if (const auto* duration = as<DurationObject>(args[0]))
    v = duration->seconds;
  else if (args[0].is(Kind::text) && parse_number(args[0].text))
    v = *parse_number(args[0].text);
  else
    return wrong_type("number", args[0]);
  if (!std::isfinite(v)) return run.text(format_number(v));
  const std::string sign = v < 0 ? "-" : "";
  v = std::abs(v);
  if (v < 1) return run.text(sign + (v == 0 ? "0s" : fmt::format("{:.4g}ms", v * 1000)));
  const auto whole = static_cast<int64_t>(std::min(v, 9e15));
  const int64_t seconds = whole % 60, minutes = whole / 60 % 60, hours = whole / 3600 % 24, days = whole / 86400;
  if (days > 0) return run.text(fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, seconds));
  if (hours > 0) return run.text(fmt::format("{}{}h {}m {}s", sign, hours, minutes, seconds));
  if (minutes > 0) return run.text(fmt::format("{}{}m {}s", sign, minutes, seconds));
  return run.text(fmt::format("{}{:.4g}s", sign, v));
}

ValueResult date(Run& run, Args args) {
  TEXT(layout, 0);
  const auto* time = as<TimeObject>(args[1]);
  if (time == nullptr) return wrong_type("time.Time", args[1]);
  return run.text(text::format_time(time->time(), layout));
}

ValueResult in_zone(Run& run, Args args) {
  TEXT(zone, 0);
  const auto* time = as<TimeObject>(args[1]);
  if (time == nullptr) return wrong_type("time.Time", args[1]);
  return run.make<TimeObject>(text::in_zone(time->time().ns, zone));
}

/// Text, numbers and lists of texts, which is what notifications hold.
ValueResult to_json(Run& run, Args args) {
  JsonWriter out;
  if (const auto* list = as<Texts>(args[0])) {
    out.begin_list();
    for (const std::string& text : list->texts()) out.value(text);
    out.end_list();
  } else if (args[0].is(Kind::integer)) {
    out.value(args[0].integer);
  } else if (args[0].is(Kind::real)) {
    out.value(args[0].real);
  } else if (args[0].is(Kind::boolean)) {
    out.value(args[0].boolean);
  } else {
    out.value(query::templates::text_of(args[0]));
  }
  return run.text(out.take());
}

// clang-format off: a table, an entry a line
#define F [](Run & run, Args args) -> ValueResult
const std::array kFunctions = std::to_array<Function>({
    {"toUpper", 1, 1, query::templates::to_upper},
    {"toLower", 1, 1, query::templates::to_lower},
    {"title", 1, 1, query::templates::to_title},
    {"trimSpace", 1, 1, F { TEXT(text, 0); return run.text(trim(text)); }},
    {"join", 2, 2, join_texts},
    {"match", 2, 2, query::templates::match},
    {"reReplaceAll", 3, 3, query::templates::replace_all},
    {"stringSlice", 0, -1, list_of_texts},
    {"list", 0, -1, list_of_texts},
    {"safeHtml", 1, 1, F { TEXT(text, 0); return run.make<SafeHtml>(text); }},
    {"safeUrl", 1, 1, F { static_cast<void>(run); TEXT(text, 0); return Value::of(text); }},
    {"urlUnescape", 1, 1, F {
       TEXT(text, 0);
       std::string out;
       for (size_t i = 0; i < text.size(); ++i) {
         if (text[i] != '%') { out += text[i] == '+' ? ' ' : text[i]; continue; }
         unsigned byte = 0;
         const std::string_view digits = text.substr(i + 1, 2);
         const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
         if (digits.size() < 2 || error != std::errc{} || end != digits.data() + 2) return fmt::format("invalid URL escape {}", json_string(text.substr(i, 3)));
         out += static_cast<char>(byte);
         i += 2;
       }
       return run.text(out);
     }},
    {"humanizeDuration", 1, 1, humanize_duration},
    {"date", 2, 2, date},
    {"tz", 2, 2, in_zone},
    {"toJson", 1, 1, to_json},
});
#undef F
// clang-format on

/// Go's html/template puts this in place of an address that it does not trust.
constexpr std::string_view kUnsafeAddress = "#ZgotmplZ";

bool begins_address(std::string_view before) {
  for (const std::string_view mark : {"href=\"", "href='", "src=\"", "src='"})
    if (before.size() >= mark.size() && lower(before.substr(before.size() - mark.size())) == mark) return true;
  return false;
}
bool safe_address(std::string_view address) {
  const size_t colon = address.find(':');
  if (colon == std::string_view::npos || address.substr(0, colon).find_first_of("/?#") != std::string_view::npos) return true;
  const std::string scheme = lower(trim(address.substr(0, colon)));
  return scheme == "http" || scheme == "https" || scheme == "mailto";
}

}  // namespace

std::span<const Function> notification_functions() { return kFunctions; }

void HtmlRun::append(std::string& out, const Value& value) {
  if (as<SafeHtml>(value) != nullptr) {
    out += value.object->text();
    return;
  }
  const std::string text = query::templates::text_of(value);
  const std::string_view shown = begins_address(out) && !safe_address(text) ? kUnsafeAddress : std::string_view(text);
  for (const char c : shown) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&#34;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
}

}  // namespace monitorai::forward
