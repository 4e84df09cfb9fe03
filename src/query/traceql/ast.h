#pragma once
// A TraceQL query as a tree: what the parser makes and the evaluator walks. Immutable once parsed.
// Source of the language: grafana.com/docs/tempo/latest/traceql.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/regex.h"
#include "signals/spans.h"

namespace monitorai::query {

/// A value in an expression. Absent attributes are nil.
struct TraceValue {
  enum class Type : uint8_t { nil, text, integer, real, boolean, duration, status, kind };
  Type type = Type::nil;
  int64_t integer = 0;      ///< integer, boolean, duration in ns, status, kind
  double real = 0;
  std::string_view text{};  ///< of the span or of the query

  bool is_nil() const { return type == Type::nil; }
  bool is_number() const { return type == Type::integer || type == Type::real || type == Type::duration; }
  /// Of a number; a duration in seconds.
  double number() const { return type == Type::real ? real : type == Type::duration ? static_cast<double>(integer) / 1e9 : static_cast<double>(integer); }
  /// As labels and tag values show it: durations as Prometheus writes seconds.
  std::string shown() const;
};

enum class TraceField : uint8_t {
  attribute,
  duration,
  name,
  status,
  status_message,
  kind,
  child_count,
  nested_parent,
  nested_left,
  nested_right,
  span_id,
  parent_id,
  trace_id,
  trace_duration,
  root_name,
  root_service,
  event_name,
  event_time_since_start,
  link_span_id,
  link_trace_id,
  scope_name,
  scope_version,
};
enum class TraceScope : uint8_t { any, span, resource, event, link, scope, parent };

/// `span.http.status_code`, `.foo`, `duration`, `rootServiceName`.
struct TraceFieldRef {
  TraceField field = TraceField::attribute;
  TraceScope scope = TraceScope::any;
  std::string key{};   ///< of an attribute
  std::string text{};  ///< as it is written, for labels
};

enum class TraceOp : uint8_t { constant, field, equal, not_equal, less, less_equal, greater, greater_equal, match, not_match, both, either, add, subtract, multiply, divide, modulo, power, negate, invert };

struct TraceExpr {
  TraceOp op = TraceOp::constant;
  TraceValue constant{};
  std::string text{};  ///< what a constant of type text points to
  TraceFieldRef field{};
  std::shared_ptr<const Regex> regex{};  ///< of a match with a constant
  std::unique_ptr<TraceExpr> left{};
  std::unique_ptr<TraceExpr> right{};
};

enum class SpansetOp : uint8_t { filter, both, either, child, descendant, parent, ancestor, sibling };

struct SpansetExpr {
  SpansetOp op = SpansetOp::filter;
  bool negated = false;    ///< !>: those of the right side that are not
  bool both_sides = false; ///< &>: the spans of both sides
  std::unique_ptr<TraceExpr> condition{};  ///< of a filter; null: every span
  std::unique_ptr<SpansetExpr> left{};
  std::unique_ptr<SpansetExpr> right{};
};

enum class SpansetAggregate : uint8_t { count, min, max, avg, sum };

/// One step behind the first `|`.
struct TraceStage {
  enum class Kind : uint8_t { spansets, aggregate, by, coalesce, select } kind = Kind::spansets;
  std::unique_ptr<SpansetExpr> spansets{};
  SpansetAggregate aggregate = SpansetAggregate::count;  ///< compared with a constant
  std::unique_ptr<TraceExpr> value{};                    ///< of all aggregates but count
  TraceOp comparison = TraceOp::greater;
  TraceValue threshold{};
  std::vector<TraceFieldRef> fields{};                   ///< of by and select
};

struct TraceMetric {
  enum class Kind : uint8_t { rate, count, min, max, avg, sum, quantile, histogram, compare } kind = Kind::rate;
  std::optional<TraceFieldRef> field{};  ///< of all but rate, count and compare
  std::vector<double> quantiles{};
  std::vector<TraceFieldRef> by{};
  size_t top = 0;       ///< topk(n); 0: all
  bool bottom = false;  ///< bottomk(n)
  std::unique_ptr<TraceExpr> selection{};              ///< of compare; null: every span
  size_t top_values = 10;                              ///< of compare: values of an attribute on a side
  std::optional<signals::SpanRange> selected_times{};  ///< of compare: other spans are not selected
};

struct TraceQuery {
  std::unique_ptr<SpansetExpr> first;
  std::vector<TraceStage> stages;
  std::optional<TraceMetric> metric;
};

}  // namespace monitorai::query
