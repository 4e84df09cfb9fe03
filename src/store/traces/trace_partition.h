#pragma once
// A partition of the trace store: the blocks of spans that began in one stretch of time (a day), in one SQLite file. Their bounds and
// filters are in memory. Schema: docs/formats/trace-partition.md.
//
// Threads: reads from any; write() from one upkeep at a time, publish() with it.

#include <atomic>
#include <mutex>
#include <optional>

#include "base/threads.h"
#include "store/disk/partition_file.h"
#include "store/disk/sqlite.h"
#include "store/traces/span_block.h"

namespace monitorai::store {

struct SpanBlockEntry {
  int64_t key = 0;
  int64_t from_ns = 0;
  int64_t to_ns = 0;  ///< inclusive
  int64_t duration_max_ns = 0;
  uint32_t spans = 0;
  uint32_t errors = 0;
  std::string filter;
};

class TracePartition final : public PartitionFile {
 public:
  using Directory = std::vector<std::shared_ptr<const SpanBlockEntry>>;  ///< in the order of writing

  /// Opens or creates `folder`/traces.db. Both times in milliseconds; the end is excluded.
  static Result<std::shared_ptr<TracePartition>> open(std::filesystem::path folder, int64_t begin_ms, int64_t end_ms);

  /// Spans of batches up to this generation are here as far as they belong here.
  uint64_t generation() const { return generation_.load(std::memory_order_relaxed); }

  /// All blocks in one transaction that is durable when this returns; readers see them after publish().
  Result<void> write(std::span<const EncodedBlock> blocks, uint64_t generation);
  void publish();
  std::shared_ptr<const Directory> directory() const { return directory_.read(); }
  /// The parts of a block: the index alone, or all. Code::corrupt marks the partition as damaged.
  Result<BlockBytes> read(const SpanBlockEntry& entry, bool whole) const;

 private:
  struct Reader {
    Database database;
    Statement index;
    Statement whole;
  };
  TracePartition(std::filesystem::path folder, int64_t begin_ms, int64_t end_ms) : PartitionFile(std::move(folder), begin_ms, end_ms) {}
  Result<void> load();
  Result<Directory> insert(std::span<const EncodedBlock> blocks, uint64_t generation);
  Result<std::unique_ptr<Reader>> take_reader() const;

  std::optional<Database> writer_;
  int64_t next_key_ = 1;
  Directory unpublished_;
  std::atomic<uint64_t> generation_{0};
  Published<Directory> directory_{std::make_shared<const Directory>()};
  mutable std::mutex readers_mutex_;
  mutable std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace monitorai::store
