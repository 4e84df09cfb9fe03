#pragma once
// What expressions evaluate to: rows of values on a grid of steps. A vector is lazy where it can be: its rows are computed when an
// aggregation pulls them, by many workers at once, and are never all in memory.

#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <variant>
#include <vector>

#include "query/promql/annotations.h"
#include "query/promql/query_error.h"
#include "signals/samples.h"

namespace monitorai::query {

/// A row has no value at a step: the bit pattern of the staleness marker, which no result can have.
inline const double kAbsent = signals::stale_nan();
inline bool absent(double value) { return signals::is_stale(value); }
inline bool present(double value) { return !signals::is_stale(value); }

/// The times at which an expression is evaluated.
struct Grid {
  int64_t start_ms = 0;
  int64_t step_ms = 1;
  size_t count = 1;
  int64_t at(size_t step) const { return start_ms + static_cast<int64_t>(step) * step_ms; }
  int64_t last() const { return at(count - 1); }
};

/// __name__, __type__ and __unit__ describe the metric as it was stored and go when a function changes its meaning.
bool is_metadata_label(std::string_view name);

/// The labels of a row: those of a series, perhaps without its name.
struct RowKey {
  const signals::SeriesSet* set = nullptr;
  uint32_t index = 0;
  bool drop_name = false;   ///< the name is gone
  bool drop_later = false;  ///< the name goes when the query ends (delayed name removal)

  std::string_view label(std::string_view name) const {
    return drop_name && is_metadata_label(name) ? std::string_view{} : set->label(index, name);
  }
  signals::Labels labels() const;
};

/// Label sets made by the query itself, in the guise of a set of series without samples.
class OwnLabels final : public signals::SeriesSet {
 public:
  uint32_t add(signals::Labels labels) {
    labels_.push_back(std::move(labels));
    return static_cast<uint32_t>(labels_.size() - 1);
  }
  size_t size() const override { return labels_.size(); }
  signals::Labels labels(size_t series) const override { return labels_[series]; }
  std::string_view label(size_t series, std::string_view name) const override { return labels_[series].value(name); }
  Result<void> read(size_t, TimeRange, signals::Columns&) const override { return {}; }
  Result<std::optional<signals::Sample>> newest(size_t, TimeRange) const override { return std::optional<signals::Sample>{}; }

 private:
  std::vector<signals::Labels> labels_;
};

/// The keys of all rows: of a whole set of series without storing one each, or a list.
class Keys {
 public:
  Keys() = default;
  explicit Keys(const signals::SeriesSet& set) : whole_{&set, 0, false, false}, size_(set.size()) {}

  size_t size() const { return whole_.set != nullptr ? size_ : list_.size(); }
  RowKey operator[](size_t row) const {
    if (whole_.set == nullptr) return list_[row];
    RowKey key = whole_;
    key.index = static_cast<uint32_t>(row);
    return key;
  }
  void push_back(RowKey key) { list_.push_back(key); }
  void reserve(size_t count) { list_.reserve(count); }
  void set(size_t row, RowKey key) {
    unfold();
    list_[row] = key;
  }
  void drop_names(bool later) {
    const auto drop = [&](RowKey& key) { (later ? key.drop_later : key.drop_name) = true; };
    drop(whole_);
    for (RowKey& key : list_) drop(key);
  }

 private:
  void unfold() {
    if (whole_.set == nullptr) return;
    std::vector<RowKey> list;
    list.reserve(size_);
    for (size_t row = 0; row < size_; ++row) list.push_back((*this)[row]);
    list_ = std::move(list);
    whole_.set = nullptr;
  }
  RowKey whole_;
  size_t size_ = 0;
  std::vector<RowKey> list_;
};

/// What rate and its relatives need of a window besides the values: series scraped together share it.
struct RateStep {
  size_t first = 0;
  size_t last = 0;      ///< equal to first: fewer than two samples
  double sampled = 0;   ///< seconds between the first and the last sample
  double to_start = 0;  ///< seconds of extrapolation before the first sample
  double to_end = 0;
  double factor = 0;  ///< from the difference of the values to the result, when zero is not near
};

/// What one worker needs while it computes rows; reused from row to row.
struct Scratch {
  /// The windows of the series before, valid for the same range vector and the same sample times.
  struct RateWindows {
    const void* ranges = nullptr;
    std::vector<int64_t> times_ms;
    std::vector<RateStep> steps;
  };
  RateWindows rate;

  /// True once the query was stopped or ran out of time: a long row ends early, and for_rows makes the error of it. May be empty.
  std::function<bool()> give_up;
  signals::Columns columns;
  std::vector<double> values;
  std::vector<double> sorted;
  Annotations annotations;
  uint64_t samples_read = 0;

  /// For the expression inside: it must not touch what is in use here.
  Scratch& inner() {
    if (!inner_) inner_ = std::make_unique<Scratch>();
    inner_->give_up = give_up;
    return *inner_;
  }
  void collect(Annotations& into, uint64_t& samples) {
    into.merge(annotations);
    samples += samples_read;
    if (inner_) inner_->collect(into, samples);
  }

 private:
  std::unique_ptr<Scratch> inner_;
};

using Status = Result<void, QueryError>;

/// An instant vector on a grid.
struct Vector {
  using Fill = std::function<Status(size_t row, Scratch& scratch, std::span<double> out)>;

  Keys keys;
  Fill fill;                  ///< computes a row; empty when the values are there
  std::vector<double> dense;  ///< rows x steps
  size_t steps = 1;
  bool ordered = false;         ///< the order of the rows is part of the result (sort, topk)
  bool unique_unnamed = false;  ///< label sets stay different without their names

  size_t size() const { return keys.size(); }
  std::span<double> row(size_t r) { return {dense.data() + r * steps, steps}; }
  std::span<const double> row(size_t r) const { return {dense.data() + r * steps, steps}; }
  /// Row r, computed into `buffer` (of `steps` values) where it is not there.
  Result<std::span<const double>, QueryError> pull(size_t r, Scratch& scratch, std::span<double> buffer) const {
    if (!fill) return row(r);
    MAI_TRY(fill(r, scratch, buffer));
    return std::span<const double>(buffer);
  }
};

/// A range vector: for every row its samples in time order, without staleness markers, from which windows are cut.
struct Ranges {
  Keys keys;
  std::function<Status(size_t row, Scratch& scratch, signals::Columns& out)> read;
  bool unique_unnamed = false;
  std::string_view metric_name;
  int64_t range_ms = 0;
  int64_t offset_ms = 0;
  std::optional<int64_t> at_ms;
  int64_t before_ms = 0;  ///< how far further back windows reach (anchored, smoothed)
  int64_t after_ms = 0;   ///< how far beyond the end (smoothed)
  bool anchored = false;
  bool smoothed = false;

  /// The end of the window of an evaluation at this time.
  int64_t end_of(int64_t time_ms) const { return at_ms.value_or(time_ms) - offset_ms; }
};

using Scalars = std::vector<double>;  ///< one a step
using Value = std::variant<Scalars, Vector, Ranges, std::string>;

}  // namespace monitorai::query
