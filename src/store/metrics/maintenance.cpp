// Checkpoints, and how the store begins and ends its upkeep.

#include "base/log.h"
#include "store/metrics/metric_store.h"

namespace monitorai::store {

void MetricStore::start_background() {
  if (settings_.background)
    threads_.start({"metrics", log_, settings_.sync_interval, [this] { return sync(); }, [this] { return maintain(); }});
}

MetricStore::~MetricStore() {
  threads_.stop();
  // A clean stop leaves nothing to replay; if it cannot, the log has everything.
  if (settings_.background)
    if (const auto flushed = flush(); !flushed)
      log::warn("cannot flush at the end; the batch log keeps what is open", {{"error", flushed.error().message}});
  if (const auto synced = sync(); !synced) log::error(synced.error().message);
}

Result<void> MetricStore::checkpoint() {
  const std::lock_guard one(maintenance_mutex_);
  return checkpoint_now();
}

std::vector<Slot> MetricStore::all_slots() const {
  const std::shared_lock lock(head_.index_mutex);
  return head_.index.select({}, {});
}

Result<void> MetricStore::checkpoint_now() {
  const auto failed = [&](const Error& error) {
    const std::lock_guard lock(counters_mutex_);
    ++counters_.checkpoint_failures;
    return wrap(error, "cannot write checkpoint");
  };
  CheckpointHeader header;
  std::vector<Slot> slots;
  size_t pairs = 0;
  uint64_t covered = 0;
  const Reclaimer::Pin pin = head_.reclaimer.pin();
  {
    const std::lock_guard lock(write_mutex_);
    checkpoint_wanted_ = false;
    auto segment = log_.begin_segment();
    if (!segment) {
      checkpoint_wanted_ = true;
      return failed(segment.error());
    }
    header = {*segment, next_id_};
    covered = log_backlog_;
    const std::shared_lock index_lock(head_.index_mutex);
    slots = head_.index.select({}, {});
    pairs = head_.index.pair_count();
  }
  // What is in partitions need not be in the checkpoint; what they cannot take now goes into it.
  if (const auto persisted = persist(); !persisted) log::error(persisted.error().message);
  if (auto written = write_checkpoint(header, slots, pairs); !written) {
    checkpoint_wanted_ = true;
    return failed(written.error());
  }
  if (auto removed = log_.remove_before(header.first_segment); !removed) return failed(removed.error());
  {
    const std::lock_guard lock(write_mutex_);
    log_backlog_ -= covered;
  }
  const std::lock_guard lock(counters_mutex_);
  ++counters_.checkpoints;
  return {};
}

Result<void> MetricStore::write_checkpoint(const CheckpointHeader& header, std::span<const Slot> slots, size_t pairs) {
  MAI_TRY_ASSIGN(auto writer, CheckpointWriter::begin(settings_.folder / "checkpoint", files_, header));
  std::vector<bool> used(pairs);
  for (const Slot slot : slots)
    for (const PairId pair : head_.series.pairs(slot)) used[pair] = true;
  for (PairId i = 0; i < pairs; ++i) {
    // Pairs of removed series keep their number and lose their text: a restart forgets them.
    if (used[i])
      MAI_TRY(writer.pair(head_.index.name(i), head_.index.value(i)));
    else
      MAI_TRY(writer.pair({}, {}));
  }
  std::vector<ChunkBytes> chunks;
  for (const Slot slot : slots) {
    const Series& record = head_.series[slot];
    // A sample that comes while this is written is in the log behind the checkpoint. As `newest` it would hide itself there, so newest is
    // read before the block, and taken from the block where that has samples.
    signals::Sample newest = record.newest();
    const HeadBlock* block = record.head.load(std::memory_order_acquire);
    chunks.clear();
    Chunk::Ptr tail;
    if (newest.time.ms == kNever) continue;
    if (block != nullptr) {
      const auto all = block->chunks();
      for (size_t i = block->persisted(); i < all.size(); ++i)
        chunks.push_back({i < block->sealed(), all[i]->count(), all[i]->times(), all[i]->values()});
      if (const auto samples = block->tail(); !samples.empty()) {
        tail = Chunk::make(samples);
        chunks.push_back({false, tail->count(), tail->times(), tail->values()});
        newest = samples.back();
      } else if (!all.empty()) {
        signals::Columns last;
        MAI_TRY(all.back()->read(last));
        newest = {{last.times_ms.back()}, last.values.back()};
      }
    }
    MAI_TRY(writer.series({record.id, head_.series.pairs(slot), newest, record.registered_day, chunks}));
  }
  BatchEncoder encoder;
  encoder.begin();
  for (const auto& [slot, samples] : head_.asides.unpersisted_late()) {
    std::vector<signals::Sample> late;
    for (size_t i = 0; i < samples.times_ms.size(); ++i) late.push_back({{samples.times_ms[i]}, samples.values[i]});
    encoder.samples(head_.series[slot].id, {}, late);
  }
  for (const auto& [slot, ranges] : head_.asides.all_tombstones())
    for (const TimeRange& range : ranges) encoder.tombstone(head_.series[slot].id, range);
  for (const Exemplars::Entry& entry : exemplars_.all()) {
    std::vector<signals::LabelView> labels;
    for (const signals::Label& label : entry.exemplar.labels) labels.push_back({label.name, label.value});
    encoder.exemplar(entry.id, {labels, entry.exemplar.value, *entry.exemplar.time});
  }
  for (const signals::Metadata& family : families_.all()) encoder.family({family.family, family.type, family.help, family.unit});
  if (!encoder.empty()) MAI_TRY(writer.batch(encoder.payload()));
  MAI_TRY_ASSIGN(const uint64_t bytes, writer.finish());
  checkpoint_bytes_ = bytes;
  return {};
}

}  // namespace monitorai::store
