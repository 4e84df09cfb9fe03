#pragma once
// Reads the lines of one systemd unit through a child, `journalctl -f -o json`. A program and not libsystemd, because the journal's files
// have formats, compressions and rotations of their own that only the systemd of this machine is sure to know, and because a reader that
// hangs can be killed. Never blocks. Thread: one.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

namespace monitorai::collect {

inline constexpr size_t kJournalLineBytesMax = 2 << 20;    ///< longer ones are skipped and counted
inline constexpr size_t kJournalReadBytesMax = 1 << 20;    ///< at one time
inline constexpr size_t kJournalHistoryLines = 1000;       ///< read of a unit that was never read
inline constexpr std::chrono::seconds kJournalPauseFirst{1};
inline constexpr std::chrono::seconds kJournalPauseMax{300};

struct JournalEntry {
  std::string cursor;
  TimeNs time;
  std::string message;
  std::string level;  ///< by its priority; "" for 6, which plain output has
  std::string pid;
};

/// One line of `journalctl -o json`; nullopt when it is none.
std::optional<JournalEntry> read_journal_line(std::string_view line);

class JournalReader {
 public:
  JournalReader(std::string program, std::string unit, std::string cursor)
      : program_(std::move(program)), unit_(std::move(unit)), cursor_(std::move(cursor)) {}
  ~JournalReader();
  JournalReader(const JournalReader&) = delete;
  JournalReader& operator=(const JournalReader&) = delete;

  /// What came since the last call. Starts the child, and again behind the newest entry where it ended.
  std::vector<JournalEntry> read(std::chrono::nanoseconds monotonic);
  /// For poll(2); -1 while no child runs.
  int descriptor() const { return output_.number(); }
  uint64_t restarts() const { return restarts_; }
  uint64_t skipped() const { return skipped_; }

 private:
  void start();
  void end_child();

  std::string program_;
  std::string unit_;
  std::string cursor_;
  Fd output_;
  pid_t pid_ = -1;
  std::string half_;
  bool skipping_ = false;
  std::chrono::nanoseconds start_at_{};
  std::chrono::seconds pause_ = kJournalPauseFirst;
  uint64_t restarts_ = 0;
  uint64_t skipped_ = 0;
};

}  // namespace monitorai::collect
