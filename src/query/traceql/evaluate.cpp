#include "query/traceql/evaluate.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/text.h"

namespace monitorai::query {

using signals::AttributeType;
using signals::AttributeValue;
using signals::Span;
using Type = TraceValue::Type;

namespace {

TraceValue of_text(std::string_view text) { return {.type = Type::text, .text = text}; }
TraceValue of_integer(Type type, int64_t integer) { return {.type = type, .integer = integer}; }
TraceValue of_truth(bool truth) { return of_integer(Type::boolean, truth ? 1 : 0); }
TraceValue of_real(double real) { return {.type = Type::real, .real = real}; }

TraceValue in(std::span<const signals::Attribute> attributes, std::string_view key) {
  const AttributeValue* value = signals::find_attribute(attributes, key);
  return value == nullptr ? TraceValue{} : value_of(*value);
}

TraceValue attribute(const TraceFieldRef& field, const TraceView& trace, uint32_t number) {
  const Span& span = trace.spans()[number];
  const auto of_events = [&] {
    for (const auto& event : span.events)
      if (TraceValue value = in(event.attributes, field.key); !value.is_nil()) return value;
    return TraceValue{};
  };
  const auto of_links = [&] {
    for (const auto& link : span.links)
      if (TraceValue value = in(link.attributes, field.key); !value.is_nil()) return value;
    return TraceValue{};
  };
  switch (field.scope) {
    case TraceScope::span: return in(span.attributes, field.key);
    case TraceScope::resource: return in(span.origin->resource, field.key);
    case TraceScope::scope: return in(span.origin->scope_attributes, field.key);
    case TraceScope::event: return of_events();
    case TraceScope::link: return of_links();
    case TraceScope::parent: {
      const uint32_t parent = trace.parent(number);
      if (parent == TraceView::kNone) return {};
      TraceValue value = in(trace.spans()[parent].attributes, field.key);
      return value.is_nil() ? in(trace.spans()[parent].origin->resource, field.key) : value;
    }
    case TraceScope::any: break;
  }
  TraceValue value = in(span.attributes, field.key);
  if (value.is_nil()) value = in(span.origin->resource, field.key);
  if (value.is_nil()) value = of_events();
  if (value.is_nil()) value = of_links();
  if (value.is_nil()) value = in(span.origin->scope_attributes, field.key);
  return value;
}

/// True when some event or link has a value that the comparison holds for: there may be several.
bool any_of_many(const TraceFieldRef& field, const TraceView& trace, uint32_t number, const auto& holds) {
  const Span& span = trace.spans()[number];
  switch (field.field) {
    case TraceField::event_name: return std::any_of(span.events.begin(), span.events.end(), [&](const auto& e) { return holds(of_text(e.name)); });
    case TraceField::event_time_since_start:
      return std::any_of(span.events.begin(), span.events.end(), [&](const auto& e) { return holds(of_integer(Type::duration, (e.time - span.start).count())); });
    case TraceField::link_span_id:
      return std::any_of(span.links.begin(), span.links.end(), [&](const auto& l) {
        const std::string id = l.span.hex();
        return holds(of_text(id));
      });
    case TraceField::link_trace_id:
      return std::any_of(span.links.begin(), span.links.end(), [&](const auto& l) {
        const std::string id = l.trace.hex();
        return holds(of_text(id));
      });
    default: break;
  }
  if (field.scope == TraceScope::event)
    return std::any_of(span.events.begin(), span.events.end(), [&](const auto& e) { return holds(in(e.attributes, field.key)); });
  return std::any_of(span.links.begin(), span.links.end(), [&](const auto& l) { return holds(in(l.attributes, field.key)); });
}

bool is_many(const TraceExpr& expression) {
  if (expression.op != TraceOp::field) return false;
  const TraceFieldRef& field = expression.field;
  return field.field == TraceField::event_name || field.field == TraceField::event_time_since_start || field.field == TraceField::link_span_id ||
         field.field == TraceField::link_trace_id || (field.field == TraceField::attribute && (field.scope == TraceScope::event || field.scope == TraceScope::link));
}

bool is_comparison(TraceOp op) { return op >= TraceOp::equal && op <= TraceOp::not_match; }

bool compare_with(const TraceExpr& expression, const TraceValue& left, const TraceValue& right) {
  if (expression.regex == nullptr) return compare(expression.op, left, right);
  if (left.type != Type::text) return false;
  return expression.regex->matches(left.text) == (expression.op == TraceOp::match);
}

TraceValue calculate(TraceOp op, const TraceValue& a, const TraceValue& b) {
  if (!a.is_number() || !b.is_number()) return {};
  const bool whole = a.type != Type::real && b.type != Type::real && op != TraceOp::divide && op != TraceOp::power;
  const bool times = a.type == Type::duration || b.type == Type::duration;
  if (whole && (op == TraceOp::add || op == TraceOp::subtract) && (a.type == b.type)) {
    int64_t out = 0;
    const bool over = op == TraceOp::add ? __builtin_add_overflow(a.integer, b.integer, &out) : __builtin_sub_overflow(a.integer, b.integer, &out);
    return over ? of_real(op == TraceOp::add ? a.number() + b.number() : a.number() - b.number()) : of_integer(a.type, out);
  }
  if (whole && !times && op == TraceOp::multiply) {
    int64_t out = 0;
    return __builtin_mul_overflow(a.integer, b.integer, &out) ? of_real(a.number() * b.number()) : of_integer(Type::integer, out);
  }
  if (whole && !times && op == TraceOp::modulo) return b.integer == 0 || b.integer == -1 ? (b.integer == 0 ? TraceValue{} : of_integer(Type::integer, 0)) : of_integer(Type::integer, a.integer % b.integer);
  const double x = a.number(), y = b.number();
  switch (op) {
    case TraceOp::add: return of_real(x + y);
    case TraceOp::subtract: return of_real(x - y);
    case TraceOp::multiply: return of_real(x * y);
    case TraceOp::divide: return of_real(x / y);
    case TraceOp::modulo: return of_real(std::fmod(x, y));
    default: return of_real(std::pow(x, y));
  }
}

}  // namespace

std::string TraceValue::shown() const {
  switch (type) {
    case Type::nil: return "nil";
    case Type::text: return std::string(text);
    case Type::integer: return fmt::format("{}", integer);
    case Type::real: return format_number(real);
    case Type::boolean: return integer != 0 ? "true" : "false";
    case Type::duration: return format_number(number());
    case Type::status: return std::string(signals::status_name(static_cast<signals::SpanStatus>(integer)));
    case Type::kind: return std::string(signals::kind_name(static_cast<signals::SpanKind>(integer)));
  }
  return {};
}

TraceValue value_of(const AttributeValue& value) {
  switch (value.type) {
    case AttributeType::integer: return of_integer(Type::integer, value.bits);
    case AttributeType::boolean: return of_integer(Type::boolean, value.bits);
    case AttributeType::real: return of_real(value.real());
    default: return of_text(value.text);
  }
}

TraceView::TraceView(std::span<const Span> spans, bool relations) : spans_(spans) {
  if (!relations || spans.empty()) return;
  std::unordered_map<uint64_t, uint32_t> by_id;
  for (uint32_t i = 0; i < spans.size(); ++i) by_id.try_emplace(spans[i].id.value, i);
  parents_.assign(spans.size(), kNone);
  children_.assign(spans.size(), 0);
  int64_t end = INT64_MIN;
  start_ = spans.front().start;
  for (uint32_t i = 0; i < spans.size(); ++i) {
    start_ = std::min(start_, spans[i].start);
    end = std::max(end, spans[i].end().ns);
    const auto parent = spans[i].parent.valid() ? by_id.find(spans[i].parent.value) : by_id.end();
    if (parent != by_id.end() && parent->second != i) {
      parents_[i] = parent->second;
      ++children_[parent->second];
    } else if (root_ == nullptr || (root_->parent.valid() && !spans[i].parent.valid())) {
      root_ = &spans[i];
    }
  }
  duration_ns_ = end - start_.ns;
}

bool TraceView::is_ancestor(uint32_t above, uint32_t below) const {
  // A cycle ends the search after as many steps as there are spans.
  uint32_t at = parent(below);
  for (size_t steps = 0; at != kNone && steps < spans_.size(); ++steps, at = parents_[at])
    if (at == above) return true;
  return false;
}

TraceView::Nested TraceView::nested(uint32_t span) const {
  if (parents_.empty()) return {.parent = spans_[span].parent.valid() ? 0 : -1};
  if (nested_.empty()) nest();
  return nested_[span];
}

/// From each root down, without recursion: a trace may be a chain of any length.
void TraceView::nest() const {
  nested_.assign(spans_.size(), {});
  std::vector<std::vector<uint32_t>> below(spans_.size());
  for (uint32_t i = 0; i < spans_.size(); ++i)
    if (parents_[i] != kNone) below[parents_[i]].push_back(i);
  int32_t next = 1;
  std::vector<std::pair<uint32_t, size_t>> path;  // a span, and how many of its children are done
  for (uint32_t root = 0; root < spans_.size(); ++root) {
    if (spans_[root].parent.valid() || parents_[root] != kNone) continue;
    nested_[root] = {.parent = -1, .left = next++};
    path.emplace_back(root, 0);
    while (!path.empty()) {
      auto& [span, done] = path.back();
      if (done == below[span].size()) {
        nested_[span].right = next++;
        path.pop_back();
        continue;
      }
      const uint32_t child = below[span][done++];
      nested_[child] = {.parent = nested_[span].left, .left = next++};
      path.emplace_back(child, 0);
    }
  }
}

TraceValue field_value(const TraceFieldRef& field, const TraceView& trace, uint32_t number, std::string& scratch) {
  const Span& span = trace.spans()[number];
  switch (field.field) {
    case TraceField::attribute: return attribute(field, trace, number);
    case TraceField::duration: return of_integer(Type::duration, span.duration_ns);
    case TraceField::name: return of_text(span.name);
    case TraceField::status: return of_integer(Type::status, static_cast<int64_t>(span.status));
    case TraceField::status_message: return of_text(span.status_message);
    case TraceField::kind: return of_integer(Type::kind, static_cast<int64_t>(span.kind));
    case TraceField::child_count: return of_integer(Type::integer, trace.child_count(number));
    case TraceField::nested_parent: return of_integer(Type::integer, trace.nested(number).parent);
    case TraceField::nested_left: return of_integer(Type::integer, trace.nested(number).left);
    case TraceField::nested_right: return of_integer(Type::integer, trace.nested(number).right);
    case TraceField::span_id: return of_text(scratch = span.id.hex());
    case TraceField::parent_id: return span.parent.valid() ? of_text(scratch = span.parent.hex()) : TraceValue{};
    case TraceField::trace_id: return of_text(scratch = span.trace.hex());
    case TraceField::trace_duration: return of_integer(Type::duration, trace.duration_ns());
    case TraceField::root_name: return trace.root() == nullptr ? TraceValue{} : of_text(trace.root()->name);
    case TraceField::root_service: return trace.root() == nullptr ? TraceValue{} : of_text(trace.root()->origin->service());
    case TraceField::event_name: return span.events.empty() ? TraceValue{} : of_text(span.events.front().name);
    case TraceField::event_time_since_start: return span.events.empty() ? TraceValue{} : of_integer(Type::duration, (span.events.front().time - span.start).count());
    case TraceField::link_span_id: return span.links.empty() ? TraceValue{} : of_text(scratch = span.links.front().span.hex());
    case TraceField::link_trace_id: return span.links.empty() ? TraceValue{} : of_text(scratch = span.links.front().trace.hex());
    case TraceField::scope_name: return of_text(span.origin->scope_name);
    case TraceField::scope_version: return of_text(span.origin->scope_version);
  }
  return {};
}

bool compare(TraceOp op, const TraceValue& left, const TraceValue& right) {
  if (left.is_nil() || right.is_nil()) return false;
  const auto ordered = [&](const auto& a, const auto& b) {
    switch (op) {
      case TraceOp::equal: return a == b;
      case TraceOp::not_equal: return a != b;
      case TraceOp::less: return a < b;
      case TraceOp::less_equal: return a <= b;
      case TraceOp::greater: return a > b;
      default: return a >= b;
    }
  };
  if (left.is_number() && right.is_number()) {
    if (left.type == right.type && left.type != Type::real) return ordered(left.integer, right.integer);
    return ordered(left.number(), right.number());
  }
  if (left.type != right.type) return false;
  if (left.type == Type::text) return ordered(left.text, right.text);
  return ordered(left.integer, right.integer);
}

TraceValue evaluate(const TraceExpr& e, const TraceView& trace, uint32_t span) {
  // What is made of ids is compared before the next is made of them.
  thread_local std::string scratch;
  switch (e.op) {
    case TraceOp::constant: return e.constant;
    case TraceOp::field: return field_value(e.field, trace, span, scratch);
    case TraceOp::both: {
      const TraceValue left = evaluate(*e.left, trace, span);
      if (left.type != Type::boolean || left.integer == 0) return of_truth(false);
      const TraceValue right = evaluate(*e.right, trace, span);
      return of_truth(right.type == Type::boolean && right.integer != 0);
    }
    case TraceOp::either: {
      const TraceValue left = evaluate(*e.left, trace, span);
      if (left.type == Type::boolean && left.integer != 0) return of_truth(true);
      const TraceValue right = evaluate(*e.right, trace, span);
      return of_truth(right.type == Type::boolean && right.integer != 0);
    }
    case TraceOp::invert: {
      const TraceValue value = evaluate(*e.left, trace, span);
      return of_truth(value.type == Type::boolean && value.integer == 0);
    }
    case TraceOp::negate: {
      TraceValue value = evaluate(*e.left, trace, span);
      if (!value.is_number()) return {};
      value.integer = value.integer == INT64_MIN ? INT64_MAX : -value.integer;
      value.real = -value.real;
      return value;
    }
    default: break;
  }
  if (!is_comparison(e.op)) {
    const TraceValue left = evaluate(*e.left, trace, span);
    return calculate(e.op, left, evaluate(*e.right, trace, span));
  }
  // Asked for nil: is it there?
  if (e.right->op == TraceOp::constant && e.right->constant.is_nil()) {
    const bool nil = evaluate(*e.left, trace, span).is_nil();
    return of_truth(e.op == TraceOp::equal ? nil : e.op == TraceOp::not_equal && !nil);
  }
  if (is_many(*e.left)) {
    const TraceValue right = evaluate(*e.right, trace, span);
    return of_truth(any_of_many(e.left->field, trace, span, [&](const TraceValue& left) { return compare_with(e, left, right); }));
  }
  if (e.left->op == TraceOp::field && e.right->op != TraceOp::constant) {
    std::string own;
    const TraceValue left = field_value(e.left->field, trace, span, own);
    return of_truth(compare_with(e, left, evaluate(*e.right, trace, span)));
  }
  const TraceValue left = evaluate(*e.left, trace, span);
  return of_truth(compare_with(e, left, evaluate(*e.right, trace, span)));
}

bool fulfils(const TraceExpr* condition, const TraceView& trace, uint32_t span) {
  if (condition == nullptr) return true;
  const TraceValue value = evaluate(*condition, trace, span);
  return value.type == Type::boolean && value.integer != 0;
}

TraceNeeds needs_of(const TraceFieldRef& field) {
  switch (field.field) {
    case TraceField::attribute:
      if (field.scope == TraceScope::parent) return {true, true};
      return {!(field.scope == TraceScope::resource && field.key == "service.name"), false};
    case TraceField::duration:
    case TraceField::name:
    case TraceField::status:
    case TraceField::kind:
    case TraceField::trace_id: return {};
    case TraceField::child_count:
    case TraceField::nested_parent:
    case TraceField::nested_left:
    case TraceField::nested_right:
    case TraceField::trace_duration:
    case TraceField::root_name:
    case TraceField::root_service: return {false, true};
    default: return {true, false};
  }
}

TraceNeeds needs_of(const TraceExpr* expression) {
  TraceNeeds out;
  if (expression == nullptr) return out;
  // `nestedSetParent < 0`, a root, can be told of the span alone.
  if (expression->op == TraceOp::less && expression->left->op == TraceOp::field && expression->left->field.field == TraceField::nested_parent &&
      expression->right->op == TraceOp::constant && expression->right->constant.is_number() && expression->right->constant.number() == 0)
    return {true, false};
  if (expression->op == TraceOp::field) out = needs_of(expression->field);
  out.add(needs_of(expression->left.get()));
  out.add(needs_of(expression->right.get()));
  return out;
}

}  // namespace monitorai::query
