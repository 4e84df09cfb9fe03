#pragma once
// How samples enter and leave the memory of one series: pure operations on its HeadBlock. Thread: whoever holds the write lock, except
// read_head() and newest_in_tail(), which any thread with a pin may call.

#include "store/metrics/series.h"
#include "store/metrics/settings.h"

namespace monitorai::store {

/// A sample newer than all in this head. Folds the tail into a chunk when it is full.
void append_to_head(Series& series, signals::Sample sample, const ChunkSettings& settings, Reclaimer& reclaimer);

/// Closes what is open: the open chunks and the tail become sealed chunks. True when there was something to seal.
bool seal_head(Series& series, const ChunkSettings& settings, Reclaimer& reclaimer);

/// Drops persisted chunks that end before `horizon_ms`; gives up the block when nothing is left. Returns the bytes given back.
size_t evict_from_head(Series& series, int64_t horizon_ms, Reclaimer& reclaimer);

/// Appends the samples within the range, in time order.
Result<void> read_head(const HeadBlock& head, TimeRange range, signals::Columns& out);

/// The newest sample at or before `to_ms` when the tail has one; nullopt says nothing about older samples.
std::optional<signals::Sample> newest_in_tail(const HeadBlock& head, int64_t to_ms);

}  // namespace monitorai::store
