#pragma once
// What the tests of the store share: a store in a temporary folder, short ways to write and to ask, and the model it is compared with.

#include <gtest/gtest.h>

#include <map>

#include "base/files.h"
#include "store/metrics/metric_store.h"

namespace monitorai::store {

inline constexpr int64_t kT0 = 1'700'000'000'000;

struct Fixture {
  TemporaryDirectory folder;
  FakeClock clock{{kT0}};
  PosixFileSystem disk;
  FileSystem& files;
  Settings settings;
  std::unique_ptr<MetricStore> store;

  explicit Fixture(Settings with = {}) : Fixture(std::move(with), nullptr) {}
  Fixture(Settings with, FileSystem* other) : files(other == nullptr ? disk : *other), settings(std::move(with)) {
    settings.folder = folder.path() / "data";
    settings.background = false;
    reopen();
  }
  void reopen() {
    store.reset();
    auto opened = MetricStore::open(settings, clock, files);
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
    if (opened) store = std::move(*opened);
  }

  Result<signals::WriteOutcome> try_write(const signals::Labels& labels, const std::vector<signals::Sample>& samples) {
    std::vector<signals::LabelView> views;
    for (const signals::Label& label : labels) views.push_back({label.name, label.value});
    const signals::SeriesWrite write{views, samples};
    return store->write({&write, 1});
  }
  signals::WriteOutcome write(const signals::Labels& labels, const std::vector<signals::Sample>& samples) {
    auto outcome = try_write(labels, samples);
    EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
    return outcome ? *outcome : signals::WriteOutcome{};
  }

  static signals::Matcher matcher(std::string name, signals::MatchOp op, std::string value) {
    return *signals::Matcher::make(std::move(name), op, std::move(value));
  }
  std::unique_ptr<signals::SeriesSet> select(const std::vector<signals::Matcher>& matchers,
                                             TimeRange range = {{kNever + 1}, {INT64_MAX}}) const {
    auto set = store->select(matchers, range);
    EXPECT_TRUE(set.has_value());
    return std::move(*set);
  }
  /// The texts of the series that match, sorted.
  std::vector<std::string> names(const std::vector<signals::Matcher>& matchers) const {
    const auto set = select(matchers);
    std::vector<std::string> out;
    for (size_t i = 0; i < set->size(); ++i) out.push_back(set->labels(i).text());
    std::sort(out.begin(), out.end());
    return out;
  }
  using Samples = std::map<int64_t, double>;
  using Model = std::map<std::string, Samples>;
  /// Everything the store holds within a range, by the text of the labels; series without samples left out.
  Model everything(TimeRange range = {{kNever + 1}, {INT64_MAX}}) const {
    const auto set = select({}, range);
    Model out;
    for (size_t i = 0; i < set->size(); ++i) {
      signals::Columns columns;
      const auto read = set->read(i, range, columns);
      EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
      Samples samples;
      for (size_t k = 0; k < columns.times_ms.size(); ++k) {
        EXPECT_TRUE(k == 0 || columns.times_ms[k - 1] < columns.times_ms[k]) << "times must ascend strictly";
        samples[columns.times_ms[k]] = columns.values[k];
      }
      if (!samples.empty()) out[set->labels(i).text()] = std::move(samples);
    }
    return out;
  }
};

/// What of the model lies within a range.
inline Fixture::Model within(const Fixture::Model& model, TimeRange range) {
  Fixture::Model out;
  for (const auto& [series, samples] : model)
    for (const auto& [time, value] : samples)
      if (time >= range.from.ms && time <= range.to.ms) out[series][time] = value;
  return out;
}

inline signals::Labels series_named(std::string_view name, int instance = 0) {
  return {{"__name__", std::string(name)}, {"instance", fmt::format("host-{}:9090", instance)}, {"job", "llm"}};
}

}  // namespace monitorai::store
