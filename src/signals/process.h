#pragma once
// What was seen of the LLM processes at one moment: processes, and the services they belong to. Made by collect/process, drawn by serve
// and the command line. Everything in it is already redacted.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "signals/gpu.h"

namespace monitorai::signals {

/// A reused pid is another process: the start time (clock ticks since boot, field 22 of /proc/PID/stat) tells them apart.
struct ProcessId {
  int64_t pid = 0;
  uint64_t start_ticks = 0;
  auto operator<=>(const ProcessId&) const = default;
};

/// One piece of evidence for or against, as `monitorai ps --explain` prints it: "executable: llama-server is llama.cpp's server".
struct Reason {
  std::string evidence;  ///< executable, script, module, title, flag, environment, library, file, gpu, port, ancestry, wrapper
  std::string text;
  double weight = 0;     ///< > 0 speaks for an LLM, < 0 against
};

/// What detection says about one process.
struct Verdict {
  bool is_llm = false;
  bool is_ai = false;      ///< AI of another kind (speech, image): shown by ps --all, not counted
  std::string framework;   ///< "vllm", "llama.cpp", "transformers", ...; "" when unknown
  std::string model;       ///< the name for people and labels; "" when unknown
  std::string model_ref;   ///< as the process was told: a path, a hub id, a URL
  std::string role;        ///< server, worker, router, launcher, helper, cli, batch, script, notebook, trainer, tool, gui
  std::vector<Reason> reasons;
};

struct ProcessGpuUse {
  std::string gpu;
  GpuSource source = GpuSource::nvml;
  std::optional<uint64_t> memory_bytes;
  std::optional<double> utilization_percent;
};

struct ListeningPort {
  std::string address;
  uint16_t port = 0;
  bool other_network = false;  ///< in another network namespace than ours: our loopback does not reach it
};

struct Process {
  ProcessId id;
  int64_t parent_pid = 0;
  std::string name;          ///< what a person calls it: "vllm", "llama-server", "run-model.py"
  std::string command_line;  ///< redacted, cut at a limit
  std::string llm_type;      ///< "llm", "embedding"
  Verdict verdict;
  std::string service;       ///< key of the group it belongs to
  bool is_root = false;      ///< the root of its service
  bool is_orphan = false;    ///< its root died and it still holds GPU memory
  bool is_simulated = false; ///< started by `monitorai demo`
  std::string user;
  std::string container;     ///< 12 hex digits, "" outside containers
  std::string pod;           ///< Kubernetes pod UID, "" outside
  std::string systemd_unit;
  TimeMs started;

  std::optional<double> cpu_percent;  ///< 100 = one core, over the time since the scan before
  std::optional<double> cpu_seconds;
  std::optional<uint64_t> memory_bytes;  ///< RSS
  std::optional<uint64_t> proportional_memory_bytes;  ///< PSS
  std::optional<uint64_t> threads;
  std::optional<uint64_t> open_files;
  std::optional<uint64_t> read_bytes;
  std::optional<uint64_t> written_bytes;
  std::vector<ProcessGpuUse> gpus;
  std::vector<ListeningPort> ports;
};

/// A group of processes that serve together: its root and all that the root started.
struct Service {
  std::string key;       ///< "vllm/Qwen2.5-7B@4711": stable while the root lives
  ProcessId root;
  std::string framework;
  std::string model;
  std::string llm_type;
  std::string container;
  bool is_orphan = false;
  bool is_simulated = false;
  std::vector<ProcessId> members;
  std::vector<ListeningPort> ports;
  std::optional<double> cpu_percent;
  std::optional<uint64_t> memory_bytes;      ///< PSS summed where it can be read, RSS of the others
  std::optional<uint64_t> gpu_memory_bytes;  ///< summed over members
};

struct ProcessSnapshot {
  TimeMs time;
  std::vector<Process> processes;  ///< LLM processes, by pid; where asked for, AI of other kinds too
  std::vector<Service> services;
  size_t scanned = 0;              ///< all processes looked at
};

}  // namespace monitorai::signals
