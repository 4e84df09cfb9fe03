#include "query/traceql/comparison.h"

#include <algorithm>

namespace monitorai::query {

Result<void> TraceComparison::add(const TraceView& trace, uint32_t number, size_t step) {
  const signals::Span& span = trace.spans()[number];
  const bool in_time = !metric_.selected_times || metric_.selected_times->contains(span.start);
  Side& side = in_time && fulfils(metric_.selection.get(), trace, number) ? selection_ : baseline_;
  const auto intrinsic = [&](TraceField field, std::string name) {
    std::string scratch;
    const TraceValue value = field_value({.field = field, .text = name}, trace, number, scratch);
    if (value.type != TraceValue::Type::text || !value.text.empty()) count(side, name, value, step);
  };
  intrinsic(TraceField::name, "name");
  intrinsic(TraceField::kind, "kind");
  intrinsic(TraceField::status, "status");
  intrinsic(TraceField::status_message, "statusMessage");
  for (const auto& [key, value] : span.attributes) count(side, "span." + std::string(key), value_of(value), step);
  for (const auto& [key, value] : span.origin->resource) count(side, "resource." + std::string(key), value_of(value), step);
  if (cells_ > kComparedCellsMax) return Error{Code::exhausted, fmt::format("cannot compare: more than {} counts of values: take a larger step or fewer spans", kComparedCellsMax)};
  return {};
}

void TraceComparison::count(Side& side, const std::string& attribute, const TraceValue& value, size_t step) {
  Compared& compared = side[attribute];
  ++compared.total[step];
  if (compared.too_many) return;
  const auto [at, added] = compared.values.try_emplace({value.type, value.shown()});
  if (added && compared.values.size() > kComparedValuesMax) {
    compared.too_many = true;
    for (const auto& [text, counts] : compared.values) cells_ -= counts.size();
    compared.values.clear();
    return;
  }
  const size_t before = at->second.size();
  ++at->second[step];
  cells_ += at->second.size() - before;
}

std::vector<TraceSeries> TraceComparison::finish(const std::function<TimeMs(size_t step)>& time_of) const {
  using Type = TraceValue::Type;
  std::vector<TraceSeries> out;
  const auto add = [&](std::string_view type, TraceTag value, const Counts& counts) {
    TraceSeries& series = out.emplace_back();
    series.labels = {{"__meta_type", Type::text, std::string(type)}, std::move(value)};
    for (const auto& [step, count] : counts) series.samples.emplace_back(time_of(step), count);
  };
  const auto sum = [](const Counts& counts) {
    double all = 0;
    for (const auto& [step, count] : counts) all += count;
    return all;
  };
  for (const auto& [side, name] : {std::pair(&baseline_, "baseline"), std::pair(&selection_, "selection")}) {
    for (const auto& [attribute, compared] : *side) {
      if (compared.too_many) {
        add(name, {attribute, Type::nil, "nil"}, {});
        out.back().labels.push_back({"__meta_error", Type::text, "__too_many_values__"});
        continue;
      }
      std::vector<const std::pair<const std::pair<Type, std::string>, Counts>*> values;
      for (const auto& one : compared.values) values.push_back(&one);
      std::stable_sort(values.begin(), values.end(), [&](const auto* a, const auto* b) { return sum(a->second) > sum(b->second); });
      values.resize(std::min(values.size(), metric_.top_values));
      for (const auto* one : values) add(name, {attribute, one->first.first, one->first.second}, one->second);
    }
  }
  for (const auto& [side, name] : {std::pair(&baseline_, "baseline_total"), std::pair(&selection_, "selection_total")})
    for (const auto& [attribute, compared] : *side) add(name, {attribute, Type::nil, "nil"}, compared.total);
  return out;
}

}  // namespace monitorai::query
