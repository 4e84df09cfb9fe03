#include "collect/scrape/exposition_parser.h"

#include <cmath>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::LabelView;
using signals::MetricType;

constexpr bool blank(char c) { return c == ' ' || c == '\t'; }

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  return text;
}

/// Takes what stands before the next blank.
std::string_view take_word(std::string_view& rest) {
  rest = skip_blanks(rest);
  size_t end = 0;
  while (end < rest.size() && !blank(rest[end])) ++end;
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

/// The length of a quoted string at the start of the text, quotes included; nullopt when it does not end.
std::optional<size_t> quoted_length(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    else if (text[i] == '"') return i + 1;
  }
  return std::nullopt;
}

/// The length of a `{...}` at the start of the text; braces inside quotes do not count.
std::optional<size_t> braces_length(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      const auto length = quoted_length(text.substr(i));
      if (!length) return std::nullopt;
      i += *length - 1;
    } else if (text[i] == '}') {
      return i + 1;
    }
  }
  return std::nullopt;
}

Error bad(std::string_view what) { return {Code::invalid, std::string(what)}; }

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    ++i;
    if (text[i] == 'n') out += '\n';
    else if (text[i] == '\\' || text[i] == '"') out += text[i];
    else (out += '\\') += text[i];
  }
  return out;
}

/// Reads one quoted string off the front; text with escapes is kept in `owned`.
Result<std::string_view> take_quoted(std::string_view& rest, ExposedLabels& out) {
  const auto length = quoted_length(rest);
  if (!length) return bad("a quoted string does not end");
  std::string_view inside = rest.substr(1, *length - 2);
  rest.remove_prefix(*length);
  if (inside.find('\\') != std::string_view::npos) {
    out.owned.push_back(std::make_unique<std::string>(unescape(inside)));
    inside = *out.owned.back();
  }
  if (!valid_utf8(inside)) return bad("a quoted string is not UTF-8");
  return inside;
}

/// One part between the braces: `name="value"`, `"quoted.name"="value"` or, as the metric's name, `"quoted.name"`.
Result<void> take_label(std::string_view& rest, ExposedLabels& out) {
  std::string_view name;
  const bool quoted = rest.front() == '"';
  if (quoted) {
    MAI_TRY_ASSIGN(name, take_quoted(rest, out));
  } else {
    size_t end = 0;
    while (end < rest.size() && rest[end] != '=' && rest[end] != ',' && rest[end] != '}' && !blank(rest[end])) ++end;
    name = rest.substr(0, end);
    if (!signals::valid_label_name(name)) return bad(fmt::format("\"{}\" is not a label name", to_valid_utf8(name)));
    rest.remove_prefix(end);
  }
  rest = skip_blanks(rest);
  if (quoted && (rest.starts_with(',') || rest.starts_with('}'))) {
    out.labels.push_back({signals::kMetricName, name});
    return {};
  }
  if (!rest.starts_with('=')) return bad(fmt::format("'=' is missing after label {}", to_valid_utf8(name)));
  rest = skip_blanks(rest.substr(1));
  if (!rest.starts_with('"')) return bad(fmt::format("the value of label {} is not quoted", to_valid_utf8(name)));
  MAI_TRY_ASSIGN(const std::string_view value, take_quoted(rest, out));
  out.labels.push_back({name, value});
  return {};
}

MetricType parse_type(std::string_view word) {
  if (word == "counter") return MetricType::counter;
  if (word == "gauge") return MetricType::gauge;
  if (word == "histogram" || word == "gaugehistogram") return MetricType::histogram;
  if (word == "summary") return MetricType::summary;
  if (word == "info") return MetricType::info;
  if (word == "stateset") return MetricType::stateset;
  return MetricType::unknown;
}

constexpr bool known_type(std::string_view word) {
  for (const std::string_view type : {"counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown", "untyped"})
    if (word == type) return true;
  return false;
}

/// Milliseconds in text 0.0.4, seconds in OpenMetrics.
Result<TimeMs> parse_time(std::string_view word, ExpositionFormat format) {
  if (format == ExpositionFormat::prometheus_text) {
    const auto ms = parse_integer<int64_t>(word);
    if (!ms) return bad(fmt::format("timestamp \"{}\" is not a count of milliseconds", to_valid_utf8(word)));
    return TimeMs{*ms};
  }
  const auto seconds = parse_number(word);
  constexpr double kSecondsMax = 9e15;
  if (!seconds || !(std::fabs(*seconds) < kSecondsMax)) return bad(fmt::format("timestamp \"{}\" is not a count of seconds", to_valid_utf8(word)));
  return TimeMs{static_cast<int64_t>(std::llround(*seconds * 1000))};
}

Result<double> parse_value(std::string_view word) {
  if (word.empty()) return bad("the value is missing");
  const auto value = parse_number(word);
  if (!value) return bad(fmt::format("value \"{}\" is not a number", to_valid_utf8(word)));
  return *value;
}

class Parser {
 public:
  Parser(ExpositionFormat format, ExpositionVisitor& visitor) : format_(format), visitor_(visitor) {}

  Result<void> line(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const std::string_view start = skip_blanks(line);
    if (ended_ && !start.empty()) return bad("there is more after # EOF");
    if (start.empty()) return format_ == ExpositionFormat::open_metrics && !line.empty() ? Result<void>(bad("a line is blank")) : Result<void>();
    if (start.front() == '#') return comment(start.substr(1));
    return sample(start);
  }

  Result<void> finish() const {
    if (format_ == ExpositionFormat::open_metrics && !ended_) return bad("it does not end with # EOF: the answer is cut off");
    return {};
  }

 private:
  Result<void> comment(std::string_view rest) {
    const std::string_view keyword = take_word(rest);
    if (keyword == "EOF" && format_ == ExpositionFormat::open_metrics) {
      ended_ = true;
      return {};
    }
    if (keyword != "TYPE" && keyword != "HELP" && keyword != "UNIT") return {};
    rest = skip_blanks(rest);
    ExposedLabels names;
    std::string_view family;
    if (rest.starts_with('"')) {
      MAI_TRY_ASSIGN(family, take_quoted(rest, names));
    } else {
      family = take_word(rest);
    }
    if (family.empty()) return bad(fmt::format("# {} names no metric", keyword));
    rest = skip_blanks(rest);
    if (keyword == "TYPE") {
      const std::string_view word = trim(rest);
      if (!known_type(word)) return bad(fmt::format("\"{}\" is not a metric type", to_valid_utf8(word)));
      visitor_.type(family, parse_type(word));
    } else if (keyword == "HELP") {
      visitor_.help(family, rest.find('\\') == std::string_view::npos ? std::string(rest) : unescape(rest));
    } else {
      visitor_.unit(family, trim(rest));
    }
    return {};
  }

  Result<void> sample(std::string_view line) {
    size_t end = 0;
    while (end < line.size() && !blank(line[end]) && line[end] != '{') ++end;
    std::string_view after_name = skip_blanks(line.substr(end));
    if (after_name.starts_with('{')) {
      const auto length = braces_length(after_name);
      if (!length) return bad("the labels do not end");
      end = static_cast<size_t>(after_name.data() - line.data()) + *length;
    }
    ExposedSample out;
    out.series_text = line.substr(0, end);
    std::string_view rest = line.substr(end);
    MAI_TRY_ASSIGN(out.value, parse_value(take_word(rest)));
    rest = skip_blanks(rest);
    if (!rest.empty() && rest.front() != '#') {
      MAI_TRY_ASSIGN(out.time, parse_time(take_word(rest), format_));
      rest = skip_blanks(rest);
    }
    if (!rest.empty()) {
      if (format_ != ExpositionFormat::open_metrics || rest.front() != '#') return bad("there is more after the value");
      MAI_TRY_ASSIGN(out.exemplar, exemplar(skip_blanks(rest.substr(1))));
    }
    return visitor_.sample(out);
  }

  Result<ExposedExemplar> exemplar(std::string_view rest) const {
    if (!rest.starts_with('{')) return bad("an exemplar has no labels");
    const auto length = braces_length(rest);
    if (!length) return bad("the labels of an exemplar do not end");
    ExposedExemplar out;
    out.labels_text = rest.substr(0, *length);
    rest.remove_prefix(*length);
    MAI_TRY_ASSIGN(out.value, parse_value(take_word(rest)));
    if (!skip_blanks(rest).empty()) {
      MAI_TRY_ASSIGN(out.time, parse_time(take_word(rest), format_));
    }
    if (!skip_blanks(rest).empty()) return bad("there is more after an exemplar");
    return out;
  }

  const ExpositionFormat format_;
  ExpositionVisitor& visitor_;
  bool ended_ = false;
};

}  // namespace

ExpositionFormat exposition_format(std::string_view content_type) {
  return starts_with_ignoring_case(trim(content_type), "application/openmetrics-text") ? ExpositionFormat::open_metrics : ExpositionFormat::prometheus_text;
}

Result<void> parse_exposition(std::string_view text, ExpositionFormat format, ExpositionVisitor& visitor) {
  Parser parser(format, visitor);
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    if (auto done = parser.line(text.substr(0, end)); !done) return wrap(done.error(), fmt::format("cannot read line {}", number));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (auto done = parser.finish(); !done) return wrap(done.error(), fmt::format("cannot read the exposition ({} lines)", number));
  return {};
}

Result<ExposedLabels> parse_series(std::string_view text) {
  ExposedLabels out;
  size_t end = 0;
  while (end < text.size() && text[end] != '{' && !blank(text[end])) ++end;
  if (const std::string_view name = text.substr(0, end); !name.empty()) {
    if (!signals::valid_metric_name(name)) return bad(fmt::format("\"{}\" is not a metric name", to_valid_utf8(name)));
    out.labels.push_back({signals::kMetricName, name});
  }
  std::string_view rest = skip_blanks(text.substr(end));
  if (rest.starts_with('{')) {
    rest = skip_blanks(rest.substr(1));
    while (!rest.empty() && rest.front() != '}') {
      MAI_TRY(take_label(rest, out));
      rest = skip_blanks(rest);
      if (rest.starts_with(',')) rest = skip_blanks(rest.substr(1));
      else if (!rest.starts_with('}')) return bad("',' is missing between labels");
    }
    if (rest.empty()) return bad("the labels do not end");
    if (!skip_blanks(rest.substr(1)).empty()) return bad("there is more after the labels");
  }
  std::sort(out.labels.begin(), out.labels.end());
  for (size_t i = 1; i < out.labels.size(); ++i)
    if (out.labels[i].name == out.labels[i - 1].name) return bad(fmt::format("label {} occurs twice", out.labels[i].name));
  std::erase_if(out.labels, [](const LabelView& label) { return label.value.empty(); });
  return out;
}

}  // namespace monitorai::collect
