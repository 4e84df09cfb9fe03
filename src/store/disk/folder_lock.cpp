#include "store/disk/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace monitorai::store {

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return system_error(fmt::format("cannot open {}", path.native()), errno);
  if (::flock(fd.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(fmt::format("cannot lock {}", path.native()), errno);
    std::string holder;
    (void)read_to_end(fd.number(), holder, 32);
    return Error{Code::unavailable, fmt::format("cannot open data folder {}: process {} is using it", folder.native(), trim(holder))};
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd.number(), 0) != 0 || ::pwrite(fd.number(), pid.data(), pid.size(), 0) < 0)
    return system_error(fmt::format("cannot write {}", path.native()), errno);
  return FolderLock(std::move(fd));
}

}  // namespace monitorai::store
