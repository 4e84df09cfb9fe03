#pragma once
// The syntax tree of a LogQL query: a log query is a selector and a pipeline of stages; a metric query is a tree of PromQL's nodes whose
// leaves are range aggregations over log queries.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/promql/ast.h"
#include "signals/matcher.h"

namespace monitorai::query::logql {

enum class LineOp { contains, not_contains, regex, not_regex, pattern, not_pattern };
/// `|= "a" or "b"`: a line passes when any term matches, with a negative operator when none does.
struct LineFilter {
  struct Term {
    std::string text;
    bool ip = false;  ///< ip("...")
    bool operator==(const Term&) const = default;
  };
  LineOp op = LineOp::contains;
  std::vector<Term> terms;
};

enum class Compare { equal, not_equal, greater, greater_equal, less, less_equal };

struct LabelFilter {
  enum class Kind { matcher, number, duration, bytes, ip, all, any };
  Kind kind = Kind::matcher;
  std::optional<signals::Matcher> matcher;
  std::string name;  ///< of the comparisons
  Compare op = Compare::equal;
  double number = 0;               ///< nanoseconds of a duration, bytes of a size
  std::string text;                ///< the literal as it was written; the addresses of ip("...")
  std::vector<LabelFilter> parts;  ///< two or more, of all (and) and any (or)
};

struct Extraction {
  std::string name;
  std::string expression;
  bool operator==(const Extraction&) const = default;
};

struct JsonStage {
  std::vector<Extraction> extractions;  ///< none: everything
};
struct LogfmtStage {
  bool strict = false;
  bool keep_empty = false;
  std::vector<Extraction> extractions;
};
struct RegexpStage {
  std::string pattern;
};
struct PatternStage {
  std::string pattern;
};
struct UnpackStage {};
struct LineFormatStage {
  std::string text;
};
struct LabelFormatStage {
  struct Format {
    std::string name;
    bool rename = false;  ///< value is a label, not a template
    std::string value;
  };
  std::vector<Format> formats;
};
struct DecolorizeStage {};
/// drop and keep: labels by name, or by name and value.
struct ChoiceStage {
  struct Choice {
    std::string name;
    std::optional<signals::Matcher> matcher;
  };
  bool keep = false;
  std::vector<Choice> choices;
};

struct Stage {
  Span span;
  std::variant<LineFilter, LabelFilter, JsonStage, LogfmtStage, RegexpStage, PatternStage, UnpackStage, LineFormatStage, LabelFormatStage,
               DecolorizeStage, ChoiceStage>
      what;
};

/// `{selector} stages`.
struct LogExpr {
  Span span;
  std::vector<signals::Matcher> matchers;
  std::vector<Stage> stages;
};

enum class Conversion { none, bytes, duration, duration_seconds };
struct Unwrap {
  std::string label;
  Conversion conversion = Conversion::none;
  std::vector<LabelFilter> filters;  ///< after it
};

struct Grouping {
  std::vector<std::string> labels;
  bool without = false;
  bool operator==(const Grouping&) const = default;
};

enum class RangeOp {
  rate,
  rate_counter,
  count_over_time,
  bytes_rate,
  bytes_over_time,
  avg_over_time,
  sum_over_time,
  min_over_time,
  max_over_time,
  stdvar_over_time,
  stddev_over_time,
  quantile_over_time,
  first_over_time,
  last_over_time,
  absent_over_time,
};
std::string_view range_op_text(RangeOp op);
std::optional<RangeOp> find_range_op(std::string_view word);

struct RangeAggregation final : External {
  RangeOp op = RangeOp::rate;
  LogExpr log;
  std::optional<Unwrap> unwrap;
  int64_t range_ns = 0;
  int64_t offset_ns = 0;
  double parameter = 0;  ///< phi of quantile_over_time
  std::optional<Grouping> grouping;
  /// What a sum round it groups by: lines are put into these groups at once. Not part of the query's text.
  std::optional<Grouping> pushed_down;

  std::string text() const override;
  bool same_as(const External& other) const override;
};

/// One of the two is set.
struct Query {
  std::unique_ptr<LogExpr> log;
  ExprPtr metric;
};

bool same(const Query& a, const Query& b);

}  // namespace monitorai::query::logql
