#pragma once
// The ports on which a process listens. /proc/PID/net/tcp holds the sockets of a network namespace, /proc/PID/fd those of the process:
// the namespace is read once a scan at most, less often where that is costly, and the descriptors of a process only when its namespace's listeners or its number of descriptors
// changed. Thread: the scanner's.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "collect/process/process_table.h"
#include "signals/process.h"

namespace monitorai::collect {

/// Reading a namespace costs 0.1 % of a core at most: it is read again after so many times what the last read took.
inline constexpr int64_t kNamespacePause = 1000;

class PortReader {
 public:
  PortReader(ProcessTable& table, const Clock& clock);

  /// Namespaces are read anew after this.
  void begin_scan() { ++scan_; }
  /// The ports of a process, by port. Empty where nothing listens; the error is that of the first read that failed.
  Result<std::vector<signals::ListeningPort>> read(const signals::ProcessId& id, std::optional<uint64_t> open_files);
  void forget(int64_t pid) { processes_.erase(pid); }

 private:
  struct Namespace {
    uint64_t scan = 0;
    std::chrono::nanoseconds due{};  // not read again before
    uint64_t version = 0;  // changes when the listeners did
    std::unordered_map<uint64_t, ListeningSocket> listeners;
  };
  struct Known {
    uint64_t start_ticks = 0;
    uint64_t network_namespace = 0;
    uint64_t version = 0;
    std::optional<uint64_t> open_files;
    std::vector<signals::ListeningPort> ports;
  };
  Result<const Namespace*> listeners_of(int64_t pid, uint64_t network_namespace);

  ProcessTable& table_;
  const Clock& clock_;
  const std::optional<uint64_t> own_network_;  // absent where our own process is not in the table
  uint64_t scan_ = 1;
  uint64_t versions_ = 0;
  std::unordered_map<uint64_t, Namespace> namespaces_;
  std::unordered_map<int64_t, Known> processes_;
};

}  // namespace monitorai::collect
