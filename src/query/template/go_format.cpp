#include "query/template/go_format.h"

#include <array>
#include <cmath>

#include "base/text.h"
#include "query/promql/quoting.h"
#include "query/template/tree.h"

namespace monitorai::query::templates {
namespace {

using Kind = Value::Kind;

size_t rune_count(std::string_view text) {
  size_t out = 0;
  for (const char c : text) out += (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
  return out;
}

std::string cut(std::string_view text, int runes) {
  size_t at = 0;
  for (int i = 0; i < runes && at < text.size(); ++i) at += decode_rune(text.substr(at)).second;
  return std::string(text.substr(0, at));
}

/// std::to_chars with Go's exponent of at least two digits, which is its own too.
std::string digits(double value, std::chars_format form, int precision) {
  std::array<char, 1600> buffer;
  const auto result = precision < 0
                          ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form)
                          : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form, std::min(precision, kFormatWidthMax));
  return {buffer.data(), result.ptr};
}

std::string named(double value) { return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"; }

std::string in_base(int64_t value, int base, bool upper) {
  std::array<char, 70> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base);
  std::string out(buffer.data(), end);
  if (upper)
    for (char& c : out)
      if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 32);
  return out;
}

/// strconv: %g without a precision writes an exponent from this one on.
constexpr int kExponentMin = 6;

struct Spec {
  bool minus = false;
  bool plus = false;
  bool zero = false;
  bool blank = false;
  bool sharp = false;
  int width = 0;
  int precision = -1;
};

std::string go_type(const Value& v) {
  if (v.is(Kind::nil)) return "<nil>";
  return std::string(type_name(v));
}

std::string mismatch(char verb, const Value& v) {
  if (v.is(Kind::nil)) return fmt::format("%!{}(<nil>)", verb);
  return fmt::format("%!{}({}={})", verb, go_type(v), text_of(v));
}

std::string signed_text(std::string text, const Spec& spec) {
  if (!text.empty() && text[0] != '-' && text[0] != '+') {
    if (spec.plus) return "+" + text;
    if (spec.blank) return " " + text;
  }
  return text;
}

std::string one(char verb, const Spec& spec, const Value& v) {
  const int precision = spec.precision;
  switch (verb) {
    case 'v':
      if (v.is(Kind::nil)) return "<nil>";
      if (v.is(Kind::real) && precision >= 0)
        return signed_text(std::isfinite(v.real) ? digits(v.real, std::chars_format::general, precision) : named(v.real), spec);
      if (v.is(Kind::integer) || v.is(Kind::real)) return signed_text(text_of(v), spec);
      return text_of(v);
    case 's':
      if (v.is(Kind::integer) || v.is(Kind::real) || v.is(Kind::boolean) || v.is(Kind::nil)) return mismatch(verb, v);
      return precision >= 0 ? cut(text_of(v), precision) : text_of(v);
    case 'q':
      if (v.is(Kind::integer)) return quote_rune(static_cast<int32_t>(v.integer));
      if (!v.is(Kind::text)) return mismatch(verb, v);
      return quote(precision >= 0 ? cut(v.text, precision) : std::string(v.text));
    case 'd':
      return v.is(Kind::integer) ? signed_text(fmt::format("{}", v.integer), spec) : mismatch(verb, v);
    case 'b':
      return v.is(Kind::integer) ? signed_text(in_base(v.integer, 2, false), spec) : mismatch(verb, v);
    case 'o':
      return v.is(Kind::integer) ? signed_text(in_base(v.integer, 8, false), spec) : mismatch(verb, v);
    case 'x':
    case 'X':
      if (v.is(Kind::integer))
        return signed_text((spec.sharp ? verb == 'x' ? "0x" : "0X" : "") + in_base(v.integer, 16, verb == 'X'), spec);
      if (!v.is(Kind::text)) return mismatch(verb, v);
      {
        std::string out;
        for (const char c : v.text)
          out += verb == 'x' ? fmt::format("{:02x}", static_cast<unsigned char>(c)) : fmt::format("{:02X}", static_cast<unsigned char>(c));
        return out;
      }
    case 'c':
    case 'U':
      if (!v.is(Kind::integer)) return mismatch(verb, v);
      if (verb == 'U') return fmt::format("U+{:04X}", v.integer);
      if (v.integer >= 0 && v.integer < 0x80) return std::string(1, static_cast<char>(v.integer));
      return "\xef\xbf\xbd";
    case 't':
      return v.is(Kind::boolean) ? text_of(v) : mismatch(verb, v);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      if (!v.is(Kind::real)) return mismatch(verb, v);
      if (!std::isfinite(v.real)) return signed_text(named(v.real), spec);
      const bool fixed = verb == 'f' || verb == 'F';
      const bool general = verb == 'g' || verb == 'G';
      if (general && precision < 0) return signed_text(go_number(v.real), spec);
      return signed_text(digits(v.real,
                                fixed     ? std::chars_format::fixed
                                : general ? std::chars_format::general
                                          : std::chars_format::scientific,
                                precision < 0 ? 6 : precision),
                         spec);
    }
    default:
      return mismatch(verb, v);
  }
}

std::string pad(std::string text, const Spec& spec, bool number) {
  const auto runes = static_cast<int>(rune_count(text));
  if (runes >= spec.width) return text;
  const auto missing = static_cast<size_t>(spec.width - runes);
  if (spec.minus) return text + std::string(missing, ' ');
  if (!spec.zero) return std::string(missing, ' ') + text;
  const bool sign = number && !text.empty() && (text[0] == '-' || text[0] == '+');
  return (sign ? text.substr(0, 1) : "") + std::string(missing, '0') + text.substr(sign ? 1 : 0);
}

}  // namespace

std::string go_number(double value) {
  if (!std::isfinite(value)) return named(value);
  const std::string scientific = digits(value, std::chars_format::scientific, -1);
  const int exponent =
      parse_integer<int>(std::string_view(scientific).substr(scientific.find('e') + (scientific[scientific.find('e') + 1] == '+' ? 2 : 1)))
          .value_or(0);
  return exponent < -4 || exponent >= kExponentMin ? scientific : digits(value, std::chars_format::fixed, -1);
}

std::string go_sprintf(std::string_view format, std::span<const Value> args) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    Spec spec;
    for (++i; i < format.size(); ++i) {
      if (format[i] == '-')
        spec.minus = true;
      else if (format[i] == '+')
        spec.plus = true;
      else if (format[i] == '0')
        spec.zero = true;
      else if (format[i] == ' ')
        spec.blank = true;
      else if (format[i] == '#')
        spec.sharp = true;
      else
        break;
    }
    const auto number = [&](int& into) {
      if (i < format.size() && format[i] == '*') {
        ++i;
        if (next < args.size() && args[next].is(Kind::integer))
          into = static_cast<int>(std::clamp<int64_t>(args[next].integer, -kFormatWidthMax, kFormatWidthMax));
        ++next;
        return;
      }
      into = 0;
      for (; i < format.size() && format[i] >= '0' && format[i] <= '9'; ++i)
        into = std::min(into * 10 + (format[i] - '0'), kFormatWidthMax);
    };
    number(spec.width);
    if (spec.width < 0) {
      spec.minus = true;
      spec.width = -spec.width;
    }
    if (i < format.size() && format[i] == '.') {
      ++i;
      number(spec.precision);
    }
    if (i >= format.size()) {
      out += "%!(NOVERB)";
      break;
    }
    const char verb = format[i];
    if (verb == '%') {
      out += '%';
      continue;
    }
    if (next >= args.size()) {
      out += fmt::format("%!{}(MISSING)", verb);
      continue;
    }
    const Value& v = args[next++];
    out += pad(one(verb, spec, v), spec, v.is(Kind::integer) || v.is(Kind::real));
  }
  if (next < args.size()) {
    out += "%!(EXTRA ";
    for (size_t i = next; i < args.size(); ++i) out += fmt::format("{}{}={}", i > next ? ", " : "", go_type(args[i]), text_of(args[i]));
    out += ")";
  }
  return out;
}

}  // namespace monitorai::query::templates
