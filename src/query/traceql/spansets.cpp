// Spansets: which spans of a trace a query selects, and what its steps leave of them.

#include <algorithm>
#include <cmath>

#include "query/traceql/evaluate.h"

namespace monitorai::query {
namespace {

using Spans = std::vector<uint32_t>;

Spans merged(const Spans& a, const Spans& b) {
  Spans out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

/// Marks of spans, so that relations of large traces are found in one pass.
std::vector<bool> marks(const Spans& spans, size_t size) {
  std::vector<bool> out(size);
  for (const uint32_t span : spans) out[span] = true;
  return out;
}

/// For each span whether one of `marked` is above it.
std::vector<bool> below(const TraceView& trace, const std::vector<bool>& marked) {
  enum : uint8_t { unknown, yes, no };
  const size_t size = marked.size();
  std::vector<uint8_t> known(size, unknown);
  std::vector<bool> out(size);
  Spans path;
  for (uint32_t i = 0; i < size; ++i) {
    path.clear();
    uint32_t at = i;
    bool found = false;
    while (known[at] == unknown) {
      known[at] = no;  // a cycle ends here
      path.push_back(at);
      const uint32_t parent = trace.parent(at);
      if (parent == TraceView::kNone) break;
      if (marked[parent]) {
        found = true;
        // What is above the parent is settled when it is asked for.
        break;
      }
      at = parent;
    }
    if (!found && known[at] == yes) found = true;
    for (const uint32_t one : path) {
      known[one] = found ? yes : no;
      out[one] = found;
    }
  }
  return out;
}

/// For each span whether one of `marked` is below it.
std::vector<bool> above(const TraceView& trace, const Spans& spans, size_t size) {
  std::vector<bool> out(size);
  for (const uint32_t span : spans) {
    for (uint32_t at = trace.parent(span); at != TraceView::kNone && !out[at]; at = trace.parent(at)) out[at] = true;
  }
  return out;
}

/// For each span of the right side whether it is to the left side as the operator says.
bool related(SpansetOp op, const TraceView& trace, uint32_t span, const std::vector<bool>& marked, const std::vector<bool>& reached, const std::vector<uint32_t>& children_marked) {
  const uint32_t parent = trace.parent(span);
  switch (op) {
    case SpansetOp::child: return parent != TraceView::kNone && marked[parent];
    case SpansetOp::parent: return children_marked[span] > 0;
    case SpansetOp::sibling: return parent != TraceView::kNone && children_marked[parent] > (marked[span] ? 1u : 0u);
    default: return reached[span];
  }
}

Spans relate(const SpansetExpr& expression, const TraceView& trace, const Spans& left, const Spans& right) {
  const size_t size = trace.spans().size();
  const std::vector<bool> marked = marks(left, size);
  std::vector<bool> reached;
  if (expression.op == SpansetOp::descendant) reached = below(trace, marked);
  if (expression.op == SpansetOp::ancestor) reached = above(trace, left, size);
  std::vector<uint32_t> children_marked(size);
  for (const uint32_t span : left)
    if (const uint32_t parent = trace.parent(span); parent != TraceView::kNone) ++children_marked[parent];
  Spans out;
  for (const uint32_t span : right)
    if (related(expression.op, trace, span, marked, reached, children_marked) != expression.negated) out.push_back(span);
  if (!expression.both_sides || out.empty()) return out;
  // The left side's spans that stand in the relation, too: the same question from the other end.
  SpansetExpr turned;
  turned.op = expression.op == SpansetOp::child ? SpansetOp::parent : expression.op == SpansetOp::parent ? SpansetOp::child : expression.op == SpansetOp::descendant ? SpansetOp::ancestor
              : expression.op == SpansetOp::ancestor ? SpansetOp::descendant : SpansetOp::sibling;
  return merged(out, relate(turned, trace, right, left));
}

/// The aggregate over a spanset; nullopt when no span has the value.
std::optional<double> aggregate(const TraceStage& stage, const TraceView& trace, const Spans& spans) {
  if (stage.aggregate == SpansetAggregate::count) return static_cast<double>(spans.size());
  double sum = 0, low = HUGE_VAL, high = -HUGE_VAL;
  size_t count = 0;
  for (const uint32_t span : spans) {
    const TraceValue value = evaluate(*stage.value, trace, span);
    if (!value.is_number()) continue;
    const double number = value.number();
    sum += number;
    low = std::min(low, number);
    high = std::max(high, number);
    ++count;
  }
  if (count == 0) return std::nullopt;
  switch (stage.aggregate) {
    case SpansetAggregate::min: return low;
    case SpansetAggregate::max: return high;
    case SpansetAggregate::avg: return sum / static_cast<double>(count);
    default: return sum;
  }
}

std::vector<Spanset> grouped(const TraceStage& stage, const TraceView& trace, const std::vector<Spanset>& sets) {
  std::vector<Spanset> out;
  for (const Spanset& set : sets) {
    std::map<std::vector<std::string>, size_t> groups;
    for (const uint32_t span : set.spans) {
      std::vector<std::string> key;
      std::vector<std::pair<std::string, TraceValue>> group = set.group;
      for (const TraceFieldRef& field : stage.fields) {
        std::string scratch;
        TraceValue value = field_value(field, trace, span, scratch);
        key.push_back(value.shown());
        // Texts of ids would not outlive this.
        if (value.type == TraceValue::Type::text && value.text.data() == scratch.data()) value = {};
        group.emplace_back("by(" + field.text + ")", value);
      }
      const auto [at, added] = groups.try_emplace(std::move(key), out.size());
      if (added) out.push_back({{}, std::move(group)});
      out[at->second].spans.push_back(span);
    }
  }
  return out;
}

}  // namespace

std::vector<uint32_t> evaluate(const SpansetExpr& expression, const TraceView& trace) {
  if (expression.op == SpansetOp::filter) {
    Spans out;
    for (uint32_t i = 0; i < trace.spans().size(); ++i)
      if (fulfils(expression.condition.get(), trace, i)) out.push_back(i);
    return out;
  }
  const Spans left = evaluate(*expression.left, trace);
  if (left.empty() && expression.op != SpansetOp::either && !expression.negated) return {};
  const Spans right = evaluate(*expression.right, trace);
  if (expression.op == SpansetOp::either) return merged(left, right);
  if (right.empty()) return {};
  if (expression.op == SpansetOp::both) return merged(left, right);
  return relate(expression, trace, left, right);
}

std::vector<Spanset> evaluate(const TraceQuery& query, const TraceView& trace) {
  std::vector<Spanset> sets(1);
  sets[0].spans = evaluate(*query.first, trace);
  if (sets[0].spans.empty()) return {};
  for (const TraceStage& stage : query.stages) {
    switch (stage.kind) {
      case TraceStage::Kind::spansets: {
        const Spans wanted = evaluate(*stage.spansets, trace);
        for (Spanset& set : sets) {
          Spans kept;
          std::set_intersection(set.spans.begin(), set.spans.end(), wanted.begin(), wanted.end(), std::back_inserter(kept));
          set.spans = std::move(kept);
        }
        break;
      }
      case TraceStage::Kind::aggregate:
        std::erase_if(sets, [&](const Spanset& set) {
          const auto value = aggregate(stage, trace, set.spans);
          return !value || !compare(stage.comparison, {.type = TraceValue::Type::real, .real = *value}, stage.threshold);
        });
        break;
      case TraceStage::Kind::by: sets = grouped(stage, trace, sets); break;
      case TraceStage::Kind::coalesce: {
        Spanset all;
        for (const Spanset& set : sets) all.spans = merged(all.spans, set.spans);
        sets.assign(1, std::move(all));
        break;
      }
      case TraceStage::Kind::select: break;
    }
    std::erase_if(sets, [](const Spanset& set) { return set.spans.empty(); });
    if (sets.empty()) break;
  }
  return sets;
}

}  // namespace monitorai::query
