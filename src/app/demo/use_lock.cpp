#include "app/demo/use_lock.h"

#include <sys/file.h>

#include <cerrno>

namespace monitorai::app::demo {
namespace {

bool lock(int fd, int how) {
  int result = 0;
  do result = ::flock(fd, how);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

}  // namespace

Result<UseLock> UseLock::share(Fd fd) {
  if (!lock(fd.number(), LOCK_SH)) return system_error("cannot lock", errno);
  return UseLock(std::move(fd));
}

Result<UseLock> UseLock::alone_or_share(Fd fd, bool& alone) {
  alone = lock(fd.number(), LOCK_EX | LOCK_NB);
  if (alone) return UseLock(std::move(fd));
  return share(std::move(fd));
}

Result<void> UseLock::share_now() {
  if (!lock(fd_.number(), LOCK_SH)) return system_error("cannot lock", errno);
  return {};
}

// A conversion first drops the shared lock: of two who leave at once, the second has it alone.
bool UseLock::leave() { return lock(fd_.number(), LOCK_EX | LOCK_NB); }

}  // namespace monitorai::app::demo
