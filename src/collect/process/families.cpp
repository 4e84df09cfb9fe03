#include "collect/process/families.h"

#include <map>
#include <tuple>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;
using signals::Process;
using signals::Service;

constexpr std::string_view kUnknown = "unknown";

std::string known(const std::string& text) { return text.empty() ? std::string(kUnknown) : to_valid_utf8(text); }

std::string ports_text(const std::vector<signals::ListeningPort>& ports) {
  std::string text;
  for (const signals::ListeningPort& port : ports) {
    const std::string one = fmt::format("{}", port.port);
    if (!text.empty()) text += ',';
    text += one;
  }
  return text;
}

Labels process_labels(const Process& process) {
  return {{"pid", fmt::format("{}", process.id.pid)},
          {"name", known(process.name)},
          {"llm_type", process.llm_type},
          {"model_name", known(process.verdict.model)},
          {"framework", known(process.verdict.framework)}};
}

Labels service_labels(const Service& service) {
  return {{"service", service.key}, {"llm_type", service.llm_type}, {"model_name", known(service.model)}, {"framework", known(service.framework)}};
}

double seconds(TimeMs time) { return static_cast<double>(time.ms) / 1000; }

void add_services(const signals::ProcessSnapshot& snapshot, std::vector<MetricFamily>& out) {
  MetricFamily members{"llm_service_processes", "Processes of a service: its root and all that the root started"};
  MetricFamily cpu{"llm_service_cpu_percent", "CPU use of all processes of a service; 100 is one core"};
  MetricFamily memory{"llm_service_memory_bytes", "Memory of a service: PSS of its processes, RSS where PSS cannot be read", MetricType::gauge, "bytes"};
  MetricFamily gpu{"llm_service_gpu_memory_bytes", "GPU memory held by all processes of a service", MetricType::gauge, "bytes"};
  MetricFamily orphan{"llm_service_orphan", "1 when the root of a service has ended and its engine still holds GPU memory, else 0"};
  for (const Service& service : snapshot.services) {
    const Labels labels = service_labels(service);
    members.gauge(labels, static_cast<double>(service.members.size()));
    cpu.gauge_if(labels, service.cpu_percent);
    memory.gauge_if(labels, service.memory_bytes);
    gpu.gauge_if(labels, service.gpu_memory_bytes);
    orphan.gauge(labels, service.is_orphan ? 1 : 0);
  }
  for (MetricFamily* family : {&members, &cpu, &memory, &gpu, &orphan}) out.push_back(std::move(*family));
}

}  // namespace

std::vector<MetricFamily> process_families(const signals::ProcessSnapshot& snapshot) {
  MetricFamily count{"llm_process_count", "LLM processes by model and framework"};
  MetricFamily cpu{"llm_process_cpu_percent", "CPU use between the last two scans; 100 is one core"};
  MetricFamily memory{"llm_process_memory_bytes", "Resident memory (RSS)", MetricType::gauge, "bytes"};
  MetricFamily gpu_memory{"llm_process_gpu_memory_bytes", "GPU memory that the process holds, for each GPU", MetricType::gauge, "bytes"};
  MetricFamily gpu_utilization{"llm_process_gpu_utilization", "GPU use of the process in percent, for each GPU"};
  MetricFamily cpu_seconds{"llm_process_cpu_seconds", "CPU time, user and system, since the process started", MetricType::counter, "seconds"};
  MetricFamily proportional{"llm_process_proportional_memory_bytes", "Memory with shared pages divided among those that share them (PSS)", MetricType::gauge, "bytes"};
  MetricFamily threads{"llm_process_threads", "Threads"};
  MetricFamily files{"llm_process_open_files", "Open file descriptors"};
  MetricFamily read{"llm_process_read_bytes", "Bytes read from storage since the process started", MetricType::counter, "bytes"};
  MetricFamily written{"llm_process_written_bytes", "Bytes written to storage since the process started", MetricType::counter, "bytes"};
  MetricFamily start{"llm_process_start_time_seconds", "Start of the process in seconds since 1970-01-01", MetricType::gauge, "seconds"};
  MetricFamily info{"llm_process", "What is known of the process: role, user, container, ports, and the service it belongs to", MetricType::info};
  MetricFamily orphan{"llm_process_orphan", "1 for each process of an engine whose server has ended and that still holds GPU memory"};

  std::map<std::tuple<std::string, std::string, std::string>, size_t> counts;
  for (const Process& process : snapshot.processes) {
    if (!process.verdict.is_llm) continue;
    const Labels labels = process_labels(process);
    ++counts[{process.llm_type, known(process.verdict.model), known(process.verdict.framework)}];
    cpu.gauge_if(labels, process.cpu_percent);
    memory.gauge_if(labels, process.memory_bytes);
    for (const signals::ProcessGpuUse& use : process.gpus) {
      if (use.gpu.empty()) continue;
      const Labels with_gpu = labels.with("gpu", use.gpu);
      gpu_memory.gauge_if(with_gpu, use.memory_bytes);
      gpu_utilization.gauge_if(with_gpu, use.utilization_percent);
    }
    cpu_seconds.counter_if(labels, process.cpu_seconds);
    proportional.gauge_if(labels, process.proportional_memory_bytes);
    threads.gauge_if(labels, process.threads);
    files.gauge_if(labels, process.open_files);
    read.counter_if(labels, process.read_bytes);
    written.counter_if(labels, process.written_bytes);
    start.gauge(labels, seconds(process.started));
    info.info(labels.with("role", process.verdict.role)
                  .with("user", process.user)
                  .with("container", process.container)
                  .with("pod", process.pod)
                  .with("systemd_unit", process.systemd_unit)
                  .with("ports", ports_text(process.ports))
                  .with("service", process.service)
                  .with("model_ref", to_valid_utf8(process.verdict.model_ref))
                  .with("simulated", process.is_simulated ? "true" : ""));
    if (process.is_orphan) orphan.gauge(labels, 1);
  }
  for (const auto& [key, number] : counts) {
    const auto& [type, model, framework] = key;
    count.gauge({{"llm_type", type}, {"model_name", model}, {"framework", framework}}, static_cast<double>(number));
  }
  std::vector<MetricFamily> families;
  for (MetricFamily* family : {&count, &cpu, &memory, &gpu_memory, &gpu_utilization, &cpu_seconds, &proportional, &threads, &files, &read, &written, &start, &info, &orphan})
    families.push_back(std::move(*family));
  add_services(snapshot, families);
  return families;
}

std::vector<MetricFamily> scan_families(const ScanStatus& status) {
  std::vector<MetricFamily> families;
  const auto gauge = [&](std::string name, std::string help, double value, std::string unit = "") {
    families.push_back({std::move(name), std::move(help), MetricType::gauge, std::move(unit)});
    families.back().gauge({}, value);
  };
  const auto counter = [&](std::string name, std::string help, double value, std::string unit = "") {
    families.push_back({std::move(name), std::move(help), MetricType::counter, std::move(unit)});
    families.back().counter({}, value);
  };
  const ScanCounters& counters = status.counters;
  const auto number = [](auto value) { return static_cast<double>(value); };
  gauge("monitorai_process_scan_duration_seconds", "Wall time of the last scan of all processes", status.last_scan_seconds, "seconds");
  counter("monitorai_process_scan_seconds", "Wall time of all scans", status.scan_seconds_total, "seconds");
  counter("monitorai_process_scans", "Scans", number(counters.scans));
  counter("monitorai_process_full_scans", "Scans that listed all processes; the others went by the kernel's process events", number(counters.full_scans));
  gauge("monitorai_process_known", "Processes of all kinds that are known now", number(status.processes));
  gauge("monitorai_process_kept_files", "Files of /proc that are held open", number(status.kept_files));
  gauge("monitorai_process_events_in_use", "1 when the kernel tells of process events, 0 when all processes are polled", counters.has_events ? 1 : 0);
  counter("monitorai_process_judged", "Processes read in full and judged", number(counters.judged));
  counter("monitorai_process_vanished", "Processes that ended while they were read", number(counters.vanished));
  counter("monitorai_process_permission_denied", "Reads of /proc that were refused", number(counters.permission_denied));
  counter("monitorai_process_corrupt", "Answers of /proc that made no sense", number(counters.corrupt));
  counter("monitorai_process_events", "Process events taken", number(counters.events));
  counter("monitorai_process_events_lost", "Times that the kernel dropped process events because they came too fast", number(counters.events_lost));
  return families;
}

}  // namespace monitorai::collect
