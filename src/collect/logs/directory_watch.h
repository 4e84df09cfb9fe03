#pragma once
// The adapter of inotify(7): tells when files in folders are written, made, renamed or removed. It only makes things faster: whoever uses
// it looks by itself from time to time, for file systems without inotify and for watches that the kernel refused. Thread: one.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"

namespace monitorai::collect {

class DirectoryWatch {
 public:
  DirectoryWatch();

  /// Watches these folders and no others. Unreadable and missing ones are left out.
  void watch(const std::set<std::string>& folders);

  struct Events {
    std::set<std::string> written;  ///< paths
    bool names_changed = false;     ///< a file was made, renamed or removed
    bool lost = false;              ///< the kernel's queue ran over: look at everything
  };
  /// What happened since the last call; never waits.
  Events take();

  /// For poll(2); -1 without inotify.
  int descriptor() const { return fd_.number(); }
  size_t watched() const { return folders_.size(); }
  uint64_t refused() const { return refused_; }  ///< folders that could not be watched, at the last watch()

 private:
  Fd fd_;
  std::map<std::string, int> folders_;
  std::map<int, std::string> by_watch_;
  uint64_t refused_ = 0;
};

}  // namespace monitorai::collect
