#pragma once
// The part of the store that lives in memory: series, their newest samples and recent chunks, and the label index.
//
// Who may touch what: `series`, `reclaimer` and `asides` are written by the holder of MetricStore's write lock. `index` is written under
// index_mutex (exclusive) by the same thread and read under it (shared). Readers pin the reclaimer first, learn slots from the index,
// and may then use series records, head blocks and label texts without any lock.

#include <atomic>
#include <shared_mutex>

#include "store/metrics/asides.h"
#include "store/metrics/series.h"

namespace monitorai::store {

struct Head {
  SeriesTable series;
  LabelIndex index;
  mutable std::shared_mutex index_mutex;
  Reclaimer reclaimer;
  Asides asides;
  /// Every sample at or after this time is in memory; older ones may be in partitions only. Raised before chunks are dropped.
  std::atomic<int64_t> horizon_ms{kNever};
};

/// The labels of a series, built.
signals::Labels labels_of(const Head& head, Slot slot);
/// `name{a="b"}`-like text of labels for messages, cut at a readable length.
std::string labels_text(std::span<const signals::LabelView> labels);

}  // namespace monitorai::store
