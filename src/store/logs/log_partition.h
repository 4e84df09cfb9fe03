#pragma once
// A partition of the log store: the blocks of one stretch of time (a day) in one SQLite file, appended in batches in the order of streams.
// What is needed to decide whether a block must be read is not in its row but in a directory (in memory) and in filters (read in groups,
// kept in a cache). Schema: docs/formats/log-partition.md.
//
// Threads: reads from any; write() from one upkeep at a time.

#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>

#include "store/disk/partition_file.h"
#include "store/disk/sqlite.h"
#include "store/logs/log_record.h"

namespace monitorai::store {

/// One block in the directory.
struct BlockEntry {
  int64_t key = 0;      ///< of its row; rising in the order of writing
  uint64_t end_seq = 0; ///< above the numbers of all its lines, and of all lines of its stream and partition before it
  int64_t from_ns = 0;  ///< of its first line
  int64_t to_ns = 0;    ///< of its last line, inclusive
  int64_t max_to_ns = 0; ///< of this block and all before it in its stream and partition; set by the stream
  uint32_t lines = 0;
  uint32_t text_bytes = 0;
  int64_t filters = 0;      ///< key of the group of filters that has its own
  uint32_t filter_at = 0;   ///< in that group
};

/// Groups of filters in memory, the least recently used leaves first. Thread-safe.
class FilterCache {
 public:
  explicit FilterCache(uint64_t bytes_max) : bytes_max_(bytes_max) {}
  using Key = std::pair<const void*, int64_t>;  ///< partition and group
  using Group = std::shared_ptr<const std::string>;

  Group find(Key key);
  void keep(Key key, Group group);
  void forget(const void* partition);
  uint64_t bytes() const;

 private:
  struct Kept {
    Key key;
    Group group;
  };
  const uint64_t bytes_max_;
  mutable std::mutex mutex_;
  std::list<Kept> used_;  ///< most recently used first
  std::map<Key, std::list<Kept>::iterator> by_key_;
  uint64_t bytes_ = 0;
};

class LogPartition final : public PartitionFile {
 public:
  struct Item {
    StreamId stream = 0;
    const signals::Labels* labels = nullptr;
    BlockEntry entry;  ///< key, filters and filter_at are given by write()
    std::string body;
    std::string filter;
  };
  using Visit = std::function<void(StreamId, const BlockEntry&)>;
  using VisitStream = std::function<void(StreamId, std::span<const signals::LabelView>)>;

  /// Opens or creates `folder`/logs.db. Both times in milliseconds; the end is excluded.
  static Result<std::shared_ptr<LogPartition>> open(std::filesystem::path folder, int64_t begin_ms, int64_t end_ms,
                                                    std::shared_ptr<FilterCache> cache);
  ~LogPartition();

  /// Items in the order of streams, all in one transaction that is durable when this returns; completes their entries.
  Result<void> write(std::span<Item> items);

  /// All streams, then all blocks in the order of writing. Code::corrupt when the directory cannot be.
  Result<void> visit(const VisitStream& visit_stream, const Visit& visit_block) const;
  /// The encoded block of an entry.
  Result<void> read_body(const BlockEntry& entry, std::string& out) const;
  /// The group of filters of an entry; its own begins at entry.filter_at.
  Result<FilterCache::Group> read_filters(const BlockEntry& entry) const;

 private:
  struct Reader {
    Database database;
    Statement body;
    Statement filters;
  };
  LogPartition(std::filesystem::path folder, int64_t begin_ms, int64_t end_ms, std::shared_ptr<FilterCache> cache)
      : PartitionFile(std::move(folder), begin_ms, end_ms), cache_(std::move(cache)) {}
  Result<void> load();
  Result<void> insert(std::span<Item> items, std::map<int64_t, FilterCache::Group>& groups);
  Result<std::unique_ptr<Reader>> take_reader() const;

  const std::shared_ptr<FilterCache> cache_;
  std::optional<Database> writer_;
  int64_t next_key_ = 1;
  int64_t next_group_ = 1;
  std::map<StreamId, bool> known_;  ///< streams whose labels are in the file
  mutable std::mutex readers_mutex_;
  mutable std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace monitorai::store
