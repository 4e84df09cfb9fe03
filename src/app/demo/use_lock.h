#pragma once
// "The last one out turns off the light", across processes: everybody who uses a file or a folder holds a shared flock(2) on it, and
// whoever leaves and can have it alone was the last. The kernel releases the lock of a process that was killed.

#include <filesystem>

#include "base/files.h"
#include "base/result.h"

namespace monitorai::app::demo {

class UseLock {
 public:
  /// Takes the shared lock of an open file or folder; waits for one who holds it alone.
  static Result<UseLock> share(Fd fd);
  /// Takes it alone, or gives the file back as `false` in `alone` and shares it when others hold it.
  static Result<UseLock> alone_or_share(Fd fd, bool& alone);

  /// From alone to shared.
  Result<void> share_now();
  /// Gives the lock up. True: nobody else uses the file, and nobody can begin to before this object is gone.
  bool leave();
  int number() const { return fd_.number(); }

 private:
  explicit UseLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace monitorai::app::demo
