#pragma once
// How samples enter and leave the memory of one series: pure operations on its HeadBlock. Thread: whoever holds the write lock, except
// read_head() and newest_in_tail(), which any thread with a pin may call.

#include "store/metrics/series.h"
#include "store/metrics/settings.h"

namespace monitorai::store {

/// Which partition a time belongs to. Remembers the last one, for a division a sample is too much.
class PartitionEdges {
 public:
  explicit PartitionEdges(std::chrono::milliseconds partition) : length_ms_(partition.count()) {}
  /// The partition's number: whole partitions since 1970.
  int32_t day(int64_t ms) const { return static_cast<int32_t>(ms >= 0 ? ms / length_ms_ : -((-ms + length_ms_ - 1) / length_ms_)); }
  int64_t begin_ms(int32_t day) const { return day * length_ms_; }
  bool same(int64_t a_ms, int64_t b_ms) {
    if (a_ms < begin_ms_ || a_ms >= begin_ms_ + length_ms_) begin_ms_ = begin_ms(day(a_ms));
    return b_ms >= begin_ms_ && b_ms < begin_ms_ + length_ms_;
  }

 private:
  int64_t length_ms_;
  int64_t begin_ms_ = 0;
};

/// What the operations below need beside the series. Owned by the store, used under its write lock.
struct HeadRules {
  ChunkSettings chunk;
  PartitionEdges edges;
  Reclaimer& reclaimer;
  uint64_t sealed_bytes = 0;  ///< of chunks sealed since the counter was last cleared
};

/// A sample newer than all of this series. Folds the tail into a chunk when it is full, and seals it where a partition ends.
void append_to_head(Series& series, signals::Sample sample, HeadRules& rules);

/// Closes what is open: the open chunks and the tail become sealed chunks. True when there was something to seal.
bool seal_head(Series& series, HeadRules& rules);

/// Puts a chunk behind those of a series that has no tail yet. For recovery.
void restore_chunk(Series& series, Chunk::Ptr chunk, bool sealed, HeadRules& rules);

/// Drops persisted chunks that end before `horizon_ms`; gives up the block when nothing is left. Returns the bytes given back.
size_t evict_from_head(Series& series, int64_t horizon_ms, HeadRules& rules);

/// Lets go of everything in memory of a series that is no more.
void drop_head(Series& series, HeadRules& rules);

/// Appends the samples within the range, in time order.
Result<void> read_head(const HeadBlock& head, TimeRange range, signals::Columns& out);

/// The newest sample at or before `to_ms` when the tail has one; nullopt says nothing about older samples.
std::optional<signals::Sample> newest_in_tail(const HeadBlock& head, int64_t to_ms);

}  // namespace monitorai::store
