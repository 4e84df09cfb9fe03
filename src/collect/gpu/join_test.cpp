#include "collect/gpu/join.h"

#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

using signals::GpuDevice;
using signals::GpuProcess;
using signals::GpuSource;

GpuDevice device(std::string gpu, GpuSource source, std::string uuid = "", std::string pci = "") {
  GpuDevice out;
  out.gpu = std::move(gpu);
  out.source = source;
  out.uuid = std::move(uuid);
  out.pci = std::move(pci);
  return out;
}

GpuProcess process(int64_t pid, std::string gpu, GpuSource source, std::optional<uint64_t> memory, std::optional<double> utilization = {}) {
  GpuProcess out;
  out.pid = pid;
  out.gpu = std::move(gpu);
  out.source = source;
  out.memory_bytes = memory;
  out.utilization_percent = utilization;
  return out;
}

GpuInfo file(int64_t pid, uint64_t index, std::optional<uint64_t> memory, std::optional<double> utilization = {}) {
  GpuInfo out;
  out.pid = pid;
  out.gpu_index = index;
  out.allocated_bytes = memory;
  out.utilization_percent = utilization;
  return out;
}

TEST(Join, each_device_comes_from_its_best_source) {
  GpuReading nvml, smi, drm;
  nvml.devices = {device("gpu0", GpuSource::nvml, "GPU-a", "0000:01:00.0")};
  smi.devices = {device("gpu0", GpuSource::nvidia_smi, "GPU-a"), device("gpu1", GpuSource::nvidia_smi, "GPU-b")};
  drm.devices = {device("", GpuSource::drm, "", "0000:01:00.0"), device("", GpuSource::drm, "", "0000:03:00.0")};
  const auto snapshot = join({1}, {&nvml, &smi, &drm, {}, 2});
  ASSERT_EQ(snapshot.devices.size(), 3u);
  EXPECT_EQ(snapshot.devices[0].source, GpuSource::nvml);
  EXPECT_EQ(snapshot.devices[1].source, GpuSource::nvidia_smi);
  EXPECT_EQ(snapshot.devices[2].source, GpuSource::drm);
  EXPECT_EQ(snapshot.devices[2].gpu, "gpu2") << "named after the NVIDIA GPUs";
}

TEST(Join, a_drm_gpu_keeps_its_name_while_nvidia_is_away) {
  GpuReading drm;
  drm.devices = {device("", GpuSource::drm, "", "0000:03:00.0")};
  drm.processes = {process(42, "0000:03:00.0", GpuSource::drm, 5), process(43, "0000:99:00.0", GpuSource::drm, 6)};
  const auto snapshot = join({1}, {nullptr, nullptr, &drm, {}, 2});
  EXPECT_EQ(snapshot.devices.at(0).gpu, "gpu2");
  ASSERT_EQ(snapshot.processes.size(), 1u) << "a process of an unknown device has no place";
  EXPECT_EQ(snapshot.processes[0].gpu, "gpu2");
}

TEST(Join, the_file_gives_only_what_the_driver_does_not) {
  struct Want {
    std::optional<uint64_t> memory;
    std::optional<double> utilization;
    GpuSource source;
  };
  const auto f = [](const std::string& story, std::optional<uint64_t> nvml_memory, std::optional<double> nvml_use, Want want) {
    GpuReading nvml;
    nvml.processes = {process(42, "gpu0", GpuSource::nvml, nvml_memory, nvml_use)};
    const auto snapshot = join({1}, {&nvml, nullptr, nullptr, {file(42, 0, 70, 9.0)}, 0});
    ASSERT_EQ(snapshot.processes.size(), 1u) << story;
    EXPECT_EQ(snapshot.processes[0].memory_bytes, want.memory) << story;
    EXPECT_EQ(snapshot.processes[0].utilization_percent, want.utilization) << story;
    EXPECT_EQ(snapshot.processes[0].source, want.source) << story;
  };
  f("NVML knows all", 100, 25.0, {100, 25.0, GpuSource::nvml});
  f("NVML says idle", 100, 0.0, {100, 0.0, GpuSource::nvml});
  f("MIG: no utilisation", 100, std::nullopt, {100, 9.0, GpuSource::nvml});
  f("WDDM: no memory", std::nullopt, 25.0, {70, 25.0, GpuSource::file});
  f("WSL2: neither", std::nullopt, std::nullopt, {70, 9.0, GpuSource::file});
}

TEST(Join, a_file_of_a_process_that_the_driver_does_not_know_stands_alone) {
  GpuReading nvml;
  nvml.processes = {process(1, "gpu0", GpuSource::nvml, 100)};
  const auto snapshot = join({1}, {&nvml, nullptr, nullptr, {file(42, 3, 70)}, 0});
  ASSERT_EQ(snapshot.processes.size(), 2u);
  EXPECT_EQ(snapshot.processes[1].gpu, "gpu3");
  EXPECT_EQ(snapshot.processes[1].source, GpuSource::file);
}

TEST(Join, where_the_driver_knows_the_gpu_the_index_of_the_file_is_not_believed) {
  GpuReading nvml;
  nvml.processes = {process(42, "gpu3", GpuSource::nvml, std::nullopt)};
  const auto snapshot = join({1}, {&nvml, nullptr, nullptr, {file(42, 0, 70)}, 0});
  ASSERT_EQ(snapshot.processes.size(), 1u) << "CUDA_VISIBLE_DEVICES=3 makes gpu3 the process's GPU 0";
  EXPECT_EQ(snapshot.processes[0].gpu, "gpu3");
  EXPECT_EQ(snapshot.processes[0].memory_bytes, 70u);
}

TEST(Join, memory_is_never_counted_twice) {
  GpuReading nvml;
  nvml.processes = {process(42, "gpu0", GpuSource::nvml, 100), process(42, "gpu1", GpuSource::nvml, 200)};
  const auto snapshot = join({1}, {&nvml, nullptr, nullptr, {file(42, 5, 70)}, 0});
  ASSERT_EQ(snapshot.processes.size(), 2u);
  EXPECT_EQ(*snapshot.processes[0].memory_bytes + *snapshot.processes[1].memory_bytes, 300u);
}

TEST(Join, two_drivers_fill_each_others_gaps) {
  GpuReading nvml, smi;
  nvml.processes = {process(42, "gpu0", GpuSource::nvml, std::nullopt, 25.0)};
  smi.processes = {process(42, "gpu0", GpuSource::nvidia_smi, 100)};
  const auto snapshot = join({1}, {&nvml, &smi, nullptr, {}, 0});
  ASSERT_EQ(snapshot.processes.size(), 1u);
  EXPECT_EQ(snapshot.processes[0].memory_bytes, 100u);
  EXPECT_EQ(snapshot.processes[0].utilization_percent, 25);
  EXPECT_EQ(snapshot.processes[0].source, GpuSource::nvidia_smi) << "where its memory came from";
}

TEST(GpuIndex, is_the_number_in_the_name) {
  EXPECT_EQ(gpu_index("gpu0"), 0u);
  EXPECT_EQ(gpu_index("gpu12/mig3"), 12u);
  for (std::string_view bad : {"", "gpu", "gpux", "card0", "gpu-1"}) EXPECT_FALSE(gpu_index(bad)) << bad;
}

}  // namespace
}  // namespace monitorai::collect
