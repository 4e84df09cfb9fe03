// The functions that Loki adds to those of text/template.

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/regex.h"
#include "base/text.h"
#include "query/logql/template_values.h"
#include "query/logql/units.h"
#include "query/promql/quoting.h"

namespace monitorai::query::logql {
namespace {

using templates::Args;
using text::format_time;
using templates::Function;
using text::GoTime;
using text::in_zone;
using text::parse_time;
using templates::Run;
using templates::truth;
using templates::Value;
using templates::wrong_type;
using Kind = Value::Kind;
using Out = templates::ValueResult;

constexpr size_t kJsonNodesMax = 10'000;
constexpr size_t kRegexesKeptMax = 64;

// ---- arguments ----
#define TEXT(name, i)                                                  \
  if (!args[i].is(Kind::text)) return wrong_type("string", args[i]);   \
  const std::string_view name = args[i].text
#define WHOLE(name, i)                                                 \
  if (!args[i].is(Kind::integer)) return wrong_type("int", args[i]);   \
  const int64_t name = args[i].integer

/// sprig's conversions: what is no number is 0.
int64_t to_int(const Value& v) {
  switch (v.kind) {
    case Kind::integer:
      return v.integer;
    case Kind::real:
      return std::abs(v.real) < 9.2e18 ? static_cast<int64_t>(v.real) : 0;
    case Kind::boolean:
      return v.boolean ? 1 : 0;
    case Kind::text: {
      const std::string_view text = !v.text.empty() && v.text[0] == '+' ? v.text.substr(1) : v.text;
      if (const auto whole = parse_integer<int64_t>(text)) return *whole;
      if (text.starts_with("0x")) {
        int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
        if (error == std::errc{} && end == text.data() + text.size()) return value;
      }
      return 0;
    }
    default:
      return 0;
  }
}
double to_real(const Value& v) {
  switch (v.kind) {
    case Kind::integer:
      return static_cast<double>(v.integer);
    case Kind::real:
      return v.real;
    case Kind::boolean:
      return v.boolean ? 1 : 0;
    case Kind::text:
      return parse_number(v.text).value_or(0);
    default:
      return 0;
  }
}

Line& line_of(Run& run) { return static_cast<LineRun&>(run).line; }

// ---- runes ----
/// Byte offset of the n-th rune, or the size.
size_t rune_offset(std::string_view text, int64_t n) {
  size_t at = 0;
  for (int64_t i = 0; i < n && at < text.size(); ++i) at += decode_rune(text.substr(at)).second;
  return at;
}
int64_t rune_count(std::string_view text) {
  int64_t out = 0;
  for (size_t at = 0; at < text.size(); ++out) at += decode_rune(text.substr(at)).second;
  return out;
}
std::string_view runes(std::string_view text, int64_t from, int64_t to) {
  const size_t begin = rune_offset(text, from);
  return text.substr(begin, rune_offset(text, to) - begin);
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}
std::string title(std::string_view text) {
  std::string out(text);
  bool first = true;
  for (char& c : out) {
    if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\'' ||
                        (static_cast<unsigned char>(c) & 0x80u) != 0;
    first = !letter;
  }
  return out;
}

bool any_of(std::string_view set, std::string_view rune) { return set.find(rune) != std::string_view::npos; }
std::string_view trim_left_of(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    const size_t width = decode_rune(text).second;
    if (!any_of(set, text.substr(0, width))) break;
    text.remove_prefix(width);
  }
  return text;
}
std::string_view trim_right_of(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    size_t at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80u) --at;
    if (!any_of(set, text.substr(at))) break;
    text = text.substr(0, at);
  }
  return text;
}

/// At most the bytes that one line may have: what would grow beyond is refused before it is made.
std::optional<std::string> too_large(const Run& run, size_t bytes) {
  if (bytes <= run.limits.output_bytes_max) return std::nullopt;
  return fmt::format("the text would be too long ({} bytes, the limit bytes of a line is {})", bytes, run.limits.output_bytes_max);
}

Out replace(Run& run, std::string_view text, std::string_view from, std::string_view to, int64_t times) {
  std::string out;
  size_t at = 0;
  for (; times != 0; --times) {
    size_t found = from.empty() ? at : text.find(from, at);
    if (found == std::string_view::npos || found > text.size()) break;
    out += text.substr(at, found - at);
    out += to;
    at = found + from.size();
    if (from.empty()) {
      if (at >= text.size()) break;
      const size_t width = decode_rune(text.substr(at)).second;
      out += text.substr(at, width);
      at += width;
    }
    if (auto error = too_large(run, out.size())) return *error;
  }
  if (at < text.size()) out += text.substr(at);
  if (auto error = too_large(run, out.size())) return *error;
  return run.text(out);
}

/// Compiled once for each pattern that a thread meets.
Result<const Regex*, std::string> regex_of(std::string_view pattern) {
  constexpr size_t kRegexBytesMax = 16 << 10;
  thread_local std::map<std::string, Regex, std::less<>> kept;
  if (const auto found = kept.find(pattern); found != kept.end()) return &found->second;
  if (pattern.size() > kRegexBytesMax) return fmt::format("the regular expression is too long ({} bytes, the limit is {})", pattern.size(), kRegexBytesMax);
  auto regex = Regex::searching(pattern);
  if (!regex) return regex.error().message;
  if (kept.size() >= kRegexesKeptMax) kept.clear();
  return &kept.emplace(std::string(pattern), std::move(*regex)).first->second;
}

/// Calls f for each match, from left to right, as Go's FindAll: an empty match right behind another one is none.
template <class F>
void each_match(const Regex& regex, std::string_view text, F&& f) {
  size_t at = 0;
  size_t last_end = std::string_view::npos;
  while (at <= text.size()) {
    const auto found = regex.captures_from(text, at);
    if (!found) return;
    const auto begin = static_cast<size_t>((*found)[0].data() - text.data());
    const size_t end = begin + (*found)[0].size();
    const bool empty = begin == end;
    if (!(empty && begin == last_end))
      if (!f(begin, end, *found)) return;
    last_end = end;
    at = empty ? end + (end < text.size() ? decode_rune(text.substr(end)).second : 1) : end;
  }
}

Out regex_replace(Run& run, Args args, bool literal) {
  TEXT(pattern, 0);
  TEXT(text, 1);
  TEXT(replacement, 2);
  MAI_TRY_ASSIGN(const Regex* regex, regex_of(pattern));
  std::string out;
  size_t at = 0;
  each_match(*regex, text, [&](size_t begin, size_t end, std::span<const std::string_view> captured) {
    out += text.substr(at, begin - at);
    if (literal)
      out += replacement;
    else
      out += regex->expand(replacement, captured);
    at = end;
    return out.size() <= run.limits.output_bytes_max;
  });
  out += text.substr(at);
  if (auto error = too_large(run, out.size())) return *error;
  return run.text(out);
}

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

std::string base64_decoded(std::string_view text) {
  std::string padded(text);
  if (const size_t rest = padded.size() % 4; rest > 1) padded.append(4 - rest, '=');
  for (size_t i = 0; i < padded.size(); ++i) {
    const char c = padded[i];
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
                      (c == '=' && i + 2 >= padded.size());
    if (!good) return fmt::format("illegal base64 data at input byte {}", i);
  }
  if (padded.size() % 4 != 0) return fmt::format("illegal base64 data at input byte {}", padded.size() / 4 * 4);
  std::string out(padded.size() / 4 * 3 + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(padded.data()),
                                   static_cast<int>(padded.size()));
  if (size < 0) return "illegal base64 data at input byte 0";
  const auto padding = static_cast<size_t>(padded.ends_with("==") ? 2 : padded.ends_with("=") ? 1 : 0);
  out.resize(static_cast<size_t>(size) - padding);
  return to_valid_utf8(out);
}

std::string indented(std::string_view text, int64_t spaces) {
  const std::string pad(static_cast<size_t>(std::max<int64_t>(spaces, 0)), ' ');
  std::string out = pad;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += pad;
  }
  return out;
}
Out indent(Run& run, Args args, std::string_view before) {
  WHOLE(spaces, 0);
  TEXT(text, 1);
  const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  if (spaces > 100'000) return fmt::format("cannot indent by {} spaces", spaces);
  if (auto error = too_large(run, text.size() + lines * static_cast<size_t>(std::max<int64_t>(spaces, 0)))) return *error;
  return run.text(std::string(before) + indented(text, spaces));
}

/// Go's arithmetic wraps.
int64_t wrapped(uint64_t v) { return static_cast<int64_t>(v); }

template <class F>
Out fold_real(Args args, F&& f) {
  double out = to_real(args[0]);
  for (const Value& v : args.subspan(1)) out = f(out, to_real(v));
  return Value::of(out);
}

Result<GoTime, std::string> time_of(const Value& v) {
  if (v.is(Kind::time)) return *v.time;
  if (v.is(Kind::integer) && std::abs(v.integer) < 9'000'000'000) return in_zone(v.integer * 1'000'000'000, "UTC");
  return wrong_type("time", v);
}
Out epoch(Run& run, Args args, int64_t unit_ns) {
  if (!args[0].is(Kind::time)) return wrong_type("time", args[0]);
  const int64_t ns = args[0].time->ns;
  const int64_t whole = ns >= 0 || ns % unit_ns == 0 ? ns / unit_ns : ns / unit_ns - 1;
  return run.text(std::to_string(whole));
}

Out unix_to_time(Run& run, Args args) {
  TEXT(text, 0);
  const auto number = parse_integer<int64_t>(text);
  int64_t unit = 0;
  switch (text.size()) {
    case 5:
      unit = 86'400'000'000'000;
      break;
    case 10:
      unit = 1'000'000'000;
      break;
    case 13:
      unit = 1'000'000;
      break;
    case 16:
      unit = 1000;
      break;
    case 19:
      unit = 1;
      break;
    default:
      break;
  }
  // Times end in 2262: nanoseconds of 64 bits.
  int64_t ns = 0;
  if (!number || unit == 0 || __builtin_mul_overflow(*number, unit, &ns)) return fmt::format("unable to parse time '{}'", text);
  return run.time(in_zone(ns, "UTC"));
}

/// Without a match Go has the zero time, 0001-01-01.
GoTime zero_time() { return {std::numeric_limits<int64_t>::min() / 1'000'000'000 * 1'000'000'000, 0, "UTC"}; }

#define F [](Run & run, Args args) -> Out
#define UNUSED_RUN (void)run
const std::array kFunctions = std::to_array<Function>({
    // ---- the line ----
    {"__line__", 0, 0, F { (void)args; return Value::of(line_of(run).text); }},
    {"__timestamp__", 0, 0, F { (void)args; return run.time(in_zone(line_of(run).time_ns, "UTC")); }},
    // ---- strings ----
    {"lower", 1, 1, F { TEXT(s, 0); return run.text(lower(s)); }},
    {"upper", 1, 1, F { TEXT(s, 0); return run.text(upper(s)); }},
    {"ToLower", 1, 1, F { TEXT(s, 0); return run.text(lower(s)); }},
    {"ToUpper", 1, 1, F { TEXT(s, 0); return run.text(upper(s)); }},
    {"title", 1, 1, F { TEXT(s, 0); return run.text(title(s)); }},
    {"trunc", 2, 2, F {
       UNUSED_RUN;
       WHOLE(count, 0);
       TEXT(s, 1);
       const int64_t length = rune_count(s);
       if (count < 0) return Value::of(length + count > 0 ? runes(s, length + count, length) : s);
       return Value::of(runes(s, 0, count));
     }},
    {"substr", 3, 3, F {
       UNUSED_RUN;
       WHOLE(start, 0);
       WHOLE(end, 1);
       TEXT(s, 2);
       const int64_t length = rune_count(s);
       const int64_t to = end < 0 ? (start < 0 ? 0 : length) : std::min(end, length);
       const int64_t from = std::clamp<int64_t>(start, 0, length);
       return Value::of(from > to ? std::string_view{} : runes(s, from, to));
     }},
    {"contains", 2, 2, F { UNUSED_RUN; TEXT(part, 0); TEXT(s, 1); return Value::of(s.find(part) != std::string_view::npos); }},
    {"hasPrefix", 2, 2, F { UNUSED_RUN; TEXT(part, 0); TEXT(s, 1); return Value::of(s.starts_with(part)); }},
    {"hasSuffix", 2, 2, F { UNUSED_RUN; TEXT(part, 0); TEXT(s, 1); return Value::of(s.ends_with(part)); }},
    {"indent", 2, 2, F { return indent(run, args, ""); }},
    {"nindent", 2, 2, F { return indent(run, args, "\n"); }},
    {"replace", 3, 3, F { TEXT(from, 0); TEXT(to, 1); TEXT(s, 2); return replace(run, s, from, to, -1); }},
    {"Replace", 4, 4, F { TEXT(s, 0); TEXT(from, 1); TEXT(to, 2); WHOLE(times, 3); return replace(run, s, from, to, times); }},
    {"repeat", 2, 2, F {
       WHOLE(count, 0);
       TEXT(s, 1);
       const auto times = static_cast<size_t>(std::max<int64_t>(count, 0));
       if (!s.empty() && times > run.limits.output_bytes_max / s.size())
         return fmt::format("cannot repeat {} bytes {} times (the limit bytes of a line is {})", s.size(), count, run.limits.output_bytes_max);
       std::string out;
       if (!s.empty()) for (size_t i = 0; i < times; ++i) out += s;
       return run.text(out);
     }},
    {"trim", 1, 1, F { UNUSED_RUN; TEXT(s, 0); return Value::of(trim(s)); }},
    {"TrimSpace", 1, 1, F { UNUSED_RUN; TEXT(s, 0); return Value::of(trim(s)); }},
    {"trimAll", 2, 2, F { UNUSED_RUN; TEXT(set, 0); TEXT(s, 1); return Value::of(trim_left_of(trim_right_of(s, set), set)); }},
    {"trimSuffix", 2, 2, F { UNUSED_RUN; TEXT(x, 0); TEXT(s, 1); return Value::of(s.ends_with(x) ? s.substr(0, s.size() - x.size()) : s); }},
    {"trimPrefix", 2, 2, F { UNUSED_RUN; TEXT(x, 0); TEXT(s, 1); return Value::of(s.starts_with(x) ? s.substr(x.size()) : s); }},
    {"Trim", 2, 2, F { UNUSED_RUN; TEXT(s, 0); TEXT(set, 1); return Value::of(trim_left_of(trim_right_of(s, set), set)); }},
    {"TrimLeft", 2, 2, F { UNUSED_RUN; TEXT(s, 0); TEXT(set, 1); return Value::of(trim_left_of(s, set)); }},
    {"TrimRight", 2, 2, F { UNUSED_RUN; TEXT(s, 0); TEXT(set, 1); return Value::of(trim_right_of(s, set)); }},
    {"TrimPrefix", 2, 2, F { UNUSED_RUN; TEXT(s, 0); TEXT(x, 1); return Value::of(s.starts_with(x) ? s.substr(x.size()) : s); }},
    {"TrimSuffix", 2, 2, F { UNUSED_RUN; TEXT(s, 0); TEXT(x, 1); return Value::of(s.ends_with(x) ? s.substr(0, s.size() - x.size()) : s); }},
    {"alignLeft", 2, 2, F {
       WHOLE(count, 0);
       TEXT(s, 1);
       if (count < 0) return Value::of(s);
       if (auto error = too_large(run, static_cast<size_t>(count))) return *error;
       const int64_t length = rune_count(s);
       if (count <= length) return Value::of(runes(s, 0, count));
       return run.text(std::string(s) + std::string(static_cast<size_t>(count - length), ' '));
     }},
    {"alignRight", 2, 2, F {
       WHOLE(count, 0);
       TEXT(s, 1);
       if (count < 0) return Value::of(s);
       if (auto error = too_large(run, static_cast<size_t>(count))) return *error;
       const int64_t length = rune_count(s);
       if (count <= length) return Value::of(runes(s, length - count, length));
       return run.text(std::string(static_cast<size_t>(count - length), ' ') + std::string(s));
     }},
    {"regexReplaceAll", 3, 3, F { return regex_replace(run, args, false); }},
    {"regexReplaceAllLiteral", 3, 3, F { return regex_replace(run, args, true); }},
    {"count", 2, 2, F {
       UNUSED_RUN;
       TEXT(pattern, 0);
       TEXT(s, 1);
       MAI_TRY_ASSIGN(const Regex* regex, regex_of(pattern));
       int64_t out = 0;
       each_match(*regex, s, [&](size_t, size_t, std::span<const std::string_view>) { return ++out, true; });
       return Value::of(out);
     }},
    {"urlencode", 1, 1, F { TEXT(s, 0); return run.text(templates::url_query_escaped(s)); }},
    {"urldecode", 1, 1, F {
       TEXT(s, 0);
       std::string out;
       for (size_t i = 0; i < s.size(); ++i) {
         if (s[i] != '%') {
           out += s[i] == '+' ? ' ' : s[i];
           continue;
         }
         unsigned byte = 0;
         const auto [end, error] = std::from_chars(s.data() + i + 1, s.data() + std::min(i + 3, s.size()), byte, 16);
         if (error != std::errc{} || end != s.data() + i + 3) return fmt::format("invalid URL escape {}", quote(s.substr(i, 3)));
         out += static_cast<char>(byte);
         i += 2;
       }
       return run.text(to_valid_utf8(out));
     }},
    {"b64enc", 1, 1, F { TEXT(s, 0); return run.text(base64(s)); }},
    {"b64dec", 1, 1, F { TEXT(s, 0); return run.text(base64_decoded(s)); }},
    {"default", 1, 2, F { UNUSED_RUN; return args.size() < 2 || !truth(args[1]) ? args[0] : args[1]; }},
    {"fromJson", 1, 1, F {
       TEXT(s, 0);
       auto tree = parse_json_tree(s, kJsonNodesMax);
       if (!tree) return Value{};
       std::deque<JsonTree>& trees = static_cast<LineRun&>(run).trees;
       trees.push_back(std::move(*tree));
       return value_of(run, trees.back());
     }},
    // ---- numbers ----
    {"int", 1, 1, F { UNUSED_RUN; return Value::of(to_int(args[0])); }},
    {"float64", 1, 1, F { UNUSED_RUN; return Value::of(to_real(args[0])); }},
    {"add", 0, -1, F { UNUSED_RUN; uint64_t out = 0; for (const Value& v : args) out += static_cast<uint64_t>(to_int(v)); return Value::of(wrapped(out)); }},
    {"sub", 2, 2, F { UNUSED_RUN; return Value::of(wrapped(static_cast<uint64_t>(to_int(args[0])) - static_cast<uint64_t>(to_int(args[1])))); }},
    {"mul", 1, -1, F { UNUSED_RUN; uint64_t out = 1; for (const Value& v : args) out *= static_cast<uint64_t>(to_int(v)); return Value::of(wrapped(out)); }},
    {"div", 2, 2, F {
       UNUSED_RUN;
       const int64_t a = to_int(args[0]);
       const int64_t b = to_int(args[1]);
       if (b == 0) return std::string("integer divide by zero");
       return Value::of(b == -1 ? wrapped(0 - static_cast<uint64_t>(a)) : a / b);
     }},
    {"mod", 2, 2, F {
       UNUSED_RUN;
       const int64_t a = to_int(args[0]);
       const int64_t b = to_int(args[1]);
       if (b == 0) return std::string("integer divide by zero");
       return Value::of(b == -1 ? int64_t{0} : a % b);
     }},
    {"max", 1, -1, F { UNUSED_RUN; int64_t out = to_int(args[0]); for (const Value& v : args) out = std::max(out, to_int(v)); return Value::of(out); }},
    {"min", 1, -1, F { UNUSED_RUN; int64_t out = to_int(args[0]); for (const Value& v : args) out = std::min(out, to_int(v)); return Value::of(out); }},
    {"addf", 1, -1, F { UNUSED_RUN; return fold_real(args, [](double a, double b) { return a + b; }); }},
    {"subf", 1, -1, F { UNUSED_RUN; return fold_real(args, [](double a, double b) { return a - b; }); }},
    {"mulf", 1, -1, F { UNUSED_RUN; return fold_real(args, [](double a, double b) { return a * b; }); }},
    {"divf", 1, -1, F {
       UNUSED_RUN;
       for (const Value& v : args.subspan(1)) if (to_real(v) == 0) return std::string("division by 0");
       return fold_real(args, [](double a, double b) { return a / b; });
     }},
    {"maxf", 1, -1, F { UNUSED_RUN; return fold_real(args, [](double a, double b) { return std::fmax(a, b); }); }},
    {"minf", 1, -1, F { UNUSED_RUN; return fold_real(args, [](double a, double b) { return std::fmin(a, b); }); }},
    {"ceil", 1, 1, F { UNUSED_RUN; return Value::of(std::ceil(to_real(args[0]))); }},
    {"floor", 1, 1, F { UNUSED_RUN; return Value::of(std::floor(to_real(args[0]))); }},
    {"round", 2, 3, F {
       UNUSED_RUN;
       WHOLE(places, 1);
       const double scale = std::pow(10.0, static_cast<double>(std::clamp<int64_t>(places, -300, 300)));
       const double half = args.size() > 2 ? to_real(args[2]) : 0.5;
       const double scaled = to_real(args[0]) * scale;
       double whole = 0;
       const double rest = std::modf(scaled, &whole);  // negative of negative numbers, which are thus rounded down
       return Value::of((rest >= half ? std::ceil(scaled) : std::floor(scaled)) / scale);
     }},
    {"bytes", 1, 1, F {
       UNUSED_RUN;
       TEXT(s, 0);
       const auto value = parse_bytes(s);
       if (!value) return fmt::format("unable to convert \"{}\" to bytes", s);
       return Value::of(*value);
     }},
    {"duration", 1, 1, F {
       UNUSED_RUN;
       TEXT(s, 0);
       const auto ns = parse_go_duration(s);
       if (!ns) return fmt::format("time: invalid duration \"{}\"", s);
       return Value::of(static_cast<double>(*ns) / 1e9);
     }},
    {"duration_seconds", 1, 1, F {
       UNUSED_RUN;
       TEXT(s, 0);
       const auto ns = parse_go_duration(s);
       if (!ns) return fmt::format("time: invalid duration \"{}\"", s);
       return Value::of(static_cast<double>(*ns) / 1e9);
     }},
    // ---- times ----
    {"now", 0, 0, F {
       (void)args;
       const auto now = std::chrono::system_clock::now().time_since_epoch();
       return run.time(in_zone(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(), "UTC"));
     }},
    {"date", 2, 2, F { TEXT(layout, 0); MAI_TRY_ASSIGN(const GoTime t, time_of(args[1])); return run.text(format_time(t, layout)); }},
    {"toDate", 2, 2, F { TEXT(layout, 0); TEXT(s, 1); return run.time(parse_time(layout, s).value_or(zero_time())); }},
    {"toDateInZone", 3, 3, F { TEXT(layout, 0); TEXT(zone, 1); TEXT(s, 2); return run.time(parse_time(layout, s, zone).value_or(zero_time())); }},
    {"unixEpoch", 1, 1, F { return epoch(run, args, 1'000'000'000); }},
    {"unixEpochMillis", 1, 1, F { return epoch(run, args, 1'000'000); }},
    {"unixEpochNanos", 1, 1, F { return epoch(run, args, 1); }},
    {"unixToTime", 1, 1, F { return unix_to_time(run, args); }},
});
#undef F
#undef UNUSED_RUN
#undef TEXT
#undef WHOLE

}  // namespace

std::span<const Function> line_functions() { return kFunctions; }

}  // namespace monitorai::query::logql
