#include "signals/process_json.h"

#include <fmt/chrono.h>

#include "base/text.h"

namespace monitorai::signals {
namespace {

/// The members of one object, in the order in which they are added.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  void text(std::string_view key, std::string_view value) {
    name(key);
    append_json_string(out_, value);
  }
  void text_if(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void flag(std::string_view key, bool value) {
    name(key);
    out_ += value ? "true" : "false";
  }
  template <class T>
  void number(std::string_view key, T value) {
    name(key);
    if constexpr (std::is_floating_point_v<T>) {
      append_number(out_, value);
    } else {
      fmt::format_to(std::back_inserter(out_), "{}", value);
    }
  }
  template <class T>
  void number_if(std::string_view key, const std::optional<T>& value) {
    if (value) number(key, *value);
  }
  template <class Range, class Append>
  void list(std::string_view key, const Range& range, Append append) {
    name(key);
    out_ += '[';
    bool first = true;
    for (const auto& one : range) {
      if (!first) out_ += ',';
      first = false;
      append(out_, one);
    }
    out_ += ']';
  }

 private:
  void name(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_string(out_, key);
    out_ += ':';
  }
  std::string& out_;
  bool first_ = true;
};

std::string rfc3339(TimeMs time) {
  const int64_t ms = ((time.ms % 1000) + 1000) % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<time_t>((time.ms - ms) / 1000)), ms);
}

void append_gpu(std::string& out, const ProcessGpuUse& use) {
  Object object(out);
  object.text("gpu", use.gpu);
  object.text("source", gpu_source_name(use.source));
  object.number_if("memory_bytes", use.memory_bytes);
  object.number_if("utilization_percent", use.utilization_percent);
}

void append_port(std::string& out, const ListeningPort& port) {
  Object object(out);
  object.text("address", port.address);
  object.number("port", port.port);
}

void append_reason(std::string& out, const Reason& reason) {
  Object object(out);
  object.text("evidence", reason.evidence);
  object.text("text", reason.text);
  object.number("weight", reason.weight);
}

void append_process(std::string& out, const Process& process) {
  const Verdict& verdict = process.verdict;
  Object object(out);
  object.number("pid", process.id.pid);
  object.number("start_ticks", process.id.start_ticks);
  object.number("parent_pid", process.parent_pid);
  object.text("name", process.name);
  object.text("command_line", process.command_line);
  object.flag("is_llm", verdict.is_llm);
  object.flag("is_ai", verdict.is_ai);
  object.text_if("llm_type", process.llm_type);
  object.text_if("framework", verdict.framework);
  object.text_if("model", verdict.model);
  object.text_if("model_ref", verdict.model_ref);
  object.text_if("role", verdict.role);
  object.text_if("service", process.service);
  object.flag("is_root", process.is_root);
  object.flag("is_orphan", process.is_orphan);
  object.flag("is_simulated", process.is_simulated);
  object.text_if("user", process.user);
  object.text_if("container", process.container);
  object.text_if("pod", process.pod);
  object.text_if("systemd_unit", process.systemd_unit);
  object.text("started", rfc3339(process.started));
  object.number_if("cpu_percent", process.cpu_percent);
  object.number_if("cpu_seconds", process.cpu_seconds);
  object.number_if("memory_bytes", process.memory_bytes);
  object.number_if("proportional_memory_bytes", process.proportional_memory_bytes);
  object.number_if("threads", process.threads);
  object.number_if("open_files", process.open_files);
  object.number_if("read_bytes", process.read_bytes);
  object.number_if("written_bytes", process.written_bytes);
  object.list("gpus", process.gpus, append_gpu);
  object.list("ports", process.ports, append_port);
  object.list("reasons", verdict.reasons, append_reason);
}

void append_service(std::string& out, const Service& service) {
  Object object(out);
  object.text("service", service.key);
  object.number("root_pid", service.root.pid);
  object.text_if("framework", service.framework);
  object.text_if("model", service.model);
  object.text_if("llm_type", service.llm_type);
  object.text_if("container", service.container);
  object.flag("is_orphan", service.is_orphan);
  object.flag("is_simulated", service.is_simulated);
  object.list("pids", service.members, [](std::string& text, const ProcessId& id) { fmt::format_to(std::back_inserter(text), "{}", id.pid); });
  object.list("ports", service.ports, append_port);
  object.number_if("cpu_percent", service.cpu_percent);
  object.number_if("memory_bytes", service.memory_bytes);
  object.number_if("gpu_memory_bytes", service.gpu_memory_bytes);
}

}  // namespace

std::string to_json(const Process& process) {
  std::string out;
  append_process(out, process);
  return out;
}

std::string to_json(const ProcessSnapshot& snapshot) {
  std::string out;
  {
    Object object(out);
    object.text("time", rfc3339(snapshot.time));
    object.number("scanned", snapshot.scanned);
    object.list("services", snapshot.services, append_service);
    object.list("processes", snapshot.processes, append_process);
  }
  return out;
}

}  // namespace monitorai::signals
