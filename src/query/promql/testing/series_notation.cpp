#include "query/promql/testing/series_notation.h"

#include <optional>

#include "base/text.h"
#include "query/promql/token.h"
#include "signals/samples.h"

namespace monitorai::query {
namespace {

bool space(char c) { return c == ' ' || c == '\t'; }

Error wrong(std::string_view line, std::string_view why) {
  return {Code::invalid, fmt::format("cannot read series \"{}\": {}", line, why)};
}

/// Where the labels end and the values begin.
size_t end_of_labels(std::string_view line) {
  size_t i = 0;
  char mark = 0;
  bool braces = false;
  for (; i < line.size(); ++i) {
    const char c = line[i];
    if (mark != 0) {
      if (c == '\\' && mark != '`')
        ++i;
      else if (c == mark)
        mark = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      mark = c;
    } else if (c == '{') {
      braces = true;
    } else if (c == '}') {
      return i + 1;
    } else if (!braces && space(c)) {
      // `name {a="b"} 1` is allowed, `name 1` too; `name {{...}}` is a name and a native histogram.
      const size_t next = line.find_first_not_of(" \t", i);
      if (next == std::string_view::npos || line[next] != '{' || line.substr(next).starts_with("{{")) return i;
    }
  }
  return line.size();
}

Result<signals::Labels> parse_labels(std::string_view text, std::string_view line) {
  std::vector<signals::Label> labels;
  const std::vector<Lexeme> tokens = lex(text);
  size_t at = 0;
  // What cannot be read is the last one.
  if (tokens[0].type == Token::error) return wrong(line, "unexpected " + tokens[0].description());
  if (tokens[0].type != Token::left_brace && tokens[0].type != Token::end)
    labels.push_back({std::string(signals::kMetricName), tokens[at++].text});
  if (tokens[at].type == Token::left_brace) {
    ++at;
    while (tokens[at].type != Token::right_brace) {
      std::string name = tokens[at].text;
      const bool is_string = tokens[at].type == Token::string;
      if (is_string && !unquote(tokens[at].text, name)) return wrong(line, "damaged string");
      if (!is_string && tokens[at].type != Token::identifier) return wrong(line, "unexpected " + tokens[at].description());
      ++at;
      if (is_string && tokens[at].type != Token::equal) {
        labels.push_back({std::string(signals::kMetricName), std::move(name)});
      } else {
        if (tokens[at].type != Token::equal || tokens[at + 1].type != Token::string) return wrong(line, "a label needs a value");
        std::string value;
        if (!unquote(tokens[at + 1].text, value)) return wrong(line, "damaged string");
        labels.push_back({std::move(name), std::move(value)});
        at += 2;
      }
      if (tokens[at].type == Token::comma)
        ++at;
      else if (tokens[at].type != Token::right_brace)
        return wrong(line, "unexpected " + tokens[at].description());
    }
    ++at;
  }
  if (tokens[at].type != Token::end) return wrong(line, "unexpected " + tokens[at].description());
  return signals::Labels::from(std::move(labels));
}

/// The number at the start of `item`; takes it off. A sign may stand before it.
std::optional<double> take_number(std::string_view& item) {
  size_t end = 0;
  if (end < item.size() && (item[end] == '+' || item[end] == '-')) ++end;
  const size_t digits = end;
  while (end < item.size() && item[end] != 'x' && item[end] != '+' && item[end] != '-') {
    const bool exponent = (item[end] == 'e' || item[end] == 'E') && end > digits && item[digits] >= '.' && item[digits] <= '9';
    ++end;
    if (exponent && end < item.size() && (item[end] == '+' || item[end] == '-')) ++end;
  }
  const auto value = parse_go_number(item.substr(0, end));
  item.remove_prefix(end);
  return value;
}

std::optional<size_t> take_times(std::string_view& item) {
  if (item.empty() || item[0] != 'x') return std::nullopt;
  const auto times = parse_integer<size_t>(item.substr(1));
  item = {};
  return times;
}

/// Appends what one item stands for.
bool append_item(std::string_view item, std::vector<std::optional<double>>& out) {
  const auto fits = [&](size_t count) { return count <= kNotatedValuesMax && out.size() + count <= kNotatedValuesMax; };
  if (item[0] == '_') {
    item.remove_prefix(1);
    if (item.empty()) return out.push_back(std::nullopt), true;
    const auto times = take_times(item);
    if (!times || !fits(*times)) return false;
    out.insert(out.end(), *times, std::nullopt);
    return true;
  }
  double value = 0;
  if (item.starts_with("stale")) {
    value = signals::stale_nan();
    item.remove_prefix(5);
  } else {
    const auto number = take_number(item);
    if (!number) return false;
    value = *number;
  }
  if (item.empty()) return out.push_back(value), true;
  double step = 0;
  if (item[0] == '+' || item[0] == '-') {
    const auto number = take_number(item);
    if (!number) return false;
    step = *number;
  }
  const auto times = take_times(item);
  if (!times || !fits(*times) || !fits(*times + 1)) return false;
  for (size_t i = 0; i <= *times; ++i) {
    out.emplace_back(value);
    if (step != 0) value += step;
  }
  return true;
}

}  // namespace

std::optional<double> parse_go_number(std::string_view text) {
  std::string_view digits = text;
  const bool negative = !digits.empty() && digits[0] == '-';
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
  if (digits.empty() || digits[0] == '-' || digits[0] == '+') return std::nullopt;
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, 16);
    if (digits[2] == '-' || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return static_cast<double>(negative ? -value : value);
  }
  const auto value = parse_number(digits);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

Result<NotatedSeries> parse_series(std::string_view line) {
  NotatedSeries out;
  const size_t labels_end = end_of_labels(line);
  MAI_TRY_ASSIGN(out.labels, parse_labels(line.substr(0, labels_end), line));
  std::string_view rest = line.substr(labels_end);
  while (!(rest = trim(rest)).empty()) {
    if (rest.starts_with("{{")) {
      // A native histogram, perhaps with a step and a repetition: recognised, not stored.
      out.has_native_histograms = true;
      size_t count = 1;
      while (rest.starts_with("{{")) {
        const size_t end = rest.find("}}");
        if (end == std::string_view::npos) return wrong(line, "a native histogram does not end");
        rest.remove_prefix(end + 2);
        if (rest.size() > 2 && (rest[0] == '+' || rest[0] == '-') && rest.substr(1).starts_with("{{")) rest.remove_prefix(1);
      }
      if (!rest.empty() && rest[0] == 'x') {
        size_t end = 1;
        while (end < rest.size() && !space(rest[end])) ++end;
        const auto times = parse_integer<size_t>(rest.substr(1, end - 1));
        if (!times || *times > kNotatedValuesMax) return wrong(line, "bad repetition");
        count = *times + 1;
        rest.remove_prefix(end);
      }
      out.values.insert(out.values.end(), count, std::nullopt);
      continue;
    }
    size_t end = 0;
    while (end < rest.size() && !space(rest[end])) ++end;
    if (!append_item(rest.substr(0, end), out.values)) return wrong(line, fmt::format("cannot read value \"{}\"", rest.substr(0, end)));
    rest.remove_prefix(end);
  }
  return out;
}

}  // namespace monitorai::query
