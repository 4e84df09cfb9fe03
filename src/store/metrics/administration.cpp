// What an operator asks of the store: deletion, snapshots, statistics.

#include "base/log.h"
#include "store/metrics/metric_store.h"

namespace monitorai::store {

namespace fs = std::filesystem;

Result<size_t> MetricStore::delete_series(std::span<const signals::Matcher> matchers, TimeRange range) {
  const Reclaimer::Pin pin = head_.reclaimer.pin();
  const std::lock_guard lock(write_mutex_);
  encoder_.begin();
  std::vector<std::pair<Slot, TimeRange>> deleted;
  for (const Slot slot : select_slots(matchers, range)) {
    // What comes later is not deleted, whatever the range says.
    const TimeMs newest{head_.series[slot].newest_ms.load(std::memory_order_relaxed)};
    const TimeRange clipped{range.from, std::min(range.to, newest)};
    if (clipped.from > clipped.to) continue;
    encoder_.tombstone(head_.series[slot].id, clipped);
    deleted.emplace_back(slot, clipped);
  }
  if (deleted.empty()) return size_t{0};
  if (const auto logged = log_.append(encoder_.payload()); !logged)
    return Error{Code::unavailable, wrap(logged.error(), "cannot delete series").message};
  for (const auto& [slot, clipped] : deleted) {
    head_.asides.add_tombstone(slot, clipped);
    head_.series[slot].aside.fetch_or(Series::kHasTombstones, std::memory_order_release);
  }
  return deleted.size();
}

Result<void> MetricStore::clean_tombstones() {
  const std::lock_guard one(maintenance_mutex_);
  const auto tombstones = head_.asides.all_tombstones();
  if (tombstones.empty()) return {};
  // Everything into partitions and out of memory, so that there is one place to rewrite.
  seal([](const Series&) { return true; });
  MAI_TRY(persist());
  int64_t newest_ms = kNever;
  for (const Slot slot : all_slots()) newest_ms = std::max(newest_ms, head_.series[slot].newest_ms.load(std::memory_order_relaxed));
  evict(newest_ms + 1);
  const auto partitions = partitions_.list();
  for (const auto& partition : *partitions) {
    const bool touched = std::any_of(tombstones.begin(), tombstones.end(), [&](const auto& of_series) {
      return std::any_of(of_series.second.begin(), of_series.second.end(), [&](const TimeRange& range) {
        return range.from <= partition->range().to && range.to >= partition->range().from;
      });
    });
    if (touched) MAI_TRY(partition->compact(settings_.chunk.samples, without_deleted()));
  }
  {
    const std::lock_guard lock(write_mutex_);
    for (const auto& [slot, ranges] : tombstones) {
      // One that was added meanwhile stays, and so do those of its series.
      if (head_.asides.tombstones(slot) != ranges) continue;
      head_.asides.clear_tombstones(slot);
      head_.series[slot].aside.fetch_and(static_cast<uint8_t>(~Series::kHasTombstones), std::memory_order_release);
    }
  }
  return checkpoint_now();
}

Result<fs::path> MetricStore::snapshot() {
  const std::lock_guard one(maintenance_mutex_);
  MAI_TRY(checkpoint_now());
  const auto now = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(clock_.now().ms));
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(now));
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  const fs::path base = settings_.folder / "snapshots";
  fs::path folder;
  for (int n = 1; folder.empty() || fs::exists(folder); ++n)
    folder = base / fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z-{:04}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                                utc.tm_min, utc.tm_sec, n);
  const auto copy = [&]() -> Result<void> {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return system_error(fmt::format("cannot create {}", folder.native()), error.value());
    const auto partitions = partitions_.list();
    for (const auto& partition : *partitions) MAI_TRY(partition->copy_to(folder / partition->folder().filename()));
    MAI_TRY_ASSIGN(const std::string bytes, files_.read(settings_.folder / "checkpoint", UINT64_MAX));
    return write_file_atomically(folder / "checkpoint", bytes);
  };
  if (auto copied = copy(); !copied) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return wrap(copied.error(), "cannot make snapshot");
  }
  return folder;
}

DiskUsage MetricStore::disk_usage() const {
  DiskUsage out;
  out.partitions = partitions_.list()->size();
  out.partition_bytes = partitions_.bytes();
  out.log_bytes = log_.segment_bytes();
  return out;
}

Statistics MetricStore::statistics(size_t limit) const {
  Statistics out;
  const Reclaimer::Pin pin = head_.reclaimer.pin();
  {
    const std::shared_lock lock(head_.index_mutex);
    out.series = head_.index.series_count();
    out.label_pairs = head_.index.pair_count();
    out.series_by_metric = head_.index.largest_metrics(limit);
    out.values_by_label = head_.index.largest_labels(limit);
    out.series_by_pair = head_.index.largest_pairs(limit);
  }
  TimeRange samples{{INT64_MAX}, {kNever}};
  for (const Slot slot : all_slots()) {
    const Series& series = head_.series[slot];
    samples.to = std::max(samples.to, TimeMs{series.newest_ms.load(std::memory_order_relaxed)});
    const HeadBlock* block = series.head.load(std::memory_order_acquire);
    if (block == nullptr) continue;
    if (!block->chunks().empty())
      samples.from = std::min(samples.from, TimeMs{block->chunks().front()->from_ms()});
    else if (!block->tail().empty())
      samples.from = std::min(samples.from, block->tail().front().time);
  }
  const auto partitions = partitions_.list();
  for (const auto& partition : *partitions)
    samples = {std::min(samples.from, partition->samples().from), std::max(samples.to, partition->samples().to)};
  if (samples.from <= samples.to) out.samples = samples;
  out.late_samples = head_.asides.late_count();
  out.disk = disk_usage();
  return out;
}

}  // namespace monitorai::store
