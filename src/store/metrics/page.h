#pragma once
// A page: the chunks of some neighbouring series, the unit that partitions store. Times that several chunks have are stored once, which is
// the rule for series that were scraped together. Encoder and decoder; grammar in docs/formats/metrics-partition.md. A parsed page is
// immutable.

#include <string>
#include <string_view>
#include <vector>

#include "store/metrics/chunk.h"
#include "store/metrics/series.h"

namespace monitorai::store {

/// A page is closed before the series with which it would grow beyond this. SQLite puts 1,003 bytes of a row this large into a page of its
/// tree and the rest into pages of its own, 8,188 bytes each: so much fills two of them and leaves room for the row's header.
inline constexpr size_t kPageBytes = 1003 + 2 * 8188 - 16;

class PageBuilder {
 public:
  /// Chunks of one series, those of a series in the order of time; ids never descend. False, and nothing was added, when the page would
  /// be larger than kPageBytes with them: finish it first. An empty page takes any series.
  bool add(StorageId id, std::span<const Chunk* const> chunks);
  bool empty() const { return count_ == 0; }
  StorageId first() const { return first_; }
  /// The page, and begins the next.
  std::string finish();

 private:
  static constexpr size_t kOverheadBytes = 8 + 5 + 5;  ///< the frame's header, the first id, the count
  struct Times {
    std::string bytes;
    int64_t from_ms;
    int64_t to_ms;
  };
  void add(StorageId id, const Chunk& chunk);
  /// Which of times_ are those of the chunk; times_.size() when none are.
  size_t find_times(const Chunk& chunk) const;

  std::string index_;
  std::string bodies_;
  std::vector<Times> times_;  ///< all that occur in the page, in the order of their first chunks
  size_t last_times_ = 0;     ///< of the chunk before
  StorageId first_ = 0;
  StorageId last_ = 0;
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
