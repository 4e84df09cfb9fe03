#pragma once
// The simulated processes that one process started: starts them, notices their end, ends them. Nothing they leave stays: when a child was
// killed, its gpu-info file is removed here. Thread: owned by the main thread (the kernel ties a child's life to the thread that
// started it), which must have called block_signals().

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "app/demo/settings.h"

namespace monitorai::app::demo {

/// Blocks SIGTERM, SIGINT, SIGHUP and SIGCHLD in this thread and those it starts, so that wait_for_signal() takes them, and ignores
/// SIGPIPE.
void block_signals();
/// Waits for one of them; 0 when the time is over.
int wait_for_signal(std::chrono::nanoseconds timeout);

/// The descriptor on which a started process writes one line: its part and pid when it runs, or why it does not.
inline constexpr int kReportFd = 3;
/// The socket on which a started server listens already. It is bound by who starts it, for argv names its port.
inline constexpr int kListenFd = 4;

class Children {
 public:
  /// Executes the part's program. `own_group`: it leads a process group of its own, its children in it. `report_fd` becomes its
  /// kReportFd, `listen_fd` (-1: none) its kListenFd; it runs in `directory`. `settings.parent_pid` is filled in.
  Result<pid_t> start(ProcessSettings settings, const std::filesystem::path& directory, int report_fd, int listen_fd, bool own_group);

  struct Ended {
    pid_t pid = 0;
    const Part* part = nullptr;
    std::string how;  ///< "exited with 1", "was killed by signal 9"
  };
  /// Those that ended since the last call.
  std::vector<Ended> reap();
  bool empty() const { return running_.empty(); }
  /// Asks all to end, kills after kGrace what did not, and returns when none is left.
  void end();
  static constexpr std::chrono::seconds kGrace{5};

 private:
  struct Child {
    const Part* part = nullptr;
    std::filesystem::path logs;
    bool own_group = false;
  };
  std::map<pid_t, Child> running_;
};

}  // namespace monitorai::app::demo
