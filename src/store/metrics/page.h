#pragma once
// A page: the chunks of some neighbouring series, the unit that partitions store. Chunks whose times are those of the chunk before share
// them, which is the rule for series that were scraped together. Encoder and decoder; grammar in docs/formats/metrics-partition.md.
// A parsed page is immutable.

#include <string>
#include <string_view>
#include <vector>

#include "store/metrics/chunk.h"
#include "store/metrics/series.h"

namespace monitorai::store {

/// A page is closed behind the series with which it reaches this size.
inline constexpr size_t kPageBytes = 8 << 10;

class PageBuilder {
 public:
  /// Ids ascend; chunks of one series stand together.
  void add(StorageId id, const Chunk& chunk);
  bool empty() const { return count_ == 0; }
  bool full() const { return bodies_.size() >= kPageBytes; }
  StorageId first() const { return first_; }
  StorageId last() const { return last_; }
  /// The page, and begins the next.
  std::string finish();

 private:
  std::string index_;
  std::string bodies_;
  std::string last_times_;
  StorageId first_ = 0;
  StorageId last_ = 0;
  int64_t last_from_ms_ = 0;
  int64_t last_to_ms_ = 0;
  size_t count_ = 0;
};

class Page {
 public:
  /// Code::corrupt when the checksum or the index is wrong.
  static Result<Page> parse(std::string bytes);

  struct Entry {
    StorageId id = 0;
    uint32_t count = 0;
    int64_t from_ms = 0;
    int64_t to_ms = 0;
    std::string_view times;
    std::string_view values;
  };
  std::span<const Entry> entries() const { return entries_; }
  /// The chunks of one series.
  std::span<const Entry> find(StorageId id) const;
  /// Merges the samples of one series within the range into `out` from `begin` on.
  Result<void> read(StorageId id, TimeRange range, signals::Columns& out, size_t begin) const;

 private:
  std::unique_ptr<const std::string> bytes_;
  std::vector<Entry> entries_;
};

}  // namespace monitorai::store
