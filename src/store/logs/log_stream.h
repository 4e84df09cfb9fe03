#pragma once
// A stream: its labels, the open head, closed heads that wait for their partition, and the directory of the blocks in partitions.
//
// Threads: what is under `mutex` is changed under it by the holder of the store's write lock or by upkeep, and read under it by anybody,
// each time for the copy of some pointers. The rest belongs to the holder of the write lock.

#include <mutex>

#include "store/logs/log_hash.h"
#include "store/logs/log_head.h"
#include "store/logs/log_partition.h"

namespace monitorai::store {

/// The blocks of one stream in one partition, in the order of writing. Entries are only added, under the stream's mutex.
struct DayBlocks {
  std::shared_ptr<LogPartition> partition;
  std::vector<BlockEntry> entries;
  int64_t from_ns = INT64_MAX;
  int64_t to_ns = INT64_MIN;

  void add(BlockEntry entry) {
    from_ns = std::min(from_ns, entry.from_ns);
    to_ns = std::max(to_ns, entry.to_ns);
    entry.max_to_ns = to_ns;
    entries.push_back(entry);
  }
  uint64_t end_seq() const { return entries.empty() ? 0 : entries.back().end_seq; }
};

struct LogStream {
  LogStream(StreamId of, signals::Labels with, StreamHash as) : id(of), labels(std::move(with)), hash(as) {}
  const StreamId id;
  const signals::Labels labels;
  const StreamHash hash;

  mutable std::mutex mutex;
  std::shared_ptr<LogHead> head;                  ///< null when no line is open
  std::vector<std::shared_ptr<LogHead>> waiting;  ///< closed, oldest first
  std::vector<std::shared_ptr<DayBlocks>> days;   ///< oldest first

  /// Needs the mutex.
  DayBlocks& day_of(const std::shared_ptr<LogPartition>& partition);

  size_t head_text_bytes = 0;     ///< for which the next head has room: half of what the last one had
  size_t head_lines = 0;
  uint64_t next_seq = 0;          ///< the number of the next line
  int64_t newest_ns = INT64_MIN;  ///< of all lines
  uint64_t epoch = 0;             ///< of the batch log in which it was defined
  uint64_t batch = 0;             ///< the last write that named it
};

/// A stream at one moment.
struct StreamView {
  struct Day {
    std::shared_ptr<const DayBlocks> blocks;
    size_t count = 0;
    int64_t from_ns = 0;
    int64_t to_ns = 0;
  };
  std::shared_ptr<const LogStream> stream;
  std::vector<LogHead::Snapshot> memory;  ///< in the order of arrival
  std::vector<Day> days;

  static StreamView of(std::shared_ptr<const LogStream> stream);
  /// False when no line can lie in the range.
  bool touches(signals::LogRange range) const;
  /// The entries of a day that touch the range.
  std::vector<BlockEntry> entries(const Day& day, signals::LogRange range) const;
};

}  // namespace monitorai::store
