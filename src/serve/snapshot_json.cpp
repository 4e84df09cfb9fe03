#include "serve/snapshot_json.h"

#include "serve/json_writer.h"

namespace monitorai::serve {
namespace {

using signals::GpuDevice;
using signals::GpuProcess;
using signals::ListeningPort;
using signals::Process;
using signals::Service;

double seconds(TimeMs time) { return static_cast<double>(time.ms) / 1000; }

void append_ports(JsonWriter& json, const std::vector<ListeningPort>& ports) {
  json.key("ports").begin_list();
  for (const ListeningPort& port : ports) json.begin_object().field("address", port.address).field("port", port.port).end_object();
  json.end_list();
}

void append_process(JsonWriter& json, const Process& process) {
  json.begin_object();
  json.field("pid", process.id.pid).field("parent_pid", process.parent_pid).field("name", process.name);
  json.field("command_line", process.command_line).field("llm_type", process.llm_type);
  json.field("framework", process.verdict.framework).field("model", process.verdict.model).field("model_ref", process.verdict.model_ref);
  json.field("role", process.verdict.role).field("service", process.service);
  json.field("is_root", process.is_root).field("is_orphan", process.is_orphan).field("is_simulated", process.is_simulated);
  json.field("user", process.user)
      .field("container", process.container)
      .field("pod", process.pod)
      .field("systemd_unit", process.systemd_unit);
  json.field("started", seconds(process.started));
  json.field("cpu_percent", process.cpu_percent).field("cpu_seconds", process.cpu_seconds);
  json.field("memory_bytes", process.memory_bytes).field("proportional_memory_bytes", process.proportional_memory_bytes);
  json.field("threads", process.threads).field("open_files", process.open_files);
  json.field("read_bytes", process.read_bytes).field("written_bytes", process.written_bytes);
  json.key("gpus").begin_list();
  for (const auto& use : process.gpus)
    json.begin_object()
        .field("gpu", use.gpu)
        .field("source", gpu_source_name(use.source))
        .field("memory_bytes", use.memory_bytes)
        .field("utilization_percent", use.utilization_percent)
        .end_object();
  json.end_list();
  append_ports(json, process.ports);
  json.key("reasons").begin_list();
  for (const auto& reason : process.verdict.reasons)
    json.begin_object().field("evidence", reason.evidence).field("text", reason.text).field("weight", reason.weight).end_object();
  json.end_list();
  json.end_object();
}

void append_service(JsonWriter& json, const Service& service) {
  json.begin_object();
  json.field("key", service.key).field("root_pid", service.root.pid).field("framework", service.framework).field("model", service.model);
  json.field("llm_type", service.llm_type).field("container", service.container);
  json.field("is_orphan", service.is_orphan).field("is_simulated", service.is_simulated);
  json.key("members").begin_list();
  for (const auto& member : service.members) json.value(member.pid);
  json.end_list();
  append_ports(json, service.ports);
  json.field("cpu_percent", service.cpu_percent)
      .field("memory_bytes", service.memory_bytes)
      .field("gpu_memory_bytes", service.gpu_memory_bytes);
  json.end_object();
}

void append_device(JsonWriter& json, const GpuDevice& device) {
  json.begin_object();
  json.field("gpu", device.gpu).field("gpu_type", device.gpu_type).field("uuid", device.uuid).field("pci", device.pci);
  json.field("vendor", device.vendor).field("driver", device.driver).field("source", gpu_source_name(device.source));
  json.field("utilization_percent", device.utilization_percent).field("memory_utilization_percent", device.memory_utilization_percent);
  json.field("memory_used_bytes", device.memory_used_bytes).field("memory_total_bytes", device.memory_total_bytes);
  json.field("memory_reserved_bytes", device.memory_reserved_bytes).field("temperature_celsius", device.temperature_celsius);
  json.field("memory_temperature_celsius", device.memory_temperature_celsius);
  json.field("power_watts", device.power_watts)
      .field("power_limit_watts", device.power_limit_watts)
      .field("energy_joules", device.energy_joules);
  json.field("fan_percent", device.fan_percent).field("sm_clock_hertz", device.sm_clock_hertz);
  json.field("memory_clock_hertz", device.memory_clock_hertz);
  json.field("pcie_received_bytes_per_second", device.pcie_received_bytes_per_second);
  json.field("pcie_sent_bytes_per_second", device.pcie_sent_bytes_per_second);
  json.field("pcie_generation", device.pcie_generation).field("pcie_width", device.pcie_width);
  json.field("ecc_corrected", device.ecc_corrected).field("ecc_uncorrected", device.ecc_uncorrected);
  json.field("throttle_reasons", device.throttle_reasons);
  json.key("performance_state");
  device.performance_state ? json.value(*device.performance_state) : json.value(std::optional<bool>{});
  json.end_object();
}

void append_gpu_process(JsonWriter& json, const GpuProcess& process) {
  json.begin_object();
  json.field("pid", process.pid).field("gpu", process.gpu).field("source", gpu_source_name(process.source));
  json.field("memory_bytes", process.memory_bytes).field("memory_reserved_bytes", process.memory_reserved_bytes);
  json.field("utilization_percent", process.utilization_percent).field("memory_utilization_percent", process.memory_utilization_percent);
  json.field("encoder_percent", process.encoder_percent).field("decoder_percent", process.decoder_percent);
  json.end_object();
}

}  // namespace

std::string processes_json(const signals::ProcessSnapshot& snapshot) {
  JsonWriter json;
  json.begin_object().field("time", seconds(snapshot.time)).field("scanned", snapshot.scanned);
  json.key("processes").begin_list();
  for (const Process& process : snapshot.processes) append_process(json, process);
  json.end_list();
  json.key("services").begin_list();
  for (const Service& service : snapshot.services) append_service(json, service);
  json.end_list().end_object();
  return json.take() + "\n";
}

std::string gpus_json(const signals::GpuSnapshot& snapshot) {
  JsonWriter json;
  json.begin_object().field("time", seconds(snapshot.time));
  json.key("gpus").begin_list();
  for (const GpuDevice& device : snapshot.devices) append_device(json, device);
  json.end_list();
  json.key("processes").begin_list();
  for (const GpuProcess& process : snapshot.processes) append_gpu_process(json, process);
  json.end_list().end_object();
  return json.take() + "\n";
}

}  // namespace monitorai::serve
