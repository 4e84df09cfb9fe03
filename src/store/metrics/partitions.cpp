#include "store/metrics/partitions.h"

#include "base/log.h"
#include "store/disk/partition_name.h"

namespace monitorai::store {

namespace fs = std::filesystem;

fs::path Partitions::folder_of(int64_t begin_ms) const { return folder_ / partition_name(begin_ms); }

void Partitions::publish(List list) {
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a->range().from < b->range().from; });
  list_.publish(std::make_shared<const List>(std::move(list)));
}

void Partitions::put_aside(const fs::path& folder, const Error& why) {
  const fs::path target = aside_path(folder);
  std::error_code error;
  fs::rename(folder, target, error);
  log::error("a partition is damaged and was set aside; the rest serves",
             {{"partition", folder.filename().native()}, {"as", target.native()}, {"error", why.message}});
  const std::lock_guard lock(aside_mutex_);
  aside_.push_back(target.filename().native());
}

Result<void> Partitions::open() {
  std::error_code error;
  List list;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    if (name.find(kAsideSuffix) != std::string::npos) {
      const std::lock_guard lock(aside_mutex_);
      aside_.push_back(name);
      continue;
    }
    const auto begin = partition_begin_ms(name);
    if (!begin || !entry->is_directory()) continue;
    auto partition = Partition::open(entry->path(), {{*begin}, {*begin + length_ms_ - 1}});
    if (partition)
      list.push_back(std::move(*partition));
    else if (partition.error().code == Code::corrupt)
      put_aside(entry->path(), partition.error());
    else
      return partition.error();
  }
  if (error) return system_error(fmt::format("cannot list {}", folder_.native()), error.value());
  publish(std::move(list));
  return {};
}

Result<std::shared_ptr<Partition>> Partitions::find_or_create(int32_t day) {
  const int64_t begin = edges_.begin_ms(day);
  const auto present = list();
  for (const auto& partition : *present)
    if (partition->range().from.ms == begin) return partition;
  auto created = Partition::open(folder_of(begin), {{begin}, {begin + length_ms_ - 1}});
  if (!created && created.error().code == Code::corrupt) {
    put_aside(folder_of(begin), created.error());
    created = Partition::open(folder_of(begin), {{begin}, {begin + length_ms_ - 1}});
  }
  MAI_TRY_ASSIGN(auto partition, std::move(created));
  List wider = *present;
  wider.push_back(partition);
  publish(std::move(wider));
  return partition;
}

Result<void> Partitions::read(StorageId id, TimeRange range, signals::Columns& out, size_t begin, PageCache& cache) const {
  const auto present = list();
  for (const auto& partition : *present) {
    if (partition->damaged()) continue;
    if (auto done = partition->read(id, range, out, begin, cache); !done && !partition->damaged()) return done;
  }
  return {};
}

bool Partitions::any_in(TimeRange range) const {
  const auto present = list();
  return std::any_of(present->begin(), present->end(), [&](const auto& partition) {
    const TimeRange samples = partition->samples();
    return samples.from <= range.to && samples.to >= range.from;
  });
}

void Partitions::set_damaged_aside() {
  const auto present = list();
  List sound;
  for (const auto& partition : *present)
    if (!partition->damaged()) sound.push_back(partition);
  if (sound.size() == present->size()) return;
  publish(sound);
  for (const auto& partition : *present)
    if (partition->damaged()) put_aside(partition->folder(), Error{Code::corrupt, "a read found damage"});
}

std::vector<std::string> Partitions::set_aside() const {
  const std::lock_guard lock(aside_mutex_);
  return aside_;
}

std::optional<int64_t> Partitions::remove_old(int64_t oldest_ms, uint64_t bytes_max) {
  List kept = *list();
  uint64_t total = bytes_max == 0 ? 0 : bytes();
  std::optional<int64_t> end;
  List removed;
  while (!kept.empty()) {
    const auto& oldest = kept.front();
    const bool too_old = oldest->range().to.ms < oldest_ms;
    const bool too_large = bytes_max > 0 && total > bytes_max && kept.size() > 1;
    if (!too_old && !too_large) break;
    total -= std::min(total, oldest->bytes());
    end = oldest->range().to.ms;
    removed.push_back(oldest);
    kept.erase(kept.begin());
  }
  if (removed.empty()) return std::nullopt;
  publish(std::move(kept));
  for (const auto& partition : removed) {
    // Queries that have the file open finish on it; its name and its room go now or when they are done.
    std::error_code error;
    std::filesystem::remove_all(partition->folder(), error);
    log::info("removed a partition", {{"partition", partition->folder().filename().native()}});
  }
  return end;
}

uint64_t Partitions::bytes() const {
  uint64_t sum = 0;
  const std::shared_ptr<const List> partitions = list();
  for (const auto& partition : *partitions) sum += partition->bytes();
  return sum;
}

}  // namespace monitorai::store
