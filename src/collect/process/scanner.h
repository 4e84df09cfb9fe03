#pragma once
// Which processes there are, and what each is. A process is read and judged when it is first seen, when it executes another program or
// renames itself, when it shows up on a GPU, and, while it is in doubt, now and then again (libraries are mapped later, titles change). In between
// a known process costs one read of its open stat file, or nothing at all where the kernel tells of process events.
// Thread: the sample thread.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "collect/process/detector.h"
#include "collect/process/evidence.h"
#include "collect/process/ports.h"
#include "collect/process/process_events.h"
#include "collect/process/process_table.h"
#include "signals/process.h"

namespace monitorai::collect {

inline constexpr uint64_t kHeavyBytes = 48ull << 20;   ///< a smaller process holds no model: its maps are not read to find out
inline constexpr size_t kLightLooksPerScanMax = 64;    ///< doubtful processes whose stat is read again in one scan, with process events
inline constexpr size_t kHeavyLooksPerScanMax = 32;    ///< doubtful processes that are judged again in one scan
inline constexpr size_t kAncestorsMax = 32;            ///< how far up evidence and groups look
inline constexpr size_t kPendingEventsMax = 65'536;    ///< processes waiting to be looked at after an event; beyond it all are looked at
inline constexpr size_t kLooksPerTakeMax = 256;        ///< new processes that one take_events() looks at; the others wait for the next one
/// Without process events, a process that is no AI and older than this is looked at in every kQuietScans-th scan only.
inline constexpr auto kQuietAge = std::chrono::minutes{1};
inline constexpr uint64_t kQuietScans = 3;
inline constexpr auto kImportTime = std::chrono::seconds{30};  ///< a younger process may not have mapped its libraries yet
/// Set by `monitorai demo` in the environment of what it starts.
inline constexpr const char* kSimulatedVariable = "MONITORAI_SIMULATED";
inline constexpr auto kLookAgainMin = std::chrono::seconds{2};
inline constexpr auto kLookAgainMax = std::chrono::minutes{10};
inline constexpr auto kResyncInterval = std::chrono::minutes{5};  ///< with process events, all of /proc is compared this often

/// What the scanner did, since its start. Exported as monitorai_process_*.
struct ScanCounters {
  uint64_t scans = 0;
  uint64_t full_scans = 0;         ///< that listed all processes
  uint64_t vanished = 0;           ///< processes that ended while they were read
  uint64_t permission_denied = 0;  ///< reads that were refused
  uint64_t corrupt = 0;            ///< answers of /proc that made no sense
  uint64_t judged = 0;
  uint64_t events = 0;
  uint64_t events_lost = 0;        ///< times that the kernel dropped events
  bool has_events = false;         ///< the process connector is in use
};

/// A process that was judged to be an LLM or other AI.
struct JudgedProcess {
  ProcessStat stat;
  std::shared_ptr<const Evidence> evidence;
  std::shared_ptr<const signals::Verdict> verdict;
  signals::ProcessId root;          ///< the nearest ancestor that is an LLM process too; pid 0: none
  bool root_died = false;           ///< it had such an ancestor once, and that one has ended
  int64_t parent_pid = 0;
};

/// GPU memory by pid, as far as known.
using GpuMemory = std::unordered_map<int64_t, uint64_t>;

class Scanner {
 public:
  Scanner(ProcessTable& table, PortReader& ports, const Detector& detector, const Clock& clock)
      : table_(table), ports_(ports), detector_(detector), clock_(clock) {}

  /// Uses process events from now on.
  void use_events(ProcessEvents events);
  /// Brings everything up to date. An error means that the processes could not be listed: what was known before stays.
  Result<void> scan(const GpuMemory& gpu_memory);
  /// Takes waiting process events, and looks at those new processes that were waiting at the call before: while their command line is
  /// still theirs, and yet without a look at the many that end at once. True when an LLM process appeared or ended: worth a scan.
  bool take_events();
  /// Some wait for the next take_events().
  bool has_pending() const { return !pending_.empty(); }
  /// Descriptor that is readable when take_events() has something to do; -1 without process events.
  int events_descriptor() const { return events_ ? events_->descriptor() : -1; }

  /// LLM and other AI processes, by pid, as of the last scan.
  const std::vector<JudgedProcess>& judged() const { return judged_; }
  size_t process_count() const { return entries_.size(); }
  const ScanCounters& counters() const { return counters_; }

  /// Reads all there is to know about one process, and judges it, whatever it was taken for before.
  struct Explained {
    ProcessStat stat;
    std::shared_ptr<const Evidence> evidence;
    signals::Verdict verdict;
  };
  Result<Explained> explain(int64_t pid, std::optional<uint64_t> gpu_memory_bytes);

 private:
  struct Ai {
    std::shared_ptr<const signals::Verdict> verdict;
    signals::ProcessId root;
    bool root_died = false;
  };
  struct Entry {
    ProcessStat stat;
    std::shared_ptr<Evidence> evidence;  // of AI processes, and of those that are an ancestor of one that was judged
    std::unique_ptr<Ai> ai;              // null: neither LLM nor other AI
    std::chrono::nanoseconds look_again = std::chrono::nanoseconds::max();
    uint64_t pass = 0;
    uint64_t gpu_memory = 0;
    bool kept = false;
  };
  enum class Pending : uint8_t { started, changed, ended };

  Result<void> full_pass();
  bool is_quiet(const Entry& entry) const;
  void events_pass();
  void look_again(const GpuMemory& gpu_memory);
  /// Reads stat and does what follows from it: first sight, another program, another process under the same pid, the end.
  void visit(int64_t pid);
  void first_sight(Entry& entry);
  struct Judgement {
    signals::Verdict verdict;
    bool provisional = false;  // a young process, whose libraries may still come
  };
  Judgement judge(const ProcessStat& stat, Evidence& evidence, bool heavy);
  void name_ollama_blob(int64_t pid, signals::Verdict& verdict);
  void judge(Entry& entry, bool heavy);
  void read_light(const ProcessStat& stat, Evidence& evidence, bool same_program);
  void read_heavy(const ProcessStat& stat, Evidence& evidence);
  void schedule(Entry& entry);
  std::chrono::milliseconds age_of(const ProcessStat& stat) const;
  void drop(int64_t pid);
  Entry* parent_of(Entry& entry);
  std::shared_ptr<Evidence> evidence_of(Entry& entry, size_t depth);
  void publish();
  template <class T>
  bool note(const Result<T>& result);

  ProcessTable& table_;
  PortReader& ports_;
  const Detector& detector_;
  const Clock& clock_;
  std::optional<ProcessEvents> events_;
  std::unordered_map<int64_t, Entry> entries_;
  std::set<int64_t> ai_pids_;  // those of entries_ that have ai: few, while entries_ may be ten thousands
  std::unordered_map<int64_t, Pending> pending_;
  std::vector<ProcessEvent> taken_;
  std::vector<int64_t> pids_;
  std::vector<JudgedProcess> judged_;
  ProcessStat stat_;  // reused: no allocation in the loop over all processes
  std::optional<std::chrono::nanoseconds> last_full_pass_;
  uint64_t pass_ = 0;
  bool ai_changed_ = false;
  ScanCounters counters_;
};

}  // namespace monitorai::collect
