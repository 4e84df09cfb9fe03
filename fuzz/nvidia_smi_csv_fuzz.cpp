// nvidia-smi's CSV, whose form drifts from driver to driver. What is accepted is within its bounds.

#include <set>

#include "base/check.h"
#include "base/text.h"
#include "collect/gpu/drm_clients.h"
#include "collect/gpu/nvidia_smi_csv.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const auto asked : {collect::smi_gpu_columns(), collect::smi_basic_gpu_columns()}) {
    std::set<std::string> names;
    for (const auto& device : collect::parse_smi_gpus(text, asked)) {
      MAI_CHECK(names.insert(device.gpu).second);
      MAI_CHECK(valid_utf8(device.gpu_type) && valid_utf8(device.uuid) && valid_utf8(device.pci));
      MAI_CHECK(device.utilization_percent.value_or(0) >= 0 && device.utilization_percent.value_or(0) <= 100);
      MAI_CHECK(device.memory_used_bytes.value_or(0) <= uint64_t{1} << 50);
    }
  }
  for (const auto asked : {collect::smi_process_columns(), collect::smi_basic_process_columns()}) {
    for (const auto& process : collect::parse_smi_processes(text, asked)) MAI_CHECK(process.pid > 0);
  }
  // fdinfo of the kernel has the same shape of trouble: lines of keys, numbers and units.
  if (const auto client = collect::parse_drm_fdinfo(text)) MAI_CHECK(client->memory_bytes.value_or(0) <= uint64_t{1} << 50);
  return 0;
}
