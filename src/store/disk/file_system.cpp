#include "store/disk/file_system.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"

namespace monitorai::store {
namespace {

namespace fs = std::filesystem;

Error failed(std::string_view doing, const fs::path& path, int error_number) {
  return system_error(fmt::format("cannot {} {}", doing, path.native()), error_number);
}

class PosixFile final : public FileSystem::File {
 public:
  PosixFile(Fd fd, fs::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_.number(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }
  Result<void> append(std::string_view first, std::string_view second) override {
    while (!first.empty()) {
      const std::array<iovec, 2> pieces{iovec{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}};
      const ssize_t n = ::writev(fd_.number(), pieces.data(), static_cast<int>(pieces.size()));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("write", path_, errno);
      const size_t of_first = std::min(static_cast<size_t>(n), first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(static_cast<size_t>(n) - of_first);
    }
    return append(second);
  }
  Result<void> sync() override {
    if (::fdatasync(fd_.number()) != 0) return failed("sync", path_, errno);
    return {};
  }
  Result<void> truncate(uint64_t bytes) override {
    if (::ftruncate(fd_.number(), static_cast<off_t>(bytes)) != 0) return failed("truncate", path_, errno);
    return {};
  }

 private:
  Fd fd_;
  fs::path path_;
};

}  // namespace

Result<std::unique_ptr<FileSystem::File>> PosixFileSystem::create(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return failed("create", path, errno);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path));
}

Result<std::string> PosixFileSystem::read(const fs::path& path, uint64_t bytes_max) { return read_file(path, bytes_max); }

Result<std::vector<std::string>> PosixFileSystem::list(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code ignored; entry->is_regular_file(ignored)) names.push_back(entry->path().filename().native());
  if (error) return failed("list", folder, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> PosixFileSystem::remove(const fs::path& path) {
  if (::unlink(path.c_str()) != 0) return failed("remove", path, errno);
  return {};
}

Result<void> PosixFileSystem::rename(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return failed("rename", from, errno);
  return {};
}

Result<void> PosixFileSystem::sync_folder(const fs::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.number()) != 0) return failed("sync", folder, errno);
  return {};
}

Result<void> PosixFileSystem::make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return failed("create", folder, error.value());
  return {};
}

}  // namespace monitorai::store
