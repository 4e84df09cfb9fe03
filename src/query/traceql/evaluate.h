#pragma once
// TraceQL on the spans of one trace: the values of fields, conditions, and spansets. Pure; any thread.

#include <map>
#include <span>

#include "query/traceql/ast.h"

namespace monitorai::query {

/// A trace and what its spans are to each other; of one thread. Parents that are missing make their children roots; spans in a cycle have no root.
class TraceView {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  /// The spans of one trace, by start; they must outlive this. Without relations (of single spans) there are no parents and no root.
  explicit TraceView(std::span<const signals::Span> spans, bool relations = true);

  std::span<const signals::Span> spans() const { return spans_; }
  uint32_t parent(uint32_t span) const { return parents_.empty() ? kNone : parents_[span]; }
  uint32_t child_count(uint32_t span) const { return children_.empty() ? 0 : children_[span]; }
  /// The spans below each root numbered as they are entered and left, from 1 on; a root's parent is -1, and a span that no root is above has
  /// zeros. Without relations, only whether it is a root is known: -1 or 0 as parent.
  struct Nested {
    int32_t parent = 0, left = 0, right = 0;
  };
  Nested nested(uint32_t span) const;
  bool is_ancestor(uint32_t above, uint32_t below) const;
  /// The first span without a parent in the trace; null when there is none.
  const signals::Span* root() const { return root_; }
  TimeNs start() const { return start_; }
  int64_t duration_ns() const { return duration_ns_; }

 private:
  void nest() const;

  std::span<const signals::Span> spans_;
  std::vector<uint32_t> parents_;
  std::vector<uint32_t> children_;
  mutable std::vector<Nested> nested_;  ///< made when it is first asked for
  const signals::Span* root_ = nullptr;
  TimeNs start_;
  int64_t duration_ns_ = 0;
};

/// Ids of texts live in `scratch`.
TraceValue field_value(const TraceFieldRef& field, const TraceView& trace, uint32_t span, std::string& scratch);
TraceValue value_of(const signals::AttributeValue& value);
/// The value of an expression that is no comparison of events or links.
TraceValue evaluate(const TraceExpr& expression, const TraceView& trace, uint32_t span);
bool fulfils(const TraceExpr* condition, const TraceView& trace, uint32_t span);
/// Both nil: not compared, false, as every comparison with an absent attribute; `= nil` and `!= nil` ask for absence.
bool compare(TraceOp op, const TraceValue& left, const TraceValue& right);

struct Spanset {
  std::vector<uint32_t> spans;  ///< ascending
  std::vector<std::pair<std::string, TraceValue>> group{};
};
std::vector<uint32_t> evaluate(const SpansetExpr& expression, const TraceView& trace);
/// What is left of a trace behind all steps; empty when it does not match.
std::vector<Spanset> evaluate(const TraceQuery& query, const TraceView& trace);

/// What an expression must be given.
struct TraceNeeds {
  bool attributes = false;  ///< more than name, service, kind, status, times
  bool trace = false;       ///< relations of spans
  void add(const TraceNeeds& other) {
    attributes |= other.attributes;
    trace |= other.trace;
  }
};
TraceNeeds needs_of(const TraceFieldRef& field);
TraceNeeds needs_of(const TraceExpr* expression);

}  // namespace monitorai::query
