#include "query/promql/testing/memory_source.h"

#include <algorithm>
#include <set>

namespace monitorai::query {
namespace {

using signals::Columns;
using signals::Matcher;

bool matches(const signals::Labels& labels, std::span<const Matcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& m) { return m.matches(labels.value(m.name())); });
}

class MemorySet final : public signals::SeriesSet {
 public:
  explicit MemorySet(std::vector<std::shared_ptr<MemorySource::Series>> series) : series_(std::move(series)) {}
  size_t size() const override { return series_.size(); }
  signals::Labels labels(size_t series) const override { return series_[series]->labels; }
  std::string_view label(size_t series, std::string_view name) const override { return series_[series]->labels.value(name); }
  Result<void> read(size_t series, TimeRange range, Columns& out) const override {
    const Columns& c = series_[series]->columns;
    const auto [from, to] = bounds(c, range);
    out.times_ms.insert(out.times_ms.end(), c.times_ms.begin() + from, c.times_ms.begin() + to);
    out.values.insert(out.values.end(), c.values.begin() + from, c.values.begin() + to);
    return {};
  }
  Result<std::optional<signals::Sample>> newest(size_t series, TimeRange range) const override {
    const Columns& c = series_[series]->columns;
    const auto [from, to] = bounds(c, range);
    if (from == to) return std::optional<signals::Sample>{};
    return std::optional(signals::Sample{{c.times_ms[static_cast<size_t>(to - 1)]}, c.values[static_cast<size_t>(to - 1)]});
  }

 private:
  static std::pair<ptrdiff_t, ptrdiff_t> bounds(const Columns& c, TimeRange range) {
    const auto from = std::lower_bound(c.times_ms.begin(), c.times_ms.end(), range.from.ms);
    const auto to = std::upper_bound(from, c.times_ms.end(), range.to.ms);
    return {from - c.times_ms.begin(), to - c.times_ms.begin()};
  }
  std::vector<std::shared_ptr<MemorySource::Series>> series_;
};

template <class Container>
std::vector<std::string> limited(const Container& all, size_t limit) {
  std::vector<std::string> out;
  for (const std::string& text : all) {
    if (limit != 0 && out.size() == limit) break;
    out.push_back(text);
  }
  return out;
}

}  // namespace

void MemorySource::add(const signals::Labels& labels, const std::vector<signals::Sample>& samples) {
  std::shared_ptr<Series>& series = series_[labels];
  if (!series) series = std::make_shared<Series>(Series{labels, {}});
  for (const signals::Sample& sample : samples) {
    if (!series->columns.times_ms.empty() && sample.time.ms <= series->columns.times_ms.back()) continue;
    series->columns.times_ms.push_back(sample.time.ms);
    series->columns.values.push_back(sample.value);
  }
}

Result<std::unique_ptr<signals::SeriesSet>> MemorySource::select(std::span<const Matcher> matchers, TimeRange) const {
  std::vector<std::shared_ptr<Series>> found;
  for (const auto& [labels, series] : series_)
    if (matches(labels, matchers)) found.push_back(series);
  return std::unique_ptr<signals::SeriesSet>(std::make_unique<MemorySet>(std::move(found)));
}

Result<std::vector<std::string>> MemorySource::label_names(std::span<const Matcher> matchers, TimeRange, size_t limit) const {
  std::set<std::string> names;
  for (const auto& [labels, series] : series_)
    if (matches(labels, matchers))
      for (const signals::Label& label : labels) names.insert(label.name);
  return limited(names, limit);
}

Result<std::vector<std::string>> MemorySource::label_values(std::string_view name, std::span<const Matcher> matchers, TimeRange,
                                                            size_t limit) const {
  std::set<std::string> values;
  for (const auto& [labels, series] : series_)
    if (matches(labels, matchers) && labels.has(name)) values.emplace(labels.value(name));
  return limited(values, limit);
}

Result<std::vector<signals::SeriesExemplars>> MemorySource::exemplars(std::span<const Matcher>, TimeRange) const {
  return std::vector<signals::SeriesExemplars>{};
}

}  // namespace monitorai::query
