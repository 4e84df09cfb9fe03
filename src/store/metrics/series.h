#pragma once
// The table of series: one cache line each, found by the hash of its labels, numbered by slot. Written by whoever holds the write lock;
// readers who learnt a slot from the label index may read its record for as long as they hold a pin.

#include <atomic>
#include <span>
#include <vector>

#include "store/metrics/head_block.h"
#include "store/metrics/label_index.h"
#include "store/metrics/series_hash.h"

namespace monitorai::store {

/// The number of a series on disk: never used again, unlike its slot in memory.
using StorageId = uint32_t;

inline constexpr int64_t kNever = INT64_MIN;

struct alignas(64) Series {
  SeriesHash hash;
  std::atomic<HeadBlock*> head{nullptr};
  std::atomic<uint32_t> newest_version{0};  ///< odd while the writer changes the two below
  uint32_t batch = 0;                       ///< the last batch that wrote to it
  std::atomic<int64_t> newest_ms{kNever};
  std::atomic<double> newest_value{0};
  uint32_t labels_at = 0;
  StorageId id = 0;
  int32_t registered_day = INT32_MIN;  ///< the last partition that has its labels
  uint16_t label_count = 0;
  std::atomic<uint8_t> aside{0};  ///< kHasLate, kHasTombstones
  bool logged = false;            ///< the batch log or the checkpoint knows its labels

  static constexpr uint8_t kHasLate = 1;
  static constexpr uint8_t kHasTombstones = 2;

  /// Thread: the writer.
  void set_newest(signals::Sample sample) {
    const uint32_t version = newest_version.load(std::memory_order_relaxed);
    newest_version.store(version + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    newest_ms.store(sample.time.ms, std::memory_order_relaxed);
    newest_value.store(sample.value, std::memory_order_relaxed);
    newest_version.store(version + 2, std::memory_order_release);
  }
  /// Thread: any. Time kNever when the series has no sample yet.
  signals::Sample newest() const {
    for (;;) {
      const uint32_t before = newest_version.load(std::memory_order_acquire);
      const signals::Sample sample{{newest_ms.load(std::memory_order_relaxed)}, newest_value.load(std::memory_order_relaxed)};
      std::atomic_thread_fence(std::memory_order_acquire);
      if ((before & 1) == 0 && newest_version.load(std::memory_order_relaxed) == before) return sample;
    }
  }
};
static_assert(sizeof(Series) == 64, "one cache line a series");

class SeriesTable {
 public:
  static constexpr Slot kNone = UINT32_MAX;
  static constexpr size_t kSlotsMax = size_t{4096} * 8192;

  SeriesTable() : buckets_(1024) {}
  ~SeriesTable();

  Series& operator[](Slot slot) { return series_[slot]; }
  const Series& operator[](Slot slot) const { return series_[slot]; }
  /// Slots ever used; those of removed series among them.
  size_t slots() const { return series_.size(); }
  size_t count() const { return count_; }
  bool room() const { return !free_.empty() || series_.size() < kSlotsMax; }

  Slot find(SeriesHash hash) const;
  /// Asks the processor for the lines that find() and a write will touch: the table's, then the record's.
  void prefetch(SeriesHash hash) const { __builtin_prefetch(&buckets_[hash.low & (buckets_.size() - 1)]); }
  /// Once that line is there.
  void prefetch_record(SeriesHash hash) const {
    if (const Slot slot = buckets_[hash.low & (buckets_.size() - 1)].slot_plus_one; slot != 0) prefetch(slot - 1);
  }
  void prefetch(Slot slot) const { __builtin_prefetch(&series_[slot], 1); }
  /// A series that find() does not find.
  Slot add(SeriesHash hash, StorageId id, std::span<const PairId> pairs);
  /// Takes it out of the table. Its slot must not be used again before give_back(): readers may know it.
  void remove(Slot slot);
  void give_back(Slot slot);

  std::span<const PairId> pairs(Slot slot) const {
    const Series& series = series_[slot];
    return series.label_count == 0 ? std::span<const PairId>{} : std::span(&pairs_[series.labels_at], series.label_count);
  }

 private:
  struct Bucket {
    Slot slot_plus_one = 0;
    uint32_t tag = 0;
  };
  static uint32_t tag(SeriesHash hash) { return static_cast<uint32_t>(hash.low >> 32); }
  void put(std::vector<Bucket>& buckets, SeriesHash hash, Slot slot);

  StableVector<Series, 4096, 8192> series_;
  StableVector<PairId, 16384, 16384> pairs_;
  std::vector<Bucket> buckets_;  ///< linear probing; a power of two
  std::vector<Slot> free_;
  size_t count_ = 0;
};

}  // namespace monitorai::store
