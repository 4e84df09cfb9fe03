#pragma once
// The processes of a machine, as the operating system tells of them: the port between scanning and Linux's /proc (another system is
// another implementation). A process may vanish between any two calls: every call then fails with Code::not_found. Code::unavailable
// means that we may not look. Thread: the one that owns the scanner.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::collect {

/// What one look at a process costs little to know.
struct ProcessStat {
  int64_t pid = 0;
  std::string comm;
  char state = '?';          ///< R, S, D, Z, ... as in ps(1)
  int64_t parent_pid = 0;
  bool is_kernel_thread = false;
  uint64_t cpu_ticks = 0;    ///< user + system, all threads, since the start
  uint64_t threads = 0;
  uint64_t start_ticks = 0;  ///< since boot
  uint64_t memory_bytes = 0; ///< RSS
  /// Changes when the process executes another program; 0 where the system does not let us see it.
  uint64_t image = 0;

  bool ended() const { return state == 'Z' || state == 'X' || state == 'x'; }
};

struct ProcessOwner {
  uint32_t uid = 0;
  std::vector<int64_t> namespace_pids;  ///< from our namespace to its own; at least its pid
};

struct MappedFiles {
  std::vector<std::string> libraries;    ///< base names of mapped shared objects, each once
  std::vector<std::string> model_files;  ///< full paths of mapped model files, each once
};

struct ProcessIo {
  uint64_t read_bytes = 0;     ///< from storage
  uint64_t written_bytes = 0;  ///< to storage
};

/// A socket that listens, of one network namespace.
struct ListeningSocket {
  uint64_t inode = 0;
  std::string address;  ///< "127.0.0.1", "::1", "0.0.0.0", "::"
  uint16_t port = 0;
};

class ProcessTable {
 public:
  virtual ~ProcessTable() = default;

  /// Replaces `out` by all pids, in no order that matters.
  virtual Result<void> pids(std::vector<int64_t>& out) = 0;
  /// Fills `out`; Code::corrupt when the system's answer makes no sense.
  virtual Result<void> stat(int64_t pid, ProcessStat& out) = 0;
  /// Hints that stat() of this pid will be asked for again and again, until forget(). A reused pid must be forgotten first.
  virtual void keep(int64_t) {}
  virtual void forget(int64_t) {}

  /// At most kArgumentBytesMax bytes; a rewritten title loses its padding. Empty for kernel threads and zombies.
  virtual Result<std::vector<std::string>> arguments(int64_t pid) = 0;
  /// The exec-time environment, only names that `wanted` accepts.
  virtual Result<std::map<std::string, std::string>> environment(int64_t pid, const std::function<bool(std::string_view)>& wanted) = 0;
  /// " (deleted)" stripped.
  virtual Result<std::string> executable(int64_t pid) = 0;
  virtual Result<std::string> working_directory(int64_t pid) = 0;
  /// Where the root directory of the process is to be seen from here: its own paths are valid below it.
  virtual std::filesystem::path root_directory(int64_t pid) const = 0;
  virtual Result<ProcessOwner> owner(int64_t pid) = 0;
  virtual Result<MappedFiles> mapped_files(int64_t pid) = 0;
  /// Full paths of open model files, each once; at most kOpenFilesMax descriptors are looked at.
  virtual Result<std::vector<std::string>> open_model_files(int64_t pid) = 0;
  /// Inodes of the sockets that it holds.
  virtual Result<std::vector<uint64_t>> sockets(int64_t pid) = 0;
  virtual Result<uint64_t> open_file_count(int64_t pid) = 0;
  /// Its share of memory (PSS): costly for large processes.
  virtual Result<uint64_t> proportional_memory(int64_t pid) = 0;
  virtual Result<ProcessIo> io(int64_t pid) = 0;
  /// The text of /proc/PID/cgroup.
  virtual Result<std::string> control_groups(int64_t pid) = 0;
  virtual Result<uint64_t> network_namespace(int64_t pid) = 0;
  /// The listening TCP sockets of a network namespace, in which the process is. May be costly.
  virtual Result<std::vector<ListeningSocket>> listening_sockets(int64_t pid, uint64_t network_namespace) = 0;

  virtual TimeMs boot_time() const = 0;
  virtual uint64_t ticks_per_second() const = 0;
  /// True when this is the machine we run on, not a recording: only then may kernel events be mixed in.
  virtual bool is_live() const = 0;
};

}  // namespace monitorai::collect
