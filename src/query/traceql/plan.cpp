#include "query/traceql/plan.h"

#include <algorithm>

namespace monitorai::query {
namespace {

using Type = TraceValue::Type;

void collect(const SpansetExpr& expression, std::vector<const TraceExpr*>& out) {
  switch (expression.op) {
    case SpansetOp::filter: out.push_back(expression.condition.get()); return;
    case SpansetOp::either:
      collect(*expression.left, out);
      collect(*expression.right, out);
      return;
    case SpansetOp::both: {
      // Either side will do: the one that says more.
      std::vector<const TraceExpr*> left, right;
      collect(*expression.left, left);
      collect(*expression.right, right);
      const bool vague = std::find(left.begin(), left.end(), nullptr) != left.end();
      const auto& chosen = vague ? right : left;
      out.insert(out.end(), chosen.begin(), chosen.end());
      return;
    }
    default: collect(*expression.right, out);
  }
}

/// A condition that needs more than the span cannot be judged without its trace.
bool needs_trace(const TraceExpr* condition) { return needs_of(condition).trace; }

}  // namespace

void narrow(const TraceExpr* condition, signals::SpanHint& hint) {
  if (condition == nullptr) return;
  if (condition->op == TraceOp::both) {
    narrow(condition->left.get(), hint);
    narrow(condition->right.get(), hint);
    return;
  }
  if (condition->left == nullptr || condition->right == nullptr || condition->left->op != TraceOp::field || condition->right->op != TraceOp::constant) return;
  const TraceFieldRef& field = condition->left->field;
  const TraceValue& value = condition->right->constant;
  const TraceOp op = condition->op;
  if (field.field == TraceField::duration && value.type == Type::duration) {
    if (op == TraceOp::greater || op == TraceOp::greater_equal || op == TraceOp::equal) hint.duration_min_ns = std::max(hint.duration_min_ns, value.integer);
    if (op == TraceOp::less || op == TraceOp::less_equal || op == TraceOp::equal) hint.duration_max_ns = std::min(hint.duration_max_ns, value.integer);
  }
  if (op != TraceOp::equal) return;
  if (field.field == TraceField::status && value.type == Type::status) hint.status = static_cast<signals::SpanStatus>(value.integer);
  if (field.field == TraceField::kind && value.type == Type::kind) hint.kind = static_cast<signals::SpanKind>(value.integer);
  if (value.type != Type::text) return;
  if (field.field == TraceField::name) hint.name = condition->right->text;
  if (field.field != TraceField::attribute) return;
  if (field.scope == TraceScope::resource && field.key == "service.name") hint.service = condition->right->text;
  else if (field.scope == TraceScope::span || field.scope == TraceScope::resource) hint.texts.emplace_back(field.key, condition->right->text);
}

TracePlan plan_of(const TraceQuery& query) {
  TracePlan out;
  collect(*query.first, out.candidates);
  out.single = query.first->op == SpansetOp::filter && query.stages.empty() && !needs_trace(query.first->condition.get());
  bool attributes = false;
  for (const TraceExpr* condition : out.candidates) attributes |= needs_of(condition).attributes;
  out.hint.attributes = attributes;
  if (out.candidates.size() == 1) narrow(out.candidates.front(), out.hint);
  return out;
}

bool is_candidate(const TracePlan& plan, const TraceView& alone, uint32_t span) {
  return std::any_of(plan.candidates.begin(), plan.candidates.end(), [&](const TraceExpr* condition) { return needs_trace(condition) || fulfils(condition, alone, span); });
}

}  // namespace monitorai::query
