#include "app/serve/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace monitorai::app {
namespace {

constexpr size_t kLockBytesMax = 4096;

}  // namespace

Result<DataLock> DataLock::take(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return system_error(fmt::format("cannot make data folder {}", folder.native()), failed.value());
  const std::filesystem::path path = folder / "monitorai.lock";
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return system_error(fmt::format("cannot open {}", path.native()), errno);
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(fmt::format("cannot lock {}", path.native()), errno);
    const auto says = read_file(path, kLockBytesMax);
    const std::string who = says && !trim(*says).empty() ? std::string(trim(*says)) : "another program";
    return Error{Code::unavailable,
                 fmt::format("cannot use data folder {}: it is in use by {}. Stop that one, or choose another folder with --data",
                             folder.native(), to_valid_utf8(who))};
  }
  DataLock lock(std::move(file));
  lock.say("");
  return lock;
}

void DataLock::say(std::string_view text) {
  const std::string line = fmt::format("pid {}{}{}\n", ::getpid(), text.empty() ? "" : ", ", text);
  // What the file says is for people: a full disk is no reason not to start.
  if (::ftruncate(file_.number(), 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(file_.number(), line.data(), line.size(), 0);
}

}  // namespace monitorai::app
