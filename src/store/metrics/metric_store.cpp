#include "store/metrics/metric_store.h"

#include <random>

#include "store/metrics/series_set.h"

namespace monitorai::store {

using signals::Matcher;

namespace {

uint64_t random_seed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

void cut(std::vector<std::string>& texts, size_t limit) {
  if (limit > 0 && texts.size() > limit) texts.resize(limit);
}

}  // namespace

MetricStore::MetricStore(Settings settings, FolderLock lock, const Clock& clock, FileSystem& files)
    : settings_(std::move(settings)),
      lock_(std::move(lock)),
      clock_(clock),
      files_(files),
      hash_seed_(random_seed()),
      rules_{settings_.chunk, PartitionEdges(settings_.partition), head_.reclaimer},
      log_(settings_.folder / "log", files, kBatchLogMagic),
      partitions_(settings_.folder, settings_.partition),
      exemplars_(settings_.limits.exemplars_max),
      families_(settings_.limits.metadata_max),
      clock_watch_(clock) {}

Result<std::unique_ptr<MetricStore>> MetricStore::open(Settings settings, const Clock& clock, FileSystem& files) {
  if (settings.chunk.samples == 0 || settings.chunk.samples > kChunkSamplesMax || settings.chunk.tail == 0 ||
      settings.chunk.tail > settings.chunk.samples)
    return Error{Code::invalid, fmt::format("cannot open metric store: chunks of {} samples with {} raw ones are not possible (1..{})",
                                            settings.chunk.samples, settings.chunk.tail, kChunkSamplesMax)};
  if (settings.partition < std::chrono::minutes(1))
    return Error{Code::invalid, "cannot open metric store: a partition is at least a minute"};
  if (settings.limits.labels_max > kLabelsMax)
    return Error{Code::invalid,
                 fmt::format("cannot open metric store: {} labels a series are more than {}", settings.limits.labels_max, kLabelsMax)};
  std::error_code error;
  std::filesystem::create_directories(settings.folder, error);
  if (error) return system_error(fmt::format("cannot create data folder {}", settings.folder.native()), error.value());
  MAI_TRY_ASSIGN(FolderLock lock, FolderLock::take(settings.folder));
  std::unique_ptr<MetricStore> store(new MetricStore(std::move(settings), std::move(lock), clock, files));
  if (auto recovered = store->recover(); !recovered) return wrap(recovered.error(), "cannot open metric store");
  store->start_background();
  return store;
}

std::vector<Slot> MetricStore::select_slots(std::span<const Matcher> matchers, TimeRange range) const {
  std::vector<Slot> slots;
  {
    const std::shared_lock lock(head_.index_mutex);
    slots = head_.index.select(matchers, [&](Slot slot) { return head_.series.pairs(slot); });
  }
  std::erase_if(slots, [&](Slot slot) {
    const int64_t newest = head_.series[slot].newest_ms.load(std::memory_order_relaxed);
    return newest == kNever || newest < range.from.ms;
  });
  return slots;
}

Result<std::unique_ptr<signals::SeriesSet>> MetricStore::select(std::span<const Matcher> matchers, TimeRange range) const {
  Reclaimer::Pin pin = head_.reclaimer.pin();
  std::vector<Slot> slots = select_slots(matchers, range);
  return std::unique_ptr<signals::SeriesSet>(std::make_unique<StoredSeries>(head_, partitions_, std::move(pin), std::move(slots)));
}

Result<std::vector<std::string>> MetricStore::label_names(std::span<const Matcher> matchers, TimeRange range, size_t limit) const {
  const Reclaimer::Pin pin = head_.reclaimer.pin();
  std::vector<std::string> out;
  if (matchers.empty()) {
    const std::shared_lock lock(head_.index_mutex);
    out = head_.index.names();
  } else {
    std::vector<std::string_view> names;
    for (const Slot slot : select_slots(matchers, range)) {
      for (const PairId pair : head_.series.pairs(slot)) names.push_back(head_.index.name(pair));
      // Most series repeat the names of the one before: keep the list short.
      std::sort(names.begin(), names.end());
      names.erase(std::unique(names.begin(), names.end()), names.end());
    }
    out.assign(names.begin(), names.end());
  }
  cut(out, limit);
  return out;
}

Result<std::vector<std::string>> MetricStore::label_values(std::string_view name, std::span<const Matcher> matchers, TimeRange range,
                                                           size_t limit) const {
  const Reclaimer::Pin pin = head_.reclaimer.pin();
  std::vector<std::string> out;
  if (matchers.empty()) {
    const std::shared_lock lock(head_.index_mutex);
    out = head_.index.values(name);
  } else {
    std::vector<PairId> found;
    for (const Slot slot : select_slots(matchers, range))
      for (const PairId pair : head_.series.pairs(slot))
        if (head_.index.name(pair) == name) found.push_back(pair);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    for (const PairId pair : found) out.emplace_back(head_.index.value(pair));
    std::sort(out.begin(), out.end());
  }
  cut(out, limit);
  return out;
}

Result<std::vector<signals::SeriesExemplars>> MetricStore::exemplars(std::span<const Matcher> matchers, TimeRange range) const {
  const Reclaimer::Pin pin = head_.reclaimer.pin();
  const std::vector<Slot> slots = select_slots(matchers, {{kNever + 1}, {INT64_MAX}});
  std::vector<signals::SeriesExemplars> out;
  for (auto& [slot, found] : exemplars_.find(slots, range, head_.series)) out.push_back({labels_of(head_, slot), std::move(found)});
  return out;
}

Counters MetricStore::counters() const {
  const std::lock_guard lock(counters_mutex_);
  Counters out = counters_;
  out.families_refused = families_.dropped();
  return out;
}

size_t MetricStore::series_count() const {
  const std::shared_lock lock(head_.index_mutex);
  return head_.index.series_count();
}

}  // namespace monitorai::store
