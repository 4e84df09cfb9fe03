#include "collect/logs/file_identity.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>

namespace monitorai::collect {
namespace {

// linux/magic.h and the file systems' own headers.
constexpr uint32_t kNfsMagic = 0x6969, kSmbMagic = 0x517B, kFuseMagic = 0x65735546, k9pMagic = 0x01021997, kCephMagic = 0x00c36400,
                   kLustreMagic = 0x0BD00BD0, kCifsMagic = 0xFF534D42, kSmb2Magic = 0xFE534D42;

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Result<FileStatus> from_stat(const struct stat& status, std::string_view what) {
  if (!S_ISREG(status.st_mode)) return Error{Code::invalid, fmt::format("cannot follow {}: it is {}", what, kind_of(status.st_mode))};
  return FileStatus{.identity = {status.st_dev, status.st_ino},
                    .size = static_cast<uint64_t>(status.st_size),
                    .modified = {int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec},
                    .deleted = status.st_nlink == 0};
}

}  // namespace

Fingerprint fingerprint_of(std::string_view first_bytes) {
  return {static_cast<uint32_t>(first_bytes.size()), XXH3_64bits(first_bytes.data(), first_bytes.size())};
}

std::string first_bytes(int fd) {
  std::string bytes(kFingerprintBytesMax, '\0');
  ssize_t n = 0;
  do n = ::pread(fd, bytes.data(), bytes.size(), 0);
  while (n < 0 && errno == EINTR);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return bytes;
}

bool begins_as(int fd, Fingerprint fingerprint) {
  const std::string bytes = first_bytes(fd);
  return bytes.size() >= fingerprint.length &&
         fingerprint_of(std::string_view(bytes).substr(0, fingerprint.length)) == fingerprint;
}

Result<FileStatus> status_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error(fmt::format("cannot follow {}", path.native()), errno);
  return from_stat(status, path.native());
}

Result<FileStatus> status_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return system_error("cannot read the file's status", errno);
  return from_stat(status, "it");
}

Result<Fd> open_log(const std::filesystem::path& path) {
  MAI_TRY(status_of(path));
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return system_error(fmt::format("cannot open {}", path.native()), errno);
  if (const auto status = status_of(fd.number()); !status) return wrap(status.error(), fmt::format("cannot open {}", path.native()));
  struct statfs system {};
  if (::fstatfs(fd.number(), &system) == 0 && (system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC))
    return Error{Code::invalid, fmt::format("cannot follow {}: it is a file of the kernel", path.native())};
  return fd;
}

bool inotify_sees(int fd) {
  struct statfs system {};
  if (::fstatfs(fd, &system) != 0) return false;
  switch (static_cast<uint32_t>(system.f_type)) {
    case kNfsMagic: case kSmbMagic: case kCifsMagic: case kSmb2Magic: case kFuseMagic: case k9pMagic: case kCephMagic: case kLustreMagic:
      return false;
    default: return true;
  }
}

}  // namespace monitorai::collect
