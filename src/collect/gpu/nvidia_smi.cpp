#include "collect/gpu/nvidia_smi.h"

#include "base/text.h"
#include "collect/gpu/nvidia_smi_csv.h"

namespace monitorai::collect {
namespace {

using signals::GpuProcess;

/// The name of the GPU with this UUID. A single GPU needs none.
std::string gpu_of(const std::vector<signals::GpuDevice>& devices, const std::string& uuid) {
  for (const auto& device : devices)
    if (!uuid.empty() && device.uuid == uuid) return device.gpu;
  return devices.size() == 1 ? devices.front().gpu : "";
}

}  // namespace

Result<std::string> NvidiaSmiReader::query(std::string_view what, std::span<const std::string_view> all,
                                           std::span<const std::string_view> basic, bool& use_basic) {
  const auto ask = [&](std::span<const std::string_view> columns) {
    return children_.run({program_, fmt::format("--query-{}={}", what, fmt::join(columns, ",")), "--format=csv"});
  };
  if (use_basic) return ask(basic);
  auto output = ask(all);
  if (output || output.error().code != Code::unavailable) return output;
  auto basic_output = ask(basic);
  if (!basic_output) return output;
  use_basic = true;
  return basic_output;
}

SourceReading NvidiaSmiReader::read() {
  SourceReading reading;
  const auto fail = [&](const Error& error) {
    reading.problem = error.message;
    reading.absent = error.code == Code::not_found;
    ++reading.errors[reading.absent ? "program_not_found" : "query_failed"];
  };
  if (const auto gpus = query("gpu", smi_gpu_columns(), smi_basic_gpu_columns(), basic_gpus_)) {
    reading.gpus.devices = parse_smi_gpus(*gpus, basic_gpus_ ? smi_basic_gpu_columns() : smi_gpu_columns());
    reading.up = !reading.gpus.devices.empty();
    if (!reading.up) {
      reading.problem = fmt::format("cannot use the answer of {}: it names no GPU", program_);
      ++reading.errors["no_gpu_in_answer"];
    }
  } else {
    fail(gpus.error());
  }
  if (reading.up) {
    const auto apps = query("compute-apps", smi_process_columns(), smi_basic_process_columns(), basic_processes_);
    if (!apps) fail(apps.error());
    const auto rows = parse_smi_processes(apps ? std::string_view(*apps) : std::string_view(),
                                          basic_processes_ ? smi_basic_process_columns() : smi_process_columns());
    for (const SmiProcess& row : rows) {
      GpuProcess process;
      process.pid = row.pid;
      process.gpu = gpu_of(reading.gpus.devices, row.gpu_uuid);
      process.source = signals::GpuSource::nvidia_smi;
      process.memory_bytes = row.memory_bytes;
      if (process.gpu.empty()) {
        ++reading.errors["process_of_unknown_gpu"];
      } else {
        reading.gpus.processes.push_back(std::move(process));
      }
    }
  }
  reading.unreaped_children = children_.unreaped();
  return reading;
}

}  // namespace monitorai::collect
