#pragma once
// What the partitions of every store have in common: a folder for one stretch of time with a SQLite file in it, and whether that was found
// damaged. Threads: any.

#include <atomic>
#include <filesystem>

#include "base/result.h"

namespace monitorai::store {

class PartitionFile {
 public:
  /// Both times in milliseconds; the end is excluded.
  PartitionFile(std::filesystem::path folder, int64_t begin_ms, int64_t end_ms)
      : folder_(std::move(folder)), begin_ms_(begin_ms), end_ms_(end_ms) {}
  PartitionFile(const PartitionFile&) = delete;
  PartitionFile& operator=(const PartitionFile&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  int64_t begin_ms() const { return begin_ms_; }
  int64_t end_ms() const { return end_ms_; }
  /// On disk, all its files.
  uint64_t bytes() const;

  /// Set by a read that found damage; whoever owns the partition then sets it aside.
  bool damaged() const { return damaged_.load(std::memory_order_relaxed); }
  void set_damaged() const { damaged_.store(true, std::memory_order_relaxed); }
  /// Its folder is gone or about to go: what cannot be read any more is no damage.
  bool removed() const { return removed_.load(std::memory_order_relaxed); }
  void set_removed() { removed_.store(true, std::memory_order_relaxed); }
  /// Marks damage when this error is one, and says which partition it was.
  Error judge(const Error& error) const;

 protected:
  ~PartitionFile() = default;

 private:
  const std::filesystem::path folder_;
  const int64_t begin_ms_;
  const int64_t end_ms_;
  mutable std::atomic<bool> damaged_{false};
  std::atomic<bool> removed_{false};
};

}  // namespace monitorai::store
