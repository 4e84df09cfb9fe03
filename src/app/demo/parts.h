#pragma once
// What `monitorai demo` starts, as one table: each simulated process, how it looks from outside (executable, argv, comm: the forms are
// those of real runtimes), how much it uses, and which one starts it.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/demo/traffic.h"

namespace monitorai::app::demo {

/// CPU and memory that a part really uses.
struct Load {
  double cpu_idle = 0;        ///< cores, without a request
  double cpu_per_request = 0; ///< cores, for each running request
  double cpu_max = 0;         ///< cores: never more
  size_t memory_bytes = 0;    ///< always resident
  size_t swing_bytes = 0;     ///< more of it as the KV cache fills
};

/// What a part says of a GPU in its gpu-info file.
struct GpuClaim {
  int index = 0;
  uint64_t weights_bytes = 0;
  uint64_t cache_bytes = 0;  ///< in use as the KV cache fills; reserved all the time
};

enum class Runtime { transformers, vllm, llama_cpp };

struct Part {
  std::string_view id;          ///< "vllm-engine"
  std::string_view kind;        ///< what --only takes, shared by the parts of one server
  std::string_view started_by;  ///< the id of the part that starts it; "" is the demo itself
  Runtime runtime = Runtime::transformers;
  std::string_view framework;   ///< as the detection names it
  std::string_view model;
  std::string_view executable;  ///< base name of /proc/PID/exe
  std::string_view comm;        ///< at most 15 bytes
  std::string_view process;     ///< for the table that the demo prints
  std::string_view log;         ///< file below logs/; "" writes none
  uint16_t port_wanted = 0;     ///< 0: serves no HTTP; another port where this one is taken
  Load load;
  std::optional<GpuClaim> gpu;
};

/// All of them; a part stands after the one that starts it.
std::span<const Part> all_parts();
/// nullptr when there is none of that id.
const Part* find_part(std::string_view id);
/// The names that --only takes.
std::vector<std::string> kinds();
/// The requests that all parts of a kind agree on.
/// With an incident of the vLLM server its answers are short and quick, so that the incident alone crosses the thresholds.
TrafficShape traffic_of(std::string_view kind, IncidentKind incident = IncidentKind::none);
/// What /proc/PID/cmdline is to show. `folder` holds bin/ and models/.
std::vector<std::string> argv_of(const Part& part, std::string_view folder, uint16_t port);

/// Files below the demo's own folder that the processes of a runtime map, as real ones map their libraries.
std::span<const std::string_view> libraries_of(Runtime runtime);

/// Below the demo's own folder: the model file that the simulated llama-server maps.
inline constexpr std::string_view kGgufFile = "models/Llama-3.2-3B-Instruct-Q4_K_M.gguf";

}  // namespace monitorai::app::demo
