#pragma once
// Spans that no partition has yet: the batches as they stand in the log, and which of them hold spans of which trace. Written under the
// store's write lock; readers take a snapshot of the batches' pointers.

#include <boost/unordered/unordered_flat_set.hpp>
#include <shared_mutex>
#include <unordered_map>

#include "store/traces/span_record.h"

namespace monitorai::store {

struct HeadBatch {
  std::string record;
  int64_t from_ns = INT64_MAX;
  int64_t to_ns = INT64_MIN;  ///< inclusive
  int64_t duration_max_ns = 0;
  uint32_t spans = 0;
};

class TraceHead {
 public:
  using Batches = std::vector<std::shared_ptr<const HeadBatch>>;

  TraceHead(uint64_t generation, std::chrono::nanoseconds born_at) : born(born_at), generation_(generation) {}

  /// The spans of the record.
  void add(std::shared_ptr<const HeadBatch> batch, std::span<const signals::Span> spans);
  /// Whether a span of this hash was added. Under the write lock.
  bool has(uint64_t hash) const { return hashes_.contains(hash); }

  Batches batches() const;
  Batches batches_of(signals::TraceId id) const;
  uint64_t bytes() const { return bytes_; }
  size_t spans() const { return spans_; }
  /// The newest of its batches.
  uint64_t generation() const { return generation_; }
  void set_generation(uint64_t generation) { generation_ = std::max(generation_, generation); }

  const std::chrono::nanoseconds born;
  std::chrono::nanoseconds closed{0};

 private:
  uint64_t generation_;
  uint64_t bytes_ = 0;
  size_t spans_ = 0;
  boost::unordered_flat_set<uint64_t> hashes_;
  mutable std::shared_mutex mutex_;  ///< of what follows
  Batches batches_;
  std::unordered_map<signals::TraceId, std::vector<uint32_t>> traces_;
};

}  // namespace monitorai::store
