#include "query/traceql/engine.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

#include "base/text.h"
#include "query/traceql/metrics.h"
#include "query/traceql/plan.h"

namespace monitorai::query {

using signals::Span;
using signals::SpanBatch;
using signals::SpanRange;
using signals::SpanSource;
using signals::TraceId;

namespace {

/// Stops a query whose client went away or whose time is over.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds timeout, std::stop_token cancelled) : timeout_(timeout), end_(std::chrono::steady_clock::now() + timeout), cancelled_(std::move(cancelled)) {}
  Result<void> check() const {
    if (cancelled_.stop_requested()) return Error{Code::cancelled, "cannot finish the query: the client went away"};
    if (std::chrono::steady_clock::now() > end_) return Error{Code::cancelled, fmt::format("cannot finish the query: it took longer than {}", format_duration(timeout_))};
    return {};
  }

 private:
  const std::chrono::milliseconds timeout_;
  const std::chrono::steady_clock::time_point end_;
  const std::stop_token cancelled_;
};

TraceTag tag_of(const std::string& name, const TraceValue& value) { return {name, value.type, value.shown()}; }

/// Fields that the answer shows: those of the query's first conditions, and what select() names.
void add_fields(const TraceExpr* expression, std::vector<TraceFieldRef>& out) {
  if (expression == nullptr) return;
  if (expression->op == TraceOp::field) out.push_back(expression->field);
  add_fields(expression->left.get(), out);
  add_fields(expression->right.get(), out);
}
void add_fields(const SpansetExpr* expression, std::vector<TraceFieldRef>& out) {
  if (expression == nullptr) return;
  add_fields(expression->condition.get(), out);
  add_fields(expression->left.get(), out);
  add_fields(expression->right.get(), out);
}
std::vector<TraceFieldRef> shown_fields(const TraceQuery& query) {
  std::vector<TraceFieldRef> out;
  add_fields(query.first.get(), out);
  for (const TraceStage& stage : query.stages)
    if (stage.kind == TraceStage::Kind::select) out.insert(out.end(), stage.fields.begin(), stage.fields.end());
  // What every span of an answer says anyway.
  std::erase_if(out, [](const TraceFieldRef& f) { return f.field == TraceField::name || f.field == TraceField::duration || f.field == TraceField::trace_duration; });
  std::set<std::string> seen;
  std::erase_if(out, [&](const TraceFieldRef& f) { return !seen.insert(f.text).second; });
  return out;
}

TraceHit hit_of(const TraceView& trace, const std::vector<Spanset>& sets, const std::vector<TraceFieldRef>& fields, size_t spans_per_set) {
  TraceHit out{.id = trace.spans().front().trace, .start = trace.start(), .duration_ns = trace.duration_ns()};
  if (trace.root() != nullptr) {
    out.root_service = trace.root()->origin->service();
    out.root_name = trace.root()->name;
  }
  for (const Span& span : trace.spans()) {
    TraceHit::Service& service = out.services[std::string(span.origin->service())];
    ++service.spans;
    service.errors += span.status == signals::SpanStatus::error ? 1 : 0;
  }
  for (const Spanset& set : sets) {
    TraceHit::Set& made = out.sets.emplace_back();
    made.matched = set.spans.size();
    for (const auto& [name, value] : set.group) made.tags.push_back(tag_of(name, value));
    for (const uint32_t number : set.spans) {
      if (made.spans.size() == spans_per_set) break;
      const Span& span = trace.spans()[number];
      TraceHit::Span& one = made.spans.emplace_back(TraceHit::Span{span.id, std::string(span.name), span.start, span.duration_ns, {}});
      for (const TraceFieldRef& field : fields) {
        std::string scratch;
        const TraceValue value = field_value(field, trace, number, scratch);
        if (!value.is_nil()) one.tags.push_back(tag_of(field.field == TraceField::attribute ? field.key : field.text, value));
      }
    }
  }
  return out;
}

}  // namespace

Result<TraceSearchResult> TraceQlEngine::search(const SpanSource& source, std::string_view text, TraceSearch search, std::stop_token cancelled) const {
  MAI_TRY_ASSIGN(const TraceQuery query, parse_traceql(text));
  if (query.metric) return Error{Code::invalid, "cannot search: the query gives metrics, not traces"};
  const Deadline deadline(limits_.timeout, std::move(cancelled));
  const TracePlan plan = plan_of(query);
  const std::vector<TraceFieldRef> fields = shown_fields(query);
  const size_t limit = std::min(search.limit, limits_.traces_max);
  TraceSearchResult out;
  std::unordered_set<TraceId> seen;
  MAI_TRY_ASSIGN(const auto cursor, source.scan(search.range, plan.hint));
  while (out.traces.size() < limit) {
    MAI_TRY(deadline.check());
    MAI_TRY_ASSIGN(const std::shared_ptr<const SpanBatch> batch, cursor->next());
    if (batch == nullptr) break;
    out.spans_read += batch->spans.size();
    const TraceView alone(batch->spans, false);
    std::vector<std::pair<TimeNs, TraceId>> candidates;
    for (uint32_t i = 0; i < batch->spans.size(); ++i)
      if (is_candidate(plan, alone, i) && seen.insert(batch->spans[i].trace).second) candidates.emplace_back(batch->spans[i].start, batch->spans[i].trace);
    std::sort(candidates.rbegin(), candidates.rend());
    for (const auto& [start, id] : candidates) {
      if (out.traces.size() >= limit) break;
      MAI_TRY(deadline.check());
      MAI_TRY_ASSIGN(const std::shared_ptr<const SpanBatch> whole, source.trace(id, limits_.spans_of_trace_max));
      if (whole == nullptr) continue;
      const TraceView trace(whole->spans);
      if (trace.duration_ns() < search.duration_min_ns || trace.duration_ns() > search.duration_max_ns) continue;
      if (const auto sets = evaluate(query, trace); !sets.empty()) out.traces.push_back(hit_of(trace, sets, fields, search.spans_per_set));
    }
  }
  std::sort(out.traces.begin(), out.traces.end(), [](const TraceHit& a, const TraceHit& b) { return std::pair(a.start, a.id) > std::pair(b.start, b.id); });
  return out;
}

Result<std::vector<TraceSeries>> TraceQlEngine::range(const SpanSource& source, std::string_view text, SpanRange range, std::chrono::milliseconds step, std::stop_token cancelled) const {
  MAI_TRY_ASSIGN(const TraceQuery query, parse_traceql(text));
  if (!query.metric) return Error{Code::invalid, "cannot evaluate over time: the query gives traces; end it with rate(), count_over_time(), quantile_over_time(), ..."};
  const Deadline deadline(limits_.timeout, std::move(cancelled));
  MAI_TRY_ASSIGN(TraceMetricSeries series, TraceMetricSeries::make(*query.metric, range, step, limits_.steps_max, limits_.series_max));
  TracePlan plan = plan_of(query);
  TraceNeeds needs;
  if (query.metric->field) needs.add(needs_of(*query.metric->field));
  for (const TraceFieldRef& field : query.metric->by) needs.add(needs_of(field));
  if (query.metric->kind == TraceMetric::Kind::compare) {
    needs.add(needs_of(query.metric->selection.get()));
    needs.attributes = true;
  }
  plan.single = plan.single && !needs.trace;
  plan.hint.attributes = plan.hint.attributes || (plan.single && needs.attributes);
  std::unordered_set<TraceId> seen;
  MAI_TRY_ASSIGN(const auto cursor, source.scan(series.range(), plan.hint));
  for (;;) {
    MAI_TRY(deadline.check());
    MAI_TRY_ASSIGN(const std::shared_ptr<const SpanBatch> batch, cursor->next());
    if (batch == nullptr) break;
    const TraceView alone(batch->spans, false);
    for (uint32_t i = 0; i < batch->spans.size(); ++i) {
      if (!is_candidate(plan, alone, i)) continue;
      if (plan.single) {
        MAI_TRY(series.add(alone, i));
        continue;
      }
      if (!seen.insert(batch->spans[i].trace).second) continue;
      MAI_TRY(deadline.check());
      MAI_TRY_ASSIGN(const std::shared_ptr<const SpanBatch> whole, source.trace(batch->spans[i].trace, limits_.spans_of_trace_max));
      if (whole == nullptr) continue;
      const TraceView trace(whole->spans);
      for (const Spanset& set : evaluate(query, trace))
        for (const uint32_t span : set.spans) MAI_TRY(series.add(trace, span));
    }
  }
  return series.finish();
}

Result<TraceTags> TraceQlEngine::tags(const SpanSource& source, SpanRange range, std::stop_token cancelled) const {
  const Deadline deadline(limits_.timeout, std::move(cancelled));
  std::set<std::string, std::less<>> span, resource, event, link, scope;
  const auto add = [](std::set<std::string, std::less<>>& to, std::span<const signals::Attribute> attributes) {
    for (const auto& attribute : attributes)
      if (to.find(attribute.key) == to.end()) to.emplace(attribute.key);
  };
  MAI_TRY_ASSIGN(const auto cursor, source.scan(range, {}));
  for (size_t i = 0; i < limits_.tag_batches_max; ++i) {
    MAI_TRY(deadline.check());
    MAI_TRY_ASSIGN(const std::shared_ptr<const SpanBatch> batch, cursor->next());
    if (batch == nullptr) break;
    const signals::SpanOrigin* last = nullptr;
    for (const Span& one : batch->spans) {
      add(span, one.attributes);
      for (const auto& e : one.events) add(event, e.attributes);
      for (const auto& l : one.links) add(link, l.attributes);
      if (one.origin == last) continue;
      last = one.origin;
      add(resource, one.origin->resource);
      add(scope, one.origin->scope_attributes);
    }
  }
  const auto list = [](const auto& names) { return std::vector<std::string>(names.begin(), names.end()); };
  return TraceTags{list(span), list(resource), list(event), list(link), list(scope)};
}

Result<std::vector<TraceTag>> TraceQlEngine::tag_values(const SpanSource& source, std::string_view name, std::string_view text, SpanRange range, std::stop_token cancelled) const {
  MAI_TRY_ASSIGN(const TraceFieldRef field, parse_trace_field(name));
  MAI_TRY_ASSIGN(const TraceQuery query, parse_traceql(text));
  const Deadline deadline(limits_.timeout, std::move(cancelled));
  TracePlan plan = plan_of(query);
  const TraceNeeds needs = needs_of(field);
  plan.hint.attributes = plan.hint.attributes || needs.attributes;
  std::set<TraceTag> values;
  std::unordered_set<TraceId> seen;
  MAI_TRY_ASSIGN(const auto cursor, source.scan(range, plan.hint));
  for (size_t i = 0; i < limits_.tag_batches_max && values.size() < limits_.tag_values_max; ++i) {
    MAI_TRY(deadline.check());
    MAI_TRY_ASSIGN(const std::shared_ptr<const SpanBatch> batch, cursor->next());
    if (batch == nullptr) break;
    const TraceView alone(batch->spans, false);
    const auto add = [&](const TraceView& trace, uint32_t span) {
      std::string scratch;
      const TraceValue value = field_value(field, trace, span, scratch);
      if (!value.is_nil() && values.size() < limits_.tag_values_max) values.insert(tag_of({}, value));
    };
    for (uint32_t k = 0; k < batch->spans.size(); ++k) {
      if (!is_candidate(plan, alone, k)) continue;
      if (!needs.trace) {
        add(alone, k);
      } else if (seen.insert(batch->spans[k].trace).second) {
        MAI_TRY_ASSIGN(const std::shared_ptr<const SpanBatch> whole, source.trace(batch->spans[k].trace, limits_.spans_of_trace_max));
        if (whole != nullptr) add(TraceView(whole->spans), 0);
      }
    }
  }
  return std::vector<TraceTag>(values.begin(), values.end());
}

}  // namespace monitorai::query
