#pragma once
// A MetricSource in memory: for tests, scripts, fuzzing and benchmarks. Plain vectors, no index.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "signals/samples.h"

namespace monitorai::query {

/// Not thread-safe while it is written; any number of readers afterwards.
class MemorySource final : public signals::MetricSource {
 public:
  /// Adds samples, in time order after those that are there; older ones are ignored.
  void add(const signals::Labels& labels, const std::vector<signals::Sample>& samples);
  void clear() { series_.clear(); }

  Result<std::unique_ptr<signals::SeriesSet>> select(std::span<const signals::Matcher> matchers, TimeRange range) const override;
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher> matchers, TimeRange range, size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, std::span<const signals::Matcher> matchers, TimeRange range,
                                                size_t limit) const override;
  Result<std::vector<signals::SeriesExemplars>> exemplars(std::span<const signals::Matcher> matchers, TimeRange range) const override;
  std::vector<signals::Metadata> metadata() const override { return {}; }

  struct Series {
    signals::Labels labels;
    signals::Columns columns;
  };

 private:
  std::map<signals::Labels, std::shared_ptr<Series>> series_;
};

}  // namespace monitorai::query
