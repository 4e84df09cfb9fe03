#pragma once
// One process a data folder: the file `lock` in it is locked (flock) for as long as this lives, and holds our process id so that a second
// process can say who was first.

#include <filesystem>

#include "base/files.h"

namespace monitorai::store {

class FolderLock {
 public:
  /// Code::unavailable, naming the process, when another has the folder.
  static Result<FolderLock> take(const std::filesystem::path& folder);

 private:
  explicit FolderLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace monitorai::store
