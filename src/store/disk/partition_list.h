#pragma once
// All partitions of a store: `folder`/<YYYY-MM-DD> (with the hour where partitions are not whole days), oldest first. A damaged one is set
// aside: renamed, named in the log, and counted; the rest serves.
//
// Threads: list(), set_aside() and bytes() from any; the rest from one upkeep at a time.

#include <algorithm>
#include <functional>

#include "base/threads.h"
#include "store/disk/partition_file.h"

namespace monitorai::store {

/// The folders of partitions on disk, whatever is in them.
class PartitionFolders {
 public:
  /// `what` the partitions hold, in the plural, for messages: "logs".
  PartitionFolders(std::filesystem::path folder, std::chrono::milliseconds length, std::string_view what)
      : folder_(std::move(folder)), length_ms_(length.count()), what_(what) {}

  int64_t length_ms() const { return length_ms_; }
  /// The beginning of the partition in which a time lies.
  int64_t begin_ms(int64_t time_ns) const;
  std::filesystem::path path_of(int64_t begin_ms) const;
  /// The beginnings of those that are there, oldest first; takes note of those that were set aside before.
  Result<std::vector<int64_t>> find();
  void put_aside(const std::filesystem::path& folder, const Error& why);
  void remove(const std::filesystem::path& folder);
  /// The names of those set aside, as long as their files are there.
  std::vector<std::string> set_aside() const;

 private:
  const std::filesystem::path folder_;
  const int64_t length_ms_;
  const std::string_view what_;
  mutable std::mutex aside_mutex_;
  std::vector<std::string> aside_;
};

/// P: a PartitionFile.
template <class P>
class PartitionList {
 public:
  using List = std::vector<std::shared_ptr<P>>;  ///< oldest first
  /// Opens or creates the partition of a folder. Times in milliseconds, the end excluded.
  using Open = std::function<Result<std::shared_ptr<P>>(const std::filesystem::path& folder, int64_t begin_ms, int64_t end_ms)>;
  using Take = std::function<Result<void>(const std::shared_ptr<P>&)>;

  PartitionList(std::filesystem::path folder, std::chrono::milliseconds length, std::string_view what, Open open)
      : folders_(std::move(folder), length, what), open_(std::move(open)), list_(std::make_shared<const List>()) {}

  /// Opens what is there; `take` reads the directory of each. An error of either that is Code::corrupt sets the partition aside.
  Result<void> open(const Take& take = {}) {
    MAI_TRY_ASSIGN(const std::vector<int64_t> found, folders_.find());
    List list;
    for (const int64_t begin : found) {
      auto partition = open_at(begin);
      Result<void> taken = partition ? Result<void>{} : Result<void>(partition.error());
      if (taken && take) taken = take(*partition);
      if (taken)
        list.push_back(std::move(*partition));
      else if (taken.error().code == Code::corrupt)
        folders_.put_aside(folders_.path_of(begin), taken.error());
      else
        return taken;
    }
    publish(std::move(list));
    return {};
  }

  std::shared_ptr<const List> list() const { return list_.read(); }
  int64_t begin_ms(int64_t time_ns) const { return folders_.begin_ms(time_ns); }
  int64_t length_ms() const { return folders_.length_ms(); }

  Result<std::shared_ptr<P>> find_or_create(int64_t begin_ms) {
    const auto present = list();
    for (const auto& partition : *present)
      if (partition->begin_ms() == begin_ms) return partition;
    auto created = open_at(begin_ms);
    if (!created && created.error().code == Code::corrupt) {
      folders_.put_aside(folders_.path_of(begin_ms), created.error());
      created = open_at(begin_ms);
    }
    MAI_TRY_ASSIGN(auto partition, std::move(created));
    List wider = *present;
    wider.push_back(partition);
    publish(std::move(wider));
    return partition;
  }

  /// Puts aside those in which damage was found, and returns them.
  List set_damaged_aside() {
    const auto present = list();
    List sound;
    List damaged;
    for (const auto& partition : *present) (partition->damaged() ? damaged : sound).push_back(partition);
    if (damaged.empty()) return {};
    publish(std::move(sound));
    for (const auto& partition : damaged) {
      partition->set_removed();
      folders_.put_aside(partition->folder(), Error{Code::corrupt, "a read found damage"});
    }
    return damaged;
  }
  std::vector<std::string> set_aside() const { return folders_.set_aside(); }

  /// Deletes partitions that end before `oldest_ms`, then the oldest while all together are larger than bytes_max (0: no limit), but not
  /// the newest; returns them, oldest first.
  List remove_old(int64_t oldest_ms, uint64_t bytes_max) {
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
      folders_.remove(partition->folder());
    }
    return removed;
  }

  uint64_t bytes() const {
    const auto present = list();
    uint64_t sum = 0;
    for (const auto& partition : *present) sum += partition->bytes();
    return sum;
  }

 private:
  Result<std::shared_ptr<P>> open_at(int64_t begin_ms) {
    return open_(folders_.path_of(begin_ms), begin_ms, begin_ms + folders_.length_ms());
  }
  void publish(List list) {
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a->begin_ms() < b->begin_ms(); });
    list_.publish(std::make_shared<const List>(std::move(list)));
  }

  PartitionFolders folders_;
  const Open open_;
  Published<List> list_;
};

}  // namespace monitorai::store
