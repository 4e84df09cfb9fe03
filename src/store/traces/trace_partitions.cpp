#include "store/traces/trace_partitions.h"

#include <algorithm>

#include "base/log.h"
#include "store/disk/partition_name.h"

namespace monitorai::store {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kNsPerMs = 1'000'000;

int64_t floor_div(int64_t a, int64_t b) { return a / b - static_cast<int64_t>(a % b < 0); }

}  // namespace

int64_t TracePartitions::begin_ms(int64_t time_ns) const { return floor_div(floor_div(time_ns, kNsPerMs), length_ms_) * length_ms_; }

fs::path TracePartitions::folder_of(int64_t begin_ms) const { return folder_ / partition_name(begin_ms); }

void TracePartitions::publish(List list) {
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a->begin_ms() < b->begin_ms(); });
  list_.publish(std::make_shared<const List>(std::move(list)));
}

void TracePartitions::put_aside(const fs::path& folder, const Error& why) {
  const fs::path target = aside_path(folder);
  std::error_code error;
  fs::rename(folder, target, error);
  log::error("a partition of traces is damaged and was set aside; the rest serves",
             {{"partition", folder.filename().native()}, {"as", target.native()}, {"error", why.message}});
  const std::lock_guard lock(aside_mutex_);
  aside_.push_back(target.filename().native());
}

Result<void> TracePartitions::open() {
  std::error_code error;
  std::vector<std::pair<int64_t, fs::path>> found;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    if (name.find(kAsideSuffix) != std::string::npos) {
      const std::lock_guard lock(aside_mutex_);
      aside_.push_back(name);
    } else if (const auto begin = partition_begin_ms(name); begin && entry->is_directory()) {
      found.emplace_back(*begin, entry->path());
    }
  }
  if (error) return system_error(fmt::format("cannot list {}", folder_.native()), error.value());
  std::sort(found.begin(), found.end());
  List list;
  for (const auto& [begin, path] : found) {
    auto partition = TracePartition::open(path, begin, begin + length_ms_);
    if (partition) {
      list.push_back(std::move(*partition));
    } else if (partition.error().code == Code::corrupt) {
      put_aside(path, partition.error());
    } else {
      return partition.error();
    }
  }
  publish(std::move(list));
  return {};
}

Result<std::shared_ptr<TracePartition>> TracePartitions::find_or_create(int64_t begin_ms) {
  const auto present = list();
  for (const auto& partition : *present)
    if (partition->begin_ms() == begin_ms) return partition;
  const fs::path path = folder_of(begin_ms);
  auto created = TracePartition::open(path, begin_ms, begin_ms + length_ms_);
  if (!created && created.error().code == Code::corrupt) {
    put_aside(path, created.error());
    created = TracePartition::open(path, begin_ms, begin_ms + length_ms_);
  }
  MAI_TRY_ASSIGN(auto partition, std::move(created));
  List wider = *present;
  wider.push_back(partition);
  publish(std::move(wider));
  return partition;
}

TracePartitions::List TracePartitions::set_damaged_aside() {
  const auto present = list();
  List sound;
  List damaged;
  for (const auto& partition : *present) (partition->damaged() ? damaged : sound).push_back(partition);
  if (damaged.empty()) return {};
  publish(std::move(sound));
  for (const auto& partition : damaged) {
    partition->set_removed();
    put_aside(partition->folder(), Error{Code::corrupt, "a read found damage"});
  }
  return damaged;
}

std::vector<std::string> TracePartitions::set_aside() const {
  const std::lock_guard lock(aside_mutex_);
  return aside_;
}

TracePartitions::List TracePartitions::remove_old(int64_t oldest_ms, uint64_t bytes_max) {
  List kept = *list();
  uint64_t total = bytes_max == 0 ? 0 : bytes();
  List removed;
  while (!kept.empty()) {
    const auto& oldest = kept.front();
    const bool too_old = oldest->end_ms() <= oldest_ms;
    const bool too_large = bytes_max > 0 && total > bytes_max && kept.size() > 1;
    if (!too_old && !too_large) break;
    total -= std::min(total, oldest->bytes());
    removed.push_back(oldest);
    kept.erase(kept.begin());
  }
  if (removed.empty()) return removed;
  publish(std::move(kept));
  for (const auto& partition : removed) {
    // Queries that have the file open finish on it; its name and its room go now or when they are done.
    partition->set_removed();
    std::error_code error;
    fs::remove_all(partition->folder(), error);
    log::info("removed a partition of traces", {{"partition", partition->folder().filename().native()}});
  }
  return removed;
}

uint64_t TracePartitions::bytes() const {
  const auto present = list();
  uint64_t sum = 0;
  for (const auto& partition : *present) sum += partition->bytes();
  return sum;
}

}  // namespace monitorai::store
