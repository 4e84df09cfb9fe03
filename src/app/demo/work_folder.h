#pragma once
// The demo's own folder: bin/ with this program under the names of the runtimes (so that /proc/PID/exe shows them), and a small model
// file. All processes of one demo share it; the last that leaves removes it.

#include <filesystem>
#include <string>

#include "app/demo/use_lock.h"

namespace monitorai::app::demo {

class WorkFolder {
 public:
  /// Makes one in the first of `places` where programs may be executed (not mounted noexec), and removes those of demos that were
  /// killed before they could.
  static Result<WorkFolder> create(std::span<const std::filesystem::path> places);
  /// Joins the users of one.
  static Result<WorkFolder> join(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path executable(std::string_view name) const { return path_ / "bin" / name; }
  /// Stops using it; the last one removes it.
  void leave();

 private:
  WorkFolder(std::filesystem::path path, UseLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  Result<void> fill() const;
  std::filesystem::path path_;
  UseLock lock_;
};

}  // namespace monitorai::app::demo
