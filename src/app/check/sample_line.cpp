#include "app/check/sample_line.h"

#include "base/text.h"
#include "signals/labels.h"

namespace monitorai::app {
namespace {

Error invalid(std::string text) { return {Code::invalid, std::move(text)}; }

bool blank(char c) { return c == ' ' || c == '\t'; }

/// Reads from the front of a text.
class Cursor {
 public:
  Cursor(std::string_view text, bool open_metrics) : rest_(text), open_metrics_(open_metrics) {}

  std::string_view rest() const { return rest_; }
  bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (!at(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// OpenMetrics has exactly one space where the older text has any number of blanks.
  void skip_blanks() {
    if (open_metrics_) return;
    while (!rest_.empty() && blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool take_separator() {
    if (rest_.empty() || !blank(rest_.front())) return false;
    if (open_metrics_) return take(' ');
    skip_blanks();
    return true;
  }
  std::string_view until(std::string_view ends) {
    const std::string_view word = rest_.substr(0, rest_.find_first_of(ends));
    rest_.remove_prefix(word.size());
    return word;
  }
  /// A quoted value with \\, \" and \n.
  Result<std::string> quoted() {
    if (!take('"')) return invalid("a label value is not in double quotes");
    std::string value;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c != '\\') {
        value += c;
        continue;
      }
      const char escaped = rest_.empty() ? '\0' : rest_.front();
      if (escaped != '\\' && escaped != '"' && escaped != 'n') return invalid("a label value has an escape other than \\\\, \\\" and \\n");
      value += escaped == 'n' ? '\n' : escaped;
      rest_.remove_prefix(1);
    }
    return invalid("a label value has no closing quote");
  }

 private:
  std::string_view rest_;
  bool open_metrics_;
};

Result<void> read_labels(Cursor& cursor, std::map<std::string, std::string>& labels) {
  cursor.skip_blanks();
  while (!cursor.take('}')) {
    const std::string name(trim(cursor.until("=,}\"")));
    if (!signals::valid_label_name(name)) return invalid(fmt::format("\"{}\" is no label name", name));
    if (!cursor.take('=')) return invalid(fmt::format("label {} has no value", name));
    cursor.skip_blanks();
    MAI_TRY_ASSIGN(std::string value, cursor.quoted());
    if (!labels.emplace(name, std::move(value)).second) return invalid(fmt::format("label {} stands here twice", name));
    cursor.skip_blanks();
    if (!cursor.take(',') && !cursor.at('}')) return invalid("between two labels stands a comma");
    cursor.skip_blanks();
  }
  return {};
}

Result<double> read_number(Cursor& cursor, std::string_view what) {
  const std::string_view word = cursor.until(" \t");
  const auto number = parse_number(word);
  if (!number) return invalid(fmt::format("{} \"{}\" is no number", what, word));
  return *number;
}

/// `# {trace_id="x"} 0.5 1700000000`, of OpenMetrics.
Result<void> read_exemplar(Cursor& cursor) {
  if (!cursor.take('#') || !cursor.take_separator() || !cursor.take('{'))
    return invalid("after the value stands something that is no exemplar");
  std::map<std::string, std::string> labels;
  MAI_TRY(read_labels(cursor, labels));
  if (!cursor.take_separator()) return invalid("an exemplar has no value");
  MAI_TRY(read_number(cursor, "exemplar value"));
  if (cursor.take_separator()) MAI_TRY(read_number(cursor, "exemplar timestamp"));
  return {};
}

}  // namespace

Result<SampleLine> parse_sample_line(std::string_view line, bool open_metrics) {
  SampleLine sample;
  Cursor cursor(line, open_metrics);
  sample.name = cursor.until("{ \t");
  if (!signals::valid_metric_name(sample.name)) return invalid(fmt::format("\"{}\" is no metric name", sample.name));
  cursor.skip_blanks();
  bool separated = cursor.rest().data() != line.data() + sample.name.size();
  if (cursor.take('{')) {
    MAI_TRY(read_labels(cursor, sample.labels));
    separated = !open_metrics;  // the older text lets the blank be absent
  }
  if (!cursor.take_separator() && !separated) return invalid("a value is missing");
  MAI_TRY_ASSIGN(sample.value, read_number(cursor, "value"));
  if (cursor.take_separator() && !cursor.done() && !cursor.at('#')) {
    const std::string_view before = cursor.rest();
    MAI_TRY_ASSIGN(sample.timestamp, read_number(cursor, "timestamp"));
    const std::string_view text = before.substr(0, before.size() - cursor.rest().size());
    if (!open_metrics && !parse_integer<int64_t>(text))
      return invalid(fmt::format("timestamp \"{}\" is no whole number of milliseconds", text));
    cursor.take_separator();
  }
  if (cursor.done()) return sample;
  if (!open_metrics) return invalid(fmt::format("\"{}\" stands behind the sample", cursor.rest()));
  MAI_TRY(read_exemplar(cursor));
  sample.has_exemplar = true;
  if (!cursor.done()) return invalid(fmt::format("\"{}\" stands behind the sample", cursor.rest()));
  return sample;
}

}  // namespace monitorai::app
