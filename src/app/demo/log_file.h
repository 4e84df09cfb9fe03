#pragma once
// A log file that simulated processes share. It begins with a marker line; a file that does not is a real program's and is never
// written, so simulated lines do not mix with real ones. The last process that leaves removes it (unless told to keep it).

#include <filesystem>
#include <span>
#include <string>

#include "app/demo/use_lock.h"

namespace monitorai::app::demo {

/// A file that grew past this is cut to its marker, as logrotate's copytruncate does.
inline constexpr int64_t kLogBytesMax = 32 << 20;

class LogFile {
 public:
  /// Creates the file, or joins others who write it. Code::invalid: it is not a simulated log.
  static Result<LogFile> open(const std::filesystem::path& path);

  /// Each line with one write(2), so lines of several processes do not mix. A full disk loses lines silently: it is a demo.
  void append(std::span<const std::string> lines);
  /// Stops using it; the last one removes it, unless `keep`.
  void leave(bool keep);

 private:
  LogFile(std::filesystem::path path, UseLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  UseLock lock_;
};

}  // namespace monitorai::app::demo
