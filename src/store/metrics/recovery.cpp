#include "store/metrics/recovery.h"

#include "base/log.h"
#include "store/metrics/metric_store.h"

namespace monitorai::store {

using signals::LabelView;
using signals::Sample;

namespace {

constexpr PairId kUnusedPair = UINT32_MAX;

}  // namespace

Slot Recovery::add(StorageId id, std::span<const LabelView> labels, std::span<const PairId> pairs) {
  const SeriesHash hash = series_hash(labels, hash_seed_);
  Slot slot = head_.series.find(hash);
  if (slot == SeriesTable::kNone) {
    slot = head_.series.add(hash, id, pairs);
    head_.index.add(slot, pairs);
    head_.series[slot].logged = true;
  }
  next_id_ = std::max(next_id_, id + 1);
  slots_.set(id, slot);
  return slot;
}

void Recovery::on_header(const CheckpointHeader& header) {
  header_ = header;
  next_id_ = std::max(next_id_, header.next_id);
}

void Recovery::on_pair(std::string_view name, std::string_view value) {
  pair_numbers_.push_back(name.empty() ? kUnusedPair : head_.index.intern(name, value));
}

Result<void> Recovery::on_series(const CheckpointSeries& series) {
  PairId pairs[kLabelsMax];
  LabelView labels[kLabelsMax];
  if (series.pairs.size() > kLabelsMax) return Error{Code::corrupt, fmt::format("series {} has {} labels", series.id, series.pairs.size())};
  size_t n = 0;
  for (const PairId number : series.pairs) {
    if (number >= pair_numbers_.size() || pair_numbers_[number] == kUnusedPair)
      return Error{Code::corrupt, fmt::format("series {} has a label that is not there", series.id)};
    pairs[n] = pair_numbers_[number];
    labels[n] = {head_.index.name(pairs[n]), head_.index.value(pairs[n])};
    ++n;
  }
  Series& record = head_.series[add(series.id, {labels, n}, {pairs, n})];
  if (record.head.load(std::memory_order_relaxed) != nullptr) return Error{Code::corrupt, fmt::format("series {} occurs twice", series.id)};
  int64_t to_ms = kNever;
  for (const ChunkBytes& bytes : series.chunks) {
    MAI_TRY_ASSIGN(Chunk::Ptr chunk, Chunk::from_bytes(bytes.count, bytes.times, bytes.values));
    if (chunk->from_ms() <= to_ms || chunk->to_ms() > series.newest.time.ms)
      return Error{Code::corrupt, fmt::format("the chunks of series {} are not in order", series.id)};
    to_ms = chunk->to_ms();
    restore_chunk(record, std::move(chunk), bytes.sealed, rules_);
  }
  record.set_newest(series.newest);
  record.registered_day = series.registered_day;
  if (head_.reclaimer.retired() > 0) head_.reclaimer.collect();
  return {};
}

Result<void> Recovery::on_batch(std::string_view payload) { return decode_batch(payload, *this); }

void Recovery::on_series(StorageId id, std::span<const LabelView> labels) {
  PairId pairs[kLabelsMax];
  if (labels.size() > kLabelsMax) return;
  for (size_t i = 0; i < labels.size(); ++i) pairs[i] = head_.index.intern(labels[i].name, labels[i].value);
  add(id, labels, {pairs, labels.size()});
}

void Recovery::add_late(Slot slot, const Sample& sample) {
  Series& record = head_.series[slot];
  if (const HeadBlock* block = record.head.load(std::memory_order_relaxed)) {
    signals::Columns columns;
    if (read_head(*block, {sample.time, sample.time}, columns) && !columns.times_ms.empty()) return;
  }
  head_.asides.add_late(slot, sample);
  record.aside.fetch_or(Series::kHasLate, std::memory_order_relaxed);
}

void Recovery::on_samples(StorageId id, std::span<const Sample> in_order, std::span<const Sample> late) {
  const Slot slot = slots_.find(id);
  if (slot == SeriesTable::kNone) {
    orphans_ += in_order.size() + late.size();
    return;
  }
  Series& record = head_.series[slot];
  for (const Sample& sample : in_order)
    if (sample.time.ms > record.newest_ms.load(std::memory_order_relaxed)) append_to_head(record, sample, rules_);
  for (const Sample& sample : late) {
    if (sample.time.ms > record.newest_ms.load(std::memory_order_relaxed))
      append_to_head(record, sample, rules_);
    else
      add_late(slot, sample);
  }
  if (head_.reclaimer.retired() > 4096) head_.reclaimer.collect();
}

void Recovery::on_exemplar(StorageId id, const signals::ExemplarView& exemplar) {
  if (const Slot slot = slots_.find(id); slot != SeriesTable::kNone) exemplars_.add(slot, id, exemplar);
}

void Recovery::on_tombstone(StorageId id, TimeRange range) {
  const Slot slot = slots_.find(id);
  if (slot == SeriesTable::kNone) return;
  head_.asides.add_tombstone(slot, range);
  head_.series[slot].aside.fetch_or(Series::kHasTombstones, std::memory_order_relaxed);
}

void Recovery::note_newest(StorageId id, Sample sample) {
  const Slot slot = slots_.find(id);
  if (slot != SeriesTable::kNone && head_.series[slot].newest_ms.load(std::memory_order_relaxed) < sample.time.ms)
    head_.series[slot].set_newest(sample);
}

/// Without a checkpoint: what partitions say of their series, and the newest sample of each.
Result<void> MetricStore::rebuild_from_partitions(Recovery& recovery) {
  const auto partitions = partitions_.list();
  for (auto partition = partitions->rbegin(); partition != partitions->rend(); ++partition) {
    PageCache cache;
    const auto take = [&](StorageId id, std::span<const LabelView> labels) -> Result<void> {
      recovery.on_series(id, labels);
      signals::Columns columns;
      MAI_TRY((*partition)->read(id, {{INT64_MIN}, {INT64_MAX}}, columns, 0, cache));
      if (!columns.times_ms.empty()) recovery.note_newest(id, {{columns.times_ms.back()}, columns.values.back()});
      return {};
    };
    MAI_TRY((*partition)->visit_series(take));
  }
  return {};
}

Result<void> MetricStore::recover() {
  MAI_TRY(partitions_.open());
  const std::filesystem::path path = settings_.folder / "checkpoint";
  Recovery recovery(head_, rules_, exemplars_, families_, hash_seed_);
  if (const auto whole = read_checkpoint(path, files_, recovery); !whole) {
    if (whole.error().code == Code::corrupt) {
      log::error("the checkpoint is damaged and was set aside: series come from the partitions, newest samples from the log alone",
                 {{"error", whole.error().message}});
      MAI_TRY(files_.rename(path, path.native() + ".damaged"));
    } else if (whole.error().code != Code::not_found) {
      return whole.error();
    }
    MAI_TRY(rebuild_from_partitions(recovery));
  }
  MAI_TRY_ASSIGN(replayed_, log_.open(recovery.header().first_segment, into(recovery)));
  next_id_ = recovery.next_id();
  // The segments of the last process may not have been synced: what they hold is made durable anew.
  checkpoint_wanted_ = replayed_.batches > 0;
  // Memory holds nothing of what only partitions have.
  const auto partitions = partitions_.list();
  for (const auto& partition : *partitions)
    if (const TimeRange samples = partition->samples(); samples.from <= samples.to)
      head_.horizon_ms = std::max(head_.horizon_ms.load(), samples.to.ms + 1);
  // Where everything would be too old it is more likely the clock that is wrong.
  int64_t newest_ms = kNever;
  for (const Slot slot : all_slots()) newest_ms = std::max(newest_ms, head_.series[slot].newest_ms.load(std::memory_order_relaxed));
  if (newest_ms < (clock_.now() - settings_.retention).ms) clock_watch_.distrust();
  if (recovery.orphans() > 0 || replayed_.damaged > 0)
    log::error("the batch log was damaged: some samples are lost",
               {{"samples_without_series", recovery.orphans()}, {"batches", replayed_.damaged}});
  return {};
}

}  // namespace monitorai::store
