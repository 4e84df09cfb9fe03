#pragma once
// Which file it is: device and inode, and how it begins, since inodes are used again. Adapter of open(2), fstat(2) and pread(2).

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

namespace monitorai::collect {

inline constexpr size_t kFingerprintBytesMax = 1024;

struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  auto operator<=>(const FileIdentity&) const = default;
};

/// XXH3 of the first `length` bytes. Length 0 fits every file.
struct Fingerprint {
  uint32_t length = 0;
  uint64_t hash = 0;
  auto operator<=>(const Fingerprint&) const = default;
};

Fingerprint fingerprint_of(std::string_view first_bytes);
/// Whether a file begins as one that had this fingerprint. False for a shorter file and for one that cannot be read.
bool begins_as(int fd, Fingerprint fingerprint);
/// The first bytes of a file, at most kFingerprintBytesMax.
std::string first_bytes(int fd);

struct FileStatus {
  FileIdentity identity;
  uint64_t size = 0;
  TimeNs modified;
  bool deleted = false;  ///< no name leads to it any more
};

/// Follows symbolic links. Code::invalid for anything but a regular file of a real file system (FIFOs, devices, sockets, folders, /proc,
/// /sys), without opening it.
Result<FileStatus> status_of(const std::filesystem::path& path);
Result<FileStatus> status_of(int fd);
/// Opens for reading; the file is a regular one even where it was exchanged since it was looked at.
Result<Fd> open_log(const std::filesystem::path& path);
/// False for network and FUSE file systems, where inotify does not see what others write.
bool inotify_sees(int fd);

}  // namespace monitorai::collect
