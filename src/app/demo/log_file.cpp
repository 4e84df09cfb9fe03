#include "app/demo/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "app/demo/log_lines.h"

namespace monitorai::app::demo {
namespace {

const std::string kFirstLine = std::string(kLogMarker) + "\n";

void write_all(int fd, std::string_view bytes) { [[maybe_unused]] const ssize_t written = ::write(fd, bytes.data(), bytes.size()); }

bool begins_with_marker(int fd) {
  std::string head(kFirstLine.size(), '\0');
  return ::pread(fd, head.data(), head.size(), 0) == static_cast<ssize_t>(head.size()) && head == kFirstLine;
}

}  // namespace

Result<LogFile> LogFile::open(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
  if (!fd) return system_error(fmt::format("cannot open {}", path.native()), errno);
  struct stat status {};
  if (::fstat(fd.number(), &status) != 0 || !S_ISREG(status.st_mode))
    return Error{Code::invalid, fmt::format("cannot log to {}: it is not a regular file", path.native())};
  bool alone = false;
  MAI_TRY_ASSIGN(UseLock lock, UseLock::alone_or_share(std::move(fd), alone));
  if (alone && status.st_size == 0) write_all(lock.number(), kFirstLine);
  if (!begins_with_marker(lock.number()))
    return Error{Code::invalid, fmt::format("cannot log to {}: a real program's log is there, and simulated lines do not belong into it", path.native())};
  MAI_TRY(lock.share_now());
  return LogFile(path, std::move(lock));
}

void LogFile::append(std::span<const std::string> lines) {
  for (const std::string& line : lines) write_all(lock_.number(), line + "\n");
  struct stat status {};
  if (::fstat(lock_.number(), &status) == 0 && status.st_size > kLogBytesMax)
    [[maybe_unused]] const int cut = ::ftruncate(lock_.number(), static_cast<off_t>(kFirstLine.size()));
}

void LogFile::leave(bool keep) {
  if (lock_.leave() && !keep && begins_with_marker(lock_.number())) ::unlink(path_.c_str());
}

}  // namespace monitorai::app::demo
