#pragma once
// Which LLM processes of this machine stand behind the spans of a trace: the one that made a span, and the one that answered the call that
// a span is. Pure but for what it asks `past`; any thread.
// Sources of the names: opentelemetry.io/docs/specs/semconv/resource/process, .../host, .../container, general/attributes (server.*, and
// net.peer.* as they were called before 1.21).

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "signals/process.h"
#include "signals/spans.h"

namespace monitorai::judge {

enum class JoinRole : uint8_t { made, served };
/// `caller`: a span above it called the process by its port, and this one is of the service that was called.
enum class JoinedBy : uint8_t { resource, container, attribute, port, caller };
std::string_view join_role_name(JoinRole role);
std::string_view joined_by_name(JoinedBy by);

struct JoinedSpan {
  signals::SpanId span;
  JoinRole role = JoinRole::made;
  JoinedBy by = JoinedBy::resource;
};

/// A process as answers tell of it.
struct KnownProcess {
  int64_t pid = 0;
  std::string name;
  std::string llm_type;
  std::string framework;
  std::string model;
  std::string service;
  std::string container;
  bool is_running = false;        ///< it is in the newest scan
  std::vector<int64_t> members;   ///< of its service, itself among them, ascending: the GPU may be a worker's
  std::vector<std::string> gpus;  ///< that these use, sorted
};
KnownProcess known_process(const signals::Process& process, const signals::ProcessSnapshot& snapshot);

struct ProcessOfTrace {
  KnownProcess process;
  std::vector<JoinedSpan> spans;  ///< in the order of the trace
};

/// What a process is asked for by: its pid, a port that it listens on, the first 12 hex digits of its container.
enum class ProcessKey : uint8_t { pid, port, container };
/// What is kept of the process that this was the key of then; nullopt when nothing is. Asked where no process of the newest scan fits.
using PastProcess = std::function<std::optional<KnownProcess>(ProcessKey key, std::string_view value, TimeNs at)>;

/// Further keys of a trace are not asked for in the past.
inline constexpr size_t kPastKeysMax = 100;

/// `host_names`: what this machine is called, names and addresses in lower case, "localhost" and the like excepted: they always are.
/// Spans of other hosts are joined to nothing. In the order in which processes first occur.
std::vector<ProcessOfTrace> join_processes(std::span<const signals::Span> trace, const signals::ProcessSnapshot& now,
                                           std::span<const std::string> host_names, const PastProcess& past);

}  // namespace monitorai::judge
