#pragma once
// Small whole-file operations. Every read has a limit; a write that replaces a file is atomic (temporary file, fsync, rename).

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace monitorai {

/// An open file descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  explicit operator bool() const { return fd_ >= 0; }
  int number() const { return fd_; }

 private:
  int fd_ = -1;
};

/// The whole file, at most bytes_max (a larger one is Code::exhausted). Files of /proc, whose size is 0, read to their end.
Result<std::string> read_file(const std::filesystem::path& path, size_t bytes_max);
/// Appends to `out` what read(2) gives until the end or until bytes_max bytes were read; returns false when there was more.
Result<bool> read_to_end(int fd, std::string& out, size_t bytes_max);
/// Replaces path by these bytes: a reader sees the old file or the new one, never a part. The directory is synced too.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644);

/// A file's bytes mapped into memory, for reading files larger than one would hold. The view lives as long as this object; the file must
/// not shrink meanwhile.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();
  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

/// A fresh directory below the system's temporary one, removed with all it holds at destruction. For tests and staging.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace monitorai
