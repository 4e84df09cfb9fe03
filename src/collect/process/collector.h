#pragma once
// ProcessCollector: the LLM processes of this machine, measured, joined with what is known of the GPUs, and grouped to services: one
// consistent snapshot a scan. Rates are taken between two scans, never by sleeping. Thread: the sample thread.

#include <memory>
#include <unordered_map>

#include "base/clock.h"
#include "collect/process/families.h"
#include "collect/process/ports.h"
#include "collect/process/procfs.h"
#include "collect/process/scanner.h"
#include "collect/process/users.h"
#include "signals/gpu.h"
#include "signals/process.h"

namespace monitorai::collect {

/// PSS walks page tables. It is read again every so often, at once when RSS has moved by more than 1/kProportionalMemoryMove, and
/// never before a thousand times what the last read took: it costs a process 0.1 % of a core at most.
inline constexpr auto kProportionalMemoryInterval = std::chrono::minutes{1};
inline constexpr uint64_t kProportionalMemoryMove = 16;
inline constexpr int64_t kProportionalMemoryPause = 1000;
inline constexpr auto kEventsPause = std::chrono::milliseconds{250};  ///< events are gathered so long before they are taken

struct ProcessSettings {
  bool events = true;     ///< use the process connector where it is permitted
  bool other_ai = false;  ///< snapshots hold AI of other kinds too (verdict.is_llm is false)
};

class ProcessCollector {
 public:
  ProcessCollector(Procfs procfs, const Detector& detector, const Clock& clock, ProcessSettings settings = {});
  ProcessCollector(const ProcessCollector&) = delete;
  ProcessCollector& operator=(const ProcessCollector&) = delete;

  /// Never null. `gpu` may be null: nothing is known of GPUs. When /proc cannot be listed, the snapshot is of what was known before.
  std::shared_ptr<const signals::ProcessSnapshot> scan(const signals::GpuSnapshot* gpu);

  /// Readable when there are process events to take; -1 without them. Between two scans: poll it, let kEventsPause pass, take_events(), and
  /// while has_pending() take again after each kEventsPause.
  int events_descriptor() const { return scanner_.events_descriptor(); }
  bool has_pending() const { return scanner_.has_pending(); }
  /// Looks at new processes before they rename themselves. True when an LLM process started or ended: scan now.
  bool take_events() { return scanner_.take_events(); }

  ScanStatus status() const;

  /// One process in full, whether it is an LLM or not: its verdict with all reasons. Code::not_found when there is no such process.
  struct Explanation {
    signals::Process process;      ///< name, redacted command line, user and start; not measured
    std::string executable;
    bool is_kernel_thread = false;
    std::vector<std::string> ancestors;  ///< names, parent first
  };
  Result<Explanation> explain(int64_t pid, const signals::GpuSnapshot* gpu);

 private:
  struct Measured {
    uint64_t start_ticks = 0;
    uint64_t scan = 0;
    std::optional<uint64_t> cpu_ticks;
    std::chrono::nanoseconds cpu_time{};
    std::optional<uint64_t> proportional_memory;
    std::chrono::nanoseconds proportional_memory_due{};    // not before
    std::chrono::nanoseconds proportional_memory_stale{};  // not later
    uint64_t proportional_memory_rss = 0;
    std::shared_ptr<const Evidence> described_evidence;  // what `described` was made of
    std::shared_ptr<const signals::Verdict> described_verdict;
    signals::Process described;
    bool identified = false;
    std::string user;
    std::string container, pod, systemd_unit;
    std::vector<int64_t> namespace_pids;
  };
  using GpuUses = std::unordered_map<int64_t, std::vector<signals::ProcessGpuUse>>;

  GpuUses gpu_uses(const signals::GpuSnapshot* gpu) const;
  signals::Process measure(const JudgedProcess& judged, Measured& measured, const GpuUses& gpus);
  void identify(int64_t pid, Measured& measured);
  void measure_memory(const JudgedProcess& judged, Measured& measured);
  void count(const ProcessStat& stat, signals::Process& process) const;
  signals::Process describe(const ProcessStat& stat, const Evidence& evidence, const signals::Verdict& verdict) const;

  std::unique_ptr<Procfs> procfs_;
  const Clock& clock_;
  ProcessSettings settings_;
  PortReader ports_;
  Scanner scanner_;
  Users users_;
  std::unordered_map<int64_t, Measured> measured_;
  uint64_t scan_ = 0;
  double last_scan_seconds_ = 0;
  double scan_seconds_total_ = 0;
};

}  // namespace monitorai::collect
