#include "store/disk/partition_list.h"

#include "base/log.h"
#include "store/disk/partition_name.h"

namespace monitorai::store {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kNsPerMs = 1'000'000;

int64_t floor_div(int64_t a, int64_t b) { return a / b - static_cast<int64_t>(a % b < 0); }

}  // namespace

int64_t PartitionFolders::begin_ms(int64_t time_ns) const { return floor_div(floor_div(time_ns, kNsPerMs), length_ms_) * length_ms_; }

fs::path PartitionFolders::path_of(int64_t begin_ms) const { return folder_ / partition_name(begin_ms); }

Result<std::vector<int64_t>> PartitionFolders::find() {
  std::vector<int64_t> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    if (name.find(kAsideSuffix) != std::string::npos) {
      const std::lock_guard lock(aside_mutex_);
      aside_.push_back(name);
    } else if (const auto begin = partition_begin_ms(name); begin && entry->is_directory()) {
      found.push_back(*begin);
    }
  }
  if (error) return system_error(fmt::format("cannot list {}", folder_.native()), error.value());
  std::sort(found.begin(), found.end());
  return found;
}

void PartitionFolders::put_aside(const fs::path& folder, const Error& why) {
  const fs::path target = aside_path(folder);
  std::error_code error;
  fs::rename(folder, target, error);
  log::error(fmt::format("a partition of {} is damaged and was set aside; the rest serves", what_),
             {{"partition", folder.filename().native()}, {"as", target.native()}, {"error", why.message}});
  const std::lock_guard lock(aside_mutex_);
  aside_.push_back(target.filename().native());
}

void PartitionFolders::remove(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  log::info(fmt::format("removed a partition of {}", what_), {{"partition", folder.filename().native()}});
}

std::vector<std::string> PartitionFolders::set_aside() const {
  const std::lock_guard lock(aside_mutex_);
  return aside_;
}

}  // namespace monitorai::store
