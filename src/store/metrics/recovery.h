#pragma once
// Rebuilds the head from the checkpoint and the batch log. Both may tell the same sample twice: what is not newer than the newest of its
// series is there already. Used once, by MetricStore::open(), before any other thread knows the store.

#include "store/metrics/batch_record.h"
#include "store/metrics/checkpoint.h"
#include "store/metrics/exemplars.h"
#include "store/metrics/families.h"
#include "store/metrics/head.h"
#include "store/metrics/series_head.h"
#include "store/metrics/slot_of_id.h"

namespace monitorai::store {

class Recovery final : public BatchVisitor, public CheckpointVisitor {
 public:
  Recovery(Head& head, HeadRules& rules, Exemplars& exemplars, Families& families, uint64_t hash_seed)
      : head_(head), rules_(rules), exemplars_(exemplars), families_(families), hash_seed_(hash_seed) {}

  const CheckpointHeader& header() const { return header_; }
  /// A sample that a partition has: it may be the newest of its series.
  void note_newest(StorageId id, signals::Sample sample);
  /// Above every id that was seen.
  StorageId next_id() const { return next_id_; }
  /// Samples of series that nothing defines: their definition was damaged.
  uint64_t orphans() const { return orphans_; }

  void on_header(const CheckpointHeader& header) override;
  void on_pair(std::string_view name, std::string_view value) override;
  Result<void> on_series(const CheckpointSeries& series) override;
  Result<void> on_batch(std::string_view payload) override;

  void on_series(StorageId id, std::span<const signals::LabelView> labels) override;
  void on_samples(StorageId id, std::span<const signals::Sample> in_order, std::span<const signals::Sample> late) override;
  void on_exemplar(StorageId id, const signals::ExemplarView& exemplar) override;
  void on_family(const signals::MetadataWrite& family) override { families_.set(family); }
  void on_tombstone(StorageId id, TimeRange range) override;

 private:
  Slot add(StorageId id, std::span<const signals::LabelView> labels, std::span<const PairId> pairs);
  void add_late(Slot slot, const signals::Sample& sample);

  Head& head_;
  HeadRules& rules_;
  Exemplars& exemplars_;
  Families& families_;
  const uint64_t hash_seed_;
  CheckpointHeader header_;
  StorageId next_id_ = 1;
  uint64_t orphans_ = 0;
  SlotOfId slots_;
  std::vector<PairId> pair_numbers_;  ///< of the checkpoint's pairs, in the index
};

}  // namespace monitorai::store
