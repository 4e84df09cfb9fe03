#pragma once
// For tests: a disk that fills under SQLite. Its Unix VFS lets a program take the place of system calls; while one of these lives, writes
// of every database of the process go through it. One at a time.

#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "base/check.h"

namespace monitorai::store {

class FaultySqlite {
 public:
  FaultySqlite() {
    for (const Call& call : calls()) {
      if (vfs()->xGetSystemCall(vfs(), call.name) != nullptr) MAI_CHECK(vfs()->xSetSystemCall(vfs(), call.name, call.ours) == SQLITE_OK);
    }
  }
  ~FaultySqlite() {
    heal();
    for (const Call& call : calls()) vfs()->xSetSystemCall(vfs(), call.name, nullptr);
  }
  FaultySqlite(const FaultySqlite&) = delete;
  FaultySqlite& operator=(const FaultySqlite&) = delete;

  /// From now on, the k-th write (1 is the next) finds no space left, and with `for_ever` all after it.
  void fail_at(size_t k, bool for_ever) {
    failed_ = false;
    for_ever_ = for_ever;
    until_failure_ = k;
  }
  void heal() { until_failure_ = 0; }
  /// Whether the planned failure happened.
  bool failed() const { return failed_; }

 private:
  struct Call {
    const char* name;
    sqlite3_syscall_ptr ours;
  };
  static sqlite3_vfs* vfs() { return sqlite3_vfs_find(nullptr); }
  static std::array<Call, 3> calls() {
    return {{{"write", reinterpret_cast<sqlite3_syscall_ptr>(&FaultySqlite::write)},
             {"pwrite", reinterpret_cast<sqlite3_syscall_ptr>(&FaultySqlite::pwrite)},
             {"pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(&FaultySqlite::pwrite)}}};
  }
  static bool full() {
    if (until_failure_ == 0 || (until_failure_ > 1 && until_failure_-- > 1)) return false;
    if (!for_ever_) until_failure_ = 0;
    failed_ = true;
    errno = ENOSPC;
    return true;
  }
  static ssize_t write(int file, const void* bytes, size_t size) { return full() ? -1 : ::write(file, bytes, size); }
  static ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) { return full() ? -1 : ::pwrite(file, bytes, size, at); }

  inline static std::atomic<size_t> until_failure_{0};
  inline static std::atomic<bool> for_ever_{false};
  inline static std::atomic<bool> failed_{false};
};

}  // namespace monitorai::store
