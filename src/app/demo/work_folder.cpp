#include "app/demo/work_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "app/demo/parts.h"

namespace monitorai::app::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "monitorai-demo-";
constexpr std::chrono::minutes kAbandonedAfter{1};  // a folder that is being made is younger and not locked yet
constexpr uintmax_t kModelFileBytes = 16 << 20;     // sparse

Fd open_folder(const fs::path& path) { return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)); }

bool may_execute_in(const fs::path& place) {
  struct statvfs status {};
  return ::statvfs(place.c_str(), &status) == 0 && (status.f_flag & ST_NOEXEC) == 0 && ::access(place.c_str(), W_OK | X_OK) == 0;
}

bool old_and_mine(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) return false;
  const auto age = std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(status.st_mtime);
  return age > kAbandonedAfter;
}

void remove_abandoned(const fs::path& place) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(place, ignored)) {
    if (!entry.path().filename().native().starts_with(kPrefix) || !old_and_mine(entry.path())) continue;
    Fd fd = open_folder(entry.path());
    if (!fd) continue;
    bool alone = false;
    const auto lock = UseLock::alone_or_share(std::move(fd), alone);
    if (lock && alone) fs::remove_all(entry.path(), ignored);
  }
}

Result<void> copy_program(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) return Error{Code::unavailable, fmt::format("cannot copy {} to {}: {}", from.native(), to.native(), error.message())};
  return {};
}

/// A GGUF file (version 3) of no tensors, as large on paper as kModelFileBytes.
Result<void> write_model_file(const fs::path& path) {
  const std::string header("GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  MAI_TRY(write_file_atomically(path, header));
  std::error_code error;
  fs::resize_file(path, kModelFileBytes, error);
  if (error) return Error{Code::unavailable, fmt::format("cannot make {}: {}", path.native(), error.message())};
  return {};
}

Result<void> make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Error{Code::unavailable, fmt::format("cannot make {}: {}", path.native(), error.message())};
  return {};
}

}  // namespace

Result<WorkFolder> WorkFolder::create(std::span<const fs::path> places) {
  for (const fs::path& place : places) {
    if (!may_execute_in(place)) continue;
    remove_abandoned(place);
    std::string pattern = (fs::absolute(place) / (std::string(kPrefix) + "XXXXXX")).native();
    if (::mkdtemp(pattern.data()) == nullptr) return system_error(fmt::format("cannot make {}", pattern), errno);
    MAI_TRY_ASSIGN(WorkFolder folder, join(pattern));
    if (auto filled = folder.fill(); !filled) {
      folder.leave();
      return std::move(filled).error();
    }
    return folder;
  }
  return Error{Code::unavailable, "cannot make a folder for the demo's programs: the temporary folder and --dir are mounted noexec or not writable"};
}

Result<WorkFolder> WorkFolder::join(const fs::path& path) {
  Fd fd = open_folder(path);
  if (!fd) return system_error(fmt::format("cannot open {}", path.native()), errno);
  MAI_TRY_ASSIGN(UseLock lock, UseLock::share(std::move(fd)));
  return WorkFolder(path, std::move(lock));
}

Result<void> WorkFolder::fill() const {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return Error{Code::unavailable, fmt::format("cannot read /proc/self/exe: {}", error.message())};
  MAI_TRY(make_folder(path_ / "bin"));
  MAI_TRY(make_folder((path_ / kGgufFile).parent_path()));
  MAI_TRY(copy_program("/proc/self/exe", executable("python3")));  // a symbolic link would show this program in /proc/PID/exe
  fs::create_hard_link(executable("python3"), executable("llama-server"), error);
  if (error) MAI_TRY(copy_program("/proc/self/exe", executable("llama-server")));
  MAI_TRY(write_file_atomically(executable("vllm"), "# simulated by monitorai demo\n"));
  MAI_TRY(write_model_file(path_ / kGgufFile));
  for (const Runtime runtime : {Runtime::transformers, Runtime::vllm, Runtime::llama_cpp}) {
    for (const std::string_view library : libraries_of(runtime)) {
      MAI_TRY(make_folder((path_ / library).parent_path()));
      MAI_TRY(write_file_atomically(path_ / library, "simulated by monitorai demo\n"));
    }
  }
  // A program that brings its libraries finds them in ../lib of the folder it is in ($ORIGIN).
  const fs::path libraries = self.parent_path().parent_path() / "lib" / "monitorai";
  if (fs::is_directory(libraries, error)) {
    MAI_TRY(make_folder(path_ / "lib"));
    fs::create_directory_symlink(libraries, path_ / "lib" / "monitorai", error);
  }
  return {};
}

void WorkFolder::leave() {
  std::error_code ignored;
  if (lock_.leave()) fs::remove_all(path_, ignored);
}

}  // namespace monitorai::app::demo
