#pragma once
// What one accepted batch is on disk: a list of entries (new series, samples, exemplars, families, deletions). Encoder and decoder of
// the payloads of the batch log and of parts of the checkpoint. Grammar: docs/formats/batch-log.md.

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "signals/samples.h"
#include "store/disk/batch_log.h"
#include "store/metrics/series.h"

namespace monitorai::store {

class BatchEncoder {
 public:
  void begin();
  bool empty() const { return out_.empty(); }
  std::string_view payload() const { return out_; }

  /// A series must be defined, in this batch or an earlier one, before its samples.
  void series(StorageId id, std::span<const signals::LabelView> labels);
  /// In order: newer than all before; late: not.
  void samples(StorageId id, std::span<const signals::Sample> in_order, std::span<const signals::Sample> late);
  void exemplar(StorageId id, const signals::ExemplarView& exemplar);
  void family(const signals::MetadataWrite& family);
  void tombstone(StorageId id, TimeRange range);

 private:
  void put_id(StorageId id);
  void put_sample(const signals::Sample& sample);
  std::string out_;
  StorageId last_id_ = 0;
  int64_t last_ms_ = 0;
};

/// Who reads a batch. Views live until the call returns.
class BatchVisitor {
 public:
  virtual ~BatchVisitor() = default;
  virtual void on_series(StorageId id, std::span<const signals::LabelView> labels) = 0;
  virtual void on_samples(StorageId id, std::span<const signals::Sample> in_order, std::span<const signals::Sample> late) = 0;
  virtual void on_exemplar(StorageId id, const signals::ExemplarView& exemplar) = 0;
  virtual void on_family(const signals::MetadataWrite& family) = 0;
  virtual void on_tombstone(StorageId id, TimeRange range) = 0;
};

/// Code::corrupt at the first entry that is none; those before it have been visited.
Result<void> decode_batch(std::string_view payload, BatchVisitor& visitor);
/// What a batch log of metrics is opened with. The visitor must outlive it.
inline BatchReader into(BatchVisitor& visitor) {
  return [&visitor](std::string_view payload) { return decode_batch(payload, visitor); };
}

/// Begins each segment of a metric store's batch log.
inline constexpr std::string_view kBatchLogMagic = "MAIBLOG1";

}  // namespace monitorai::store
