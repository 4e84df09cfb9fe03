#pragma once
// Follows log files and writes their lines into a store: files named by globs, the files that detected LLM processes hold open for
// writing, the output of their containers and of their systemd units. A line is stored at least once, whatever rotates, crashes or fills
// up, and a replay adds nothing: docs/following-logs.md says why. Thread: one of its own ("follow") owns all state; the functions here
// may be called from any.

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "collect/logs/follow_settings.h"
#include "signals/logs.h"
#include "signals/metric.h"
#include "signals/process.h"

namespace monitorai::collect {

/// What happened since the start; gauges where it says "now".
struct FollowCounts {
  uint64_t files = 0;              ///< followed now
  uint64_t files_over_limit = 0;   ///< now left because of files_max
  uint64_t bytes = 0;              ///< read from files
  uint64_t lines = 0;              ///< cut from those bytes
  uint64_t entries = 0;            ///< accepted by the store: tracebacks count once
  uint64_t replayed = 0;           ///< of the entries offered, those that the store had already
  uint64_t refused = 0;            ///< by the store: too old, too new, over its limits
  uint64_t dropped = 0;            ///< by pipeline stages, as configured
  uint64_t split = 0;              ///< lines longer than the limit
  uint64_t invalid_utf8 = 0;       ///< lines with replaced bytes
  uint64_t masked = 0;             ///< places masked
  uint64_t skipped_bytes = 0;      ///< of files too large to be read from their beginning
  uint64_t rotations = 0;          ///< files that another took the place of
  uint64_t truncations = 0;
  uint64_t read_errors = 0;        ///< files that could not be opened or read
  uint64_t write_retries = 0;      ///< writes that the store could not take at that time
  uint64_t position_errors = 0;    ///< positions that could not be written
  uint64_t journal_restarts = 0;   ///< journalctl ended and was started again
  uint64_t observations_dropped = 0;
};

/// One followed file, for the status page.
struct FollowedFileStatus {
  std::string path;
  signals::Labels labels;
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string problem;  ///< why it is not read; "" while it is
};

class LogFollower {
 public:
  /// Starts following. Code::invalid for a mask that does not compile, and what the state folder answers. `writer` and `clock` outlive it.
  static Result<std::unique_ptr<LogFollower>> start(FollowSettings settings, signals::LogWriter& writer, const Clock& clock);
  /// As stop().
  ~LogFollower();

  /// The newest scan of processes; returns at once.
  void observe(std::shared_ptr<const signals::ProcessSnapshot> snapshot);
  /// Other jobs and masks (a reload); limits, folders and intervals stay as they were. Nothing changes on an error.
  Result<void> apply(FollowSettings settings);
  /// Ships what was read, keeps the positions, ends the thread. Idempotent.
  void stop();

  FollowCounts counts() const;
  std::vector<FollowedFileStatus> files() const;
  /// monitorai_follow_*, and the metrics that pipeline stages define.
  void append_families(std::vector<signals::MetricFamily>& out) const;

 private:
  class Thread;
  explicit LogFollower(std::unique_ptr<Thread> thread);
  std::unique_ptr<Thread> thread_;
};

}  // namespace monitorai::collect
