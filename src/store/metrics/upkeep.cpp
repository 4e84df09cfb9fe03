// Upkeep of the store: how samples move from memory to partitions, and how what is old leaves.

#include "base/log.h"
#include "store/metrics/metric_store.h"

namespace monitorai::store {

using signals::Columns;

namespace {

/// This many bytes of full chunks do not wait for the log to grow.
constexpr uint64_t kSealedBytesMax = 64 << 20;
/// A log of this size to which nothing was added for this long is turned into a checkpoint, for the disk's and the next start's sake.
constexpr std::chrono::seconds kIdleBeforeCheckpoint{60};
constexpr uint64_t kIdleLogBytes = 64 << 10;
/// What need not be done every second is done this often.
constexpr std::chrono::minutes kThoroughInterval{10};
/// A partition is left alone for this long after it was written, before it is compacted.
constexpr std::chrono::minutes kQuietBeforeCompaction{10};
/// A compacted day is read as a whole more often than in parts.
constexpr size_t kCompactedChunkSamples = 240;
/// How many series are changed under one hold of the write lock.
constexpr size_t kSeriesAtATime = 2000;

}  // namespace

Result<void> MetricStore::maintain() {
  const std::lock_guard one(maintenance_mutex_);
  std::optional<Error> first;
  const auto note = [&](const Result<void>& done) {
    if (!done && !first) first = done.error();
  };
  partitions_.set_damaged_aside();
  const bool clock_holds = clock_watch_.holds();
  const auto now = clock_.monotonic();
  uint64_t sealed;
  {
    const std::lock_guard lock(write_mutex_);
    sealed = rules_.sealed_bytes;
  }
  if (const uint64_t appended = log_.appended(); appended != appended_seen_) {
    appended_seen_ = appended;
    last_append_ = now;
  }
  const bool idle = now - last_append_ >= kIdleBeforeCheckpoint && log_.segment_bytes() >= kIdleLogBytes;
  const bool thorough = now - last_thorough_ >= kThoroughInterval;
  const bool grown = log_.segment_bytes() >= std::max(settings_.log_bytes_max, checkpoint_bytes_.load() / 2) || sealed >= kSealedBytesMax;
  if (thorough) {
    const int64_t quiet_ms = (clock_.now() - settings_.memory_window).ms;
    seal([&](const Series& series) { return series.newest_ms.load(std::memory_order_relaxed) < quiet_ms; });
  }
  // Chunks go to partitions only together with a checkpoint: what the log repeats after a crash would be written a second time.
  if (checkpoint_wanted_ || idle || grown || thorough) note(checkpoint_now());
  if (thorough) {
    last_thorough_ = now;
    evict((clock_.now() - settings_.memory_window).ms);
    remove_old(clock_holds);
    note(compact_finished());
  }
  give_back_slots();
  if (blocked_) {
    const std::lock_guard lock(write_mutex_);
    if (log_.probe()) blocked_ = false;
  }
  if (first) return *first;
  return {};
}

Result<void> MetricStore::flush() {
  const std::lock_guard one(maintenance_mutex_);
  seal([](const Series&) { return true; });
  MAI_TRY(persist());
  return checkpoint_now();
}

void MetricStore::seal(const std::function<bool(const Series&)>& which) {
  const std::vector<Slot> slots = all_slots();
  for (size_t at = 0; at < slots.size(); at += kSeriesAtATime) {
    const std::lock_guard lock(write_mutex_);
    for (size_t i = at; i < std::min(slots.size(), at + kSeriesAtATime); ++i)
      if (Series& series = head_.series[slots[i]]; which(series)) seal_head(series, rules_);
    head_.reclaimer.collect();
  }
}

Result<void> MetricStore::persist_day(int32_t day, std::vector<PersistItem>& items) {
  // A series' chunks stay in the order of time.
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  MAI_TRY_ASSIGN(const auto partition, partitions_.find_or_create(rules_.edges.begin_ms(day)));
  std::vector<Partition::Item> chunks;
  std::vector<StorageId> fresh;
  std::vector<Slot> fresh_slots;
  for (const PersistItem& item : items) {
    chunks.push_back({item.id, item.chunk});
    if (head_.series[item.slot].registered_day == day || (!fresh.empty() && fresh.back() == item.id)) continue;
    fresh.push_back(item.id);
    fresh_slots.push_back(item.slot);
  }
  MAI_TRY(partition->write(chunks, fresh, [&](size_t i) {
    std::vector<signals::LabelView> labels;
    for (const PairId pair : head_.series.pairs(fresh_slots[i])) labels.push_back({head_.index.name(pair), head_.index.value(pair)});
    return labels;
  }));
  for (const Slot slot : fresh_slots) head_.series[slot].registered_day = day;
  written_[day] = clock_.monotonic();
  const std::lock_guard lock(counters_mutex_);
  counters_.chunks_persisted += chunks.size();
  return {};
}

Result<void> MetricStore::persist() {
  uint64_t tried;
  {
    const std::lock_guard lock(write_mutex_);
    tried = chunk_backlog_ += std::exchange(rules_.sealed_bytes, 0);
  }
  const Reclaimer::Pin pin = head_.reclaimer.pin();
  std::map<int32_t, std::vector<PersistItem>> days;
  std::vector<std::pair<Slot, size_t>> sealed;  // how many chunks of each series
  for (const Slot slot : all_slots()) {
    const HeadBlock* block = head_.series[slot].head.load(std::memory_order_acquire);
    if (block == nullptr || block->persisted() == block->sealed()) continue;
    for (const Chunk* chunk : block->chunks().subspan(block->persisted(), block->sealed() - block->persisted()))
      days[rules_.edges.day(chunk->from_ms())].push_back({head_.series[slot].id, slot, chunk});
    sealed.emplace_back(slot, block->sealed());
  }
  const auto late = head_.asides.unpersisted_late();
  std::vector<Chunk::Ptr> late_chunks;
  for (const auto& [slot, samples] : late) {
    for (size_t at = 0; at < samples.times_ms.size();) {
      const int32_t day = rules_.edges.day(samples.times_ms[at]);
      size_t n = 1;
      while (at + n < samples.times_ms.size() && n < settings_.chunk.samples && rules_.edges.day(samples.times_ms[at + n]) == day) ++n;
      late_chunks.push_back(Chunk::make(std::span(samples.times_ms).subspan(at, n), std::span(samples.values).subspan(at, n)));
      days[day].push_back({head_.series[slot].id, slot, late_chunks.back().get()});
      at += n;
    }
  }
  for (auto& [day, items] : days) {
    if (const auto written = persist_day(day, items); !written) {
      // All of it stays in memory and is tried again; days that were written are written twice, which reads do not see.
      const std::lock_guard lock(counters_mutex_);
      ++counters_.persist_failures;
      return wrap(written.error(), "cannot move chunks to their partition");
    }
  }
  for (size_t at = 0; at < sealed.size(); at += kSeriesAtATime) {
    const std::lock_guard lock(write_mutex_);
    for (size_t i = at; i < std::min(sealed.size(), at + kSeriesAtATime); ++i)
      head_.series[sealed[i].first].head.load(std::memory_order_relaxed)->set_persisted(sealed[i].second);
  }
  for (const auto& [slot, samples] : late) head_.asides.mark_persisted(slot, samples);
  const std::lock_guard lock(write_mutex_);
  chunk_backlog_ -= tried;
  return {};
}

void MetricStore::evict(int64_t horizon_ms) {
  if (horizon_ms > head_.horizon_ms.load(std::memory_order_relaxed)) head_.horizon_ms.store(horizon_ms, std::memory_order_release);
  const std::vector<Slot> slots = all_slots();
  for (size_t at = 0; at < slots.size(); at += kSeriesAtATime) {
    const std::lock_guard lock(write_mutex_);
    for (size_t i = at; i < std::min(slots.size(), at + kSeriesAtATime); ++i) evict_from_head(head_.series[slots[i]], horizon_ms, rules_);
    head_.reclaimer.collect();
  }
  const std::lock_guard lock(write_mutex_);
  for (const Slot slot : head_.asides.evict_late(horizon_ms))
    head_.series[slot].aside.fetch_and(static_cast<uint8_t>(~Series::kHasLate), std::memory_order_release);
}

Partition::Edit MetricStore::without_deleted() const {
  std::map<StorageId, std::vector<TimeRange>> deleted;
  for (auto& [slot, ranges] : head_.asides.all_tombstones()) deleted[head_.series[slot].id] = ranges;
  return [deleted = std::move(deleted)](StorageId id, Columns& samples) {
    if (const auto found = deleted.find(id); found != deleted.end())
      for (const TimeRange& range : found->second) drop_range(samples, 0, range);
  };
}

Result<void> MetricStore::compact_finished() {
  const auto grace = std::max(settings_.out_of_order_window, settings_.memory_window) + kQuietBeforeCompaction;
  const auto partitions = partitions_.list();
  for (const auto& partition : *partitions) {
    if (clock_.now() - partition->range().to < grace || partition->is_compact()) continue;
    if (const auto written = written_.find(rules_.edges.day(partition->range().from.ms));
        written != written_.end() && clock_.monotonic() - written->second < kQuietBeforeCompaction)
      continue;
    MAI_TRY(partition->compact(kCompactedChunkSamples, without_deleted()));
    const std::lock_guard lock(counters_mutex_);
    ++counters_.compactions;
  }
  return {};
}

void MetricStore::remove_old(bool by_age) {
  const int64_t oldest_ms = by_age ? (clock_.now() - settings_.retention).ms : INT64_MIN;
  const auto removed = partitions_.remove_old(oldest_ms, settings_.retention_bytes);
  remove_series(removed.empty() ? oldest_ms : std::max(oldest_ms, removed.back()->range().to.ms));
  const std::lock_guard lock(counters_mutex_);
  counters_.partitions_removed += removed.size();
}

void MetricStore::remove_series(int64_t before_ms) {
  const std::vector<Slot> slots = all_slots();
  size_t removed = 0;
  for (size_t at = 0; at < slots.size(); at += kSeriesAtATime) {
    const std::lock_guard lock(write_mutex_);
    for (size_t i = at; i < std::min(slots.size(), at + kSeriesAtATime); ++i) {
      Series& series = head_.series[slots[i]];
      if (series.newest_ms.load(std::memory_order_relaxed) >= before_ms) continue;
      {
        const std::lock_guard index_lock(head_.index_mutex);
        head_.index.remove(slots[i], head_.series.pairs(slots[i]));
      }
      head_.series.remove(slots[i]);
      head_.asides.forget(slots[i]);
      drop_head(series, rules_);
      removed_slots_.emplace_back(head_.reclaimer.epoch(), slots[i]);
      ++removed;
    }
  }
  const std::lock_guard lock(counters_mutex_);
  counters_.series_removed += removed;
}

void MetricStore::give_back_slots() {
  const std::lock_guard lock(write_mutex_);
  head_.reclaimer.collect();
  const uint64_t oldest = head_.reclaimer.oldest();
  std::erase_if(removed_slots_, [&](const auto& removed) {
    if (removed.first >= oldest) return false;
    head_.series.give_back(removed.second);
    return true;
  });
}

}  // namespace monitorai::store
