#pragma once
// Samples of series: the ports through which they are written to a store and selected from it. The embedded store, a fake in tests and
// a remote Prometheus all implement them; query and serve know nothing else.

#include <bit>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "signals/labels.h"
#include "signals/matcher.h"
#include "signals/metric.h"

namespace monitorai::signals {

struct Sample {
  TimeMs time;
  double value = 0;
};

/// Prometheus's staleness marker: a NaN of this bit pattern says that the series has ended at this time.
inline constexpr uint64_t kStaleNanBits = 0x7ff0000000000002;
inline double stale_nan() { return std::bit_cast<double>(kStaleNanBits); }
inline bool is_stale(double value) { return std::bit_cast<uint64_t>(value) == kStaleNanBits; }

// ---- writing ----

struct LabelView {
  std::string_view name;
  std::string_view value;
  auto operator<=>(const LabelView&) const = default;
};

struct ExemplarView {
  std::span<const LabelView> labels;
  double value = 0;
  TimeMs time;
};

/// One series of a write. The labels are sorted by name, without doubles and without empty values, `__name__` among them; views live
/// until write() returns. The samples are in time order.
struct SeriesWrite {
  std::span<const LabelView> labels;
  std::span<const Sample> samples;
  std::span<const ExemplarView> exemplars{};
};

/// Series as a sender sent them: their labels are read for those that ask, because a store knows most series by the bytes already.
/// Thread: one at a time.
class UnreadSeries {
 public:
  virtual ~UnreadSeries() = default;
  /// Their `labels` are empty.
  virtual std::span<const SeriesWrite> series() const = 0;
  /// The labels as the Label messages (fields 1: name, 2: value) of a protobuf TimeSeries, back to back. Where they are written in the one
  /// shortest way, sorted and without empty values, equal labels are equal bytes; nothing may be concluded from other bytes. "": none.
  virtual std::string_view encoded(size_t series) const = 0;
  /// As SeriesWrite wants them; they live as long as this. Empty: these are no labels, and this object has counted the samples as refused.
  virtual std::span<const LabelView> labels(size_t series) = 0;
};

struct MetadataWrite {
  std::string_view family;
  MetricType type = MetricType::unknown;
  std::string_view help;
  std::string_view unit;
};

/// What became of a write. Good samples of a mixed request are kept.
struct WriteOutcome {
  size_t accepted = 0;
  size_t duplicates = 0;     ///< same series, time and value: dropped silently
  size_t conflicts = 0;      ///< same series and time, another value: the first stays
  size_t out_of_order = 0;   ///< older than the out-of-order window allows
  size_t too_old = 0;        ///< before retention
  size_t too_new = 0;        ///< further in the future than the limit
  size_t over_limit = 0;     ///< of series refused by the series or label limits
  size_t invalid = 0;        ///< labels that are no labels
  std::string first_problem; ///< for the answer to the sender: names a series and the reason; "" when all went well
};

/// Thread: any. Returning means acknowledged: it survives kill -9. Code::unavailable: the disk is full or failing, nothing was kept,
/// try again later. Code::exhausted: under pressure, nothing was kept, try again with a pause.
class MetricWriter {
 public:
  virtual ~MetricWriter() = default;
  virtual Result<WriteOutcome> write(std::span<const SeriesWrite> series, std::span<const MetadataWrite> metadata = {}) = 0;
  /// The same, reading all labels; a store that can do with fewer overrides it.
  virtual Result<WriteOutcome> write_unread(UnreadSeries& unread, std::span<const MetadataWrite> metadata = {}) {
    std::vector<SeriesWrite> read;
    for (size_t i = 0; i < unread.series().size(); ++i) {
      read.push_back(unread.series()[i]);
      read.back().labels = unread.labels(i);
      if (read.back().labels.empty()) read.pop_back();
    }
    return write(read, metadata);
  }
};

// ---- reading ----

/// Times in milliseconds and values of one series, side by side; times ascend strictly.
struct Columns {
  std::vector<int64_t> times_ms;
  std::vector<double> values;
  void clear() {
    times_ms.clear();
    values.clear();
  }
};

/// The series that a selector found: an immutable snapshot. All functions are const and may be called from many threads at once.
class SeriesSet {
 public:
  virtual ~SeriesSet() = default;
  virtual size_t size() const = 0;
  /// The labels of a series (0 <= series < size()); builds them, so not for inner loops over what label() can give.
  virtual Labels labels(size_t series) const = 0;
  /// One label's value, "" when absent; lives as long as the set. Cheap.
  virtual std::string_view label(size_t series, std::string_view name) const = 0;
  /// Appends the samples with from <= time <= to, staleness markers included.
  virtual Result<void> read(size_t series, TimeRange range, Columns& out) const = 0;
  /// The newest sample with from <= time <= to (possibly a staleness marker). For instant queries: cheaper than read().
  virtual Result<std::optional<Sample>> newest(size_t series, TimeRange range) const = 0;
};

struct SeriesExemplars {
  Labels series;
  std::vector<Exemplar> exemplars;
};

struct Metadata {
  std::string family;
  MetricType type = MetricType::unknown;
  std::string help;
  std::string unit;
};

/// Thread: any. Time ranges are hints for index lookups (series without a sample in the range may be returned) and exact for samples.
class MetricSource {
 public:
  virtual ~MetricSource() = default;
  /// Series that all matchers select; a set of no matchers selects all. In no particular order.
  virtual Result<std::unique_ptr<SeriesSet>> select(std::span<const Matcher> matchers, TimeRange range) const = 0;
  /// Sorted; at most limit (0: all).
  virtual Result<std::vector<std::string>> label_names(std::span<const Matcher> matchers, TimeRange range, size_t limit) const = 0;
  virtual Result<std::vector<std::string>> label_values(std::string_view name, std::span<const Matcher> matchers, TimeRange range, size_t limit) const = 0;
  virtual Result<std::vector<SeriesExemplars>> exemplars(std::span<const Matcher> matchers, TimeRange range) const = 0;
  virtual std::vector<Metadata> metadata() const = 0;
};

}  // namespace monitorai::signals
