#include "store/metrics/series.h"

namespace monitorai::store {

SeriesTable::~SeriesTable() {
  for (size_t slot = 0; slot < series_.size(); ++slot) {
    const HeadBlock* head = series_[slot].head.load(std::memory_order_relaxed);
    if (head == nullptr) continue;
    for (const Chunk* chunk : head->chunks()) Chunk::Free{}(chunk);
    HeadBlock::free(head);
  }
}

Slot SeriesTable::find(SeriesHash hash) const {
  const size_t mask = buckets_.size() - 1;
  for (size_t at = hash.low & mask; buckets_[at].slot_plus_one != 0; at = (at + 1) & mask) {
    const Slot slot = buckets_[at].slot_plus_one - 1;
    if (buckets_[at].tag == tag(hash) && series_[slot].hash == hash) return slot;
  }
  return kNone;
}

void SeriesTable::put(std::vector<Bucket>& buckets, SeriesHash hash, Slot slot) {
  const size_t mask = buckets.size() - 1;
  size_t at = hash.low & mask;
  while (buckets[at].slot_plus_one != 0) at = (at + 1) & mask;
  buckets[at] = {slot + 1, tag(hash)};
}

Slot SeriesTable::add(SeriesHash hash, StorageId id, std::span<const PairId> pairs) {
  if ((count_ + 1) * 4 > buckets_.size() * 3) {
    std::vector<Bucket> wider(buckets_.size() * 2);
    for (const Bucket& bucket : buckets_)
      if (bucket.slot_plus_one != 0) put(wider, series_[bucket.slot_plus_one - 1].hash, bucket.slot_plus_one - 1);
    buckets_.swap(wider);
  }
  Slot slot;
  if (free_.empty()) {
    slot = static_cast<Slot>(series_.grow());
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Series& series = series_[slot];
  series.hash = hash;
  series.id = id;
  // A slot that is used again keeps its run of labels where the new ones fit: removed series must not leak their room.
  if (series.label_count < pairs.size()) series.labels_at = static_cast<uint32_t>(pairs_.grow(std::max<size_t>(pairs.size(), 1)));
  series.label_count = static_cast<uint16_t>(pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) pairs_[series.labels_at + i] = pairs[i];
  put(buckets_, hash, slot);
  ++count_;
  return slot;
}

void SeriesTable::remove(Slot slot) {
  const size_t mask = buckets_.size() - 1;
  size_t at = series_[slot].hash.low & mask;
  while (buckets_[at].slot_plus_one != slot + 1) at = (at + 1) & mask;
  // Linear probing without gravestones: what follows moves up where it may.
  for (size_t next = (at + 1) & mask; buckets_[next].slot_plus_one != 0; next = (next + 1) & mask) {
    const size_t home = series_[buckets_[next].slot_plus_one - 1].hash.low & mask;
    if (((next - home) & mask) >= ((next - at) & mask)) {
      buckets_[at] = buckets_[next];
      at = next;
    }
  }
  buckets_[at] = {};
  --count_;
}

void SeriesTable::give_back(Slot slot) {
  Series& series = series_[slot];
  series.hash = {};
  series.batch = 0;
  series.set_newest({{kNever}, 0});
  series.registered_day = INT32_MIN;
  series.aside.store(0);
  series.logged = false;
  free_.push_back(slot);
}

}  // namespace monitorai::store
