#include "base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace monitorai {

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<bool> read_to_end(int fd, std::string& out, size_t bytes_max) {
  const size_t start = out.size();
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", errno);
    if (n == 0) return true;
    const size_t room = bytes_max - (out.size() - start);
    out.append(buffer, std::min(static_cast<size_t>(n), room));
    if (static_cast<size_t>(n) > room) return false;
  }
}

Result<std::string> read_file(const std::filesystem::path& path, size_t bytes_max) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error(fmt::format("cannot open {}", path.native()), errno);
  std::string bytes;
  struct stat info {};  // a large file grows no string step by step; those of /proc say 0
  if (::fstat(fd.number(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0)
    bytes.reserve(std::min(static_cast<size_t>(info.st_size), bytes_max));
  const auto whole = read_to_end(fd.number(), bytes, bytes_max);
  if (!whole) return wrap(whole.error(), fmt::format("cannot read {}", path.native()));
  if (!*whole) return Error{Code::exhausted, fmt::format("cannot read {}: it is larger than {} bytes", path.native(), bytes_max)};
  return bytes;
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  const std::string temporary = fmt::format("{}.tmp.{}", path.native(), ::getpid());
  const auto fail = [&](std::string_view doing) {
    const Error error = system_error(fmt::format("{} {}", doing, temporary), errno);
    ::unlink(temporary.c_str());
    return error;
  };
  {
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd) return system_error(fmt::format("cannot create {}", temporary), errno);
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd.number(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail("cannot write");
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    if (::fsync(fd.number()) != 0) return fail("cannot sync");
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail("cannot rename");
  const std::string folder = path.has_parent_path() ? path.parent_path().native() : std::string(".");
  const Fd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.number()) != 0) return system_error(fmt::format("cannot sync {}", folder), errno);
  return {};
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error(fmt::format("cannot open {}", path.native()), errno);
  struct stat status{};
  if (::fstat(fd.number(), &status) != 0) return system_error(fmt::format("cannot read {}", path.native()), errno);
  if (!S_ISREG(status.st_mode)) return Error{Code::invalid, fmt::format("cannot read {}: it is not a file", path.native())};
  if (status.st_size == 0) return MappedFile(std::string_view());
  void* bytes = ::mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE, fd.number(), 0);
  if (bytes == MAP_FAILED) return system_error(fmt::format("cannot map {}", path.native()), errno);
  ::madvise(bytes, static_cast<size_t>(status.st_size), MADV_SEQUENTIAL);
  return MappedFile(std::string_view(static_cast<const char*>(bytes), static_cast<size_t>(status.st_size)));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "monitorai-XXXXXX").native();
  MAI_CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace monitorai
