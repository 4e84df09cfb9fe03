#pragma once
// The open end of a stream: lines in the order of arrival, in memory of fixed capacity, so that a line, once published, never moves and
// readers need no lock. When the capacity is used up, the owner makes a larger copy or closes this one.
//
// Threads: append() and publish() belong to the holder of the store's write lock; snapshots may be read by any number of others.

#include <atomic>
#include <boost/unordered/unordered_flat_set.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "store/logs/log_block.h"

namespace monitorai::store {

class LogHead {
 public:
  LogHead(size_t text_capacity, size_t line_capacity);

  size_t size() const { return size_; }
  size_t text_bytes() const { return text_bytes_; }
  size_t text_capacity() const { return text_capacity_; }
  size_t line_capacity() const { return line_capacity_; }
  /// Whether one more line of this size fits.
  bool fits(size_t line_bytes) const { return size_ < line_capacity_ && text_bytes_ + line_bytes < text_capacity_ && sets_size_ < sets_capacity_; }
  /// A copy with room for at least one more line of this size: twice of what was full. This one is only read afterwards.
  std::shared_ptr<LogHead> grown(size_t line_bytes);
  /// An empty one of the same capacities.
  std::shared_ptr<LogHead> fresh() const;

  /// Needs fits(). Not visible before publish().
  void append(int64_t time_ns, std::string_view line, std::span<const signals::LabelView> metadata, uint64_t hash);
  void publish() { published_.store(static_cast<uint32_t>(size_), std::memory_order_release); }

  /// Whether a line of this time with this hash is here. Among the last lines it looks; for one further back it makes a set of all hashes,
  /// which lines that come in order never need. Thread: the holder of the write lock.
  bool has(int64_t time_ns, uint64_t hash);
  /// The bounds of all lines' times. Thread: the holder of the write lock.
  int64_t from_ns() const { return from_ns_.load(std::memory_order_relaxed); }
  int64_t to_ns() const { return to_ns_.load(std::memory_order_relaxed); }

  /// The lines up to now. Cheap, and valid as long as the head.
  struct Snapshot {
    std::shared_ptr<const LogHead> head;
    size_t size = 0;
    int64_t from_ns = 0;  ///< both bounds may be wider than the lines
    int64_t to_ns = 0;
    bool sorted = true;   ///< ascending by time; may be false when it need not be
    signals::LogBlock block;  ///< in the order of arrival
  };
  static Snapshot snapshot(std::shared_ptr<const LogHead> head);

  /// Above the numbers of its lines in the stream. Set by the owner when it is closed.
  uint64_t end_seq = 0;
  /// clock_.monotonic() when the first line arrived. Kept by the owner.
  std::chrono::nanoseconds born{0};

 private:
  const size_t text_capacity_;
  const size_t line_capacity_;
  size_t sets_capacity_;
  std::unique_ptr<char[]> text_;
  std::unique_ptr<int64_t[]> times_ns_;
  std::unique_ptr<uint32_t[]> ends_;
  std::unique_ptr<uint32_t[]> set_of_;
  std::unique_ptr<std::vector<signals::Label>[]> sets_;  ///< from the first metadata on; sets_[0] is the empty set
  std::atomic<uint32_t> published_sets_{0};
  std::atomic<uint32_t> published_{0};
  std::atomic<int64_t> from_ns_{INT64_MAX};
  std::atomic<int64_t> to_ns_{INT64_MIN};
  std::atomic<bool> sorted_{true};
  size_t size_ = 0;
  size_t text_bytes_ = 0;
  size_t sets_size_ = 0;
  std::unique_ptr<uint64_t[]> hash_of_;
  std::optional<boost::unordered_flat_set<uint64_t>> hashes_;  ///< all of hash_of_, from the first look that needs it
};

/// The lines of a snapshot ascending by time, equal times in the order of arrival.
void sort_lines(const LogHead::Snapshot& snapshot, LineColumns& out);

}  // namespace monitorai::store
