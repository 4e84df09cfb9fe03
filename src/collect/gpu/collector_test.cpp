#include "collect/gpu/collector.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "base/files.h"
#include "collect/gpu/scenario_for_tests.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using signals::GpuSource;

constexpr std::string_view kOneGpu =
    "gpu A100\nuuid GPU-a\npci 00000000:01:00.0\nmemory 1000 500 10\nutilization 30 1\nprocess 42 C 100 25\n";

/// A machine with fake NVML and nvidia-smi. Deadlines are long where a read returns: no test depends on the speed of the machine.
struct Machine {
  explicit Machine(std::string_view scenario) {
    fs::create_directory(temporary.path() / "logs");
    set(scenario);
    settings.nvml_library = MAI_FAKES "/libnvidia-ml.so.1";
    settings.nvidia_smi_program = MAI_FAKES "/nvidia-smi";
    settings.sys_root = temporary.path() / "sys";
    settings.proc_root = temporary.path() / "proc";
    settings.gpu_info_path = (temporary.path() / "logs/gpu-info-*.json").native();
    settings.pid_alive = [](int64_t pid) { return pid == 42 || pid == 43; };
    settings.deadline = 20s;
  }
  void set(std::string_view scenario) const { set_scenario(scenario); }
  void info(int64_t pid, std::string_view more) const {
    std::ofstream(temporary.path() / fmt::format("logs/gpu-info-{}.json", pid))
        << fmt::format(R"({{"pid": {}, "timestamp": {}{}}})", pid, clock.now().ms / 1000, more);
  }
  TemporaryDirectory temporary;
  FakeClock clock;
  GpuSettings settings;
};

const GpuSourceStatus& source(const GpuStatus& status, GpuSource kind) {
  for (const GpuSourceStatus& one : status.sources)
    if (one.source == kind) return one;
  throw std::runtime_error("no such source");
}

TEST(GpuCollector, nvml_gives_devices_and_processes) {
  Machine machine(kOneGpu);
  GpuCollector collector(machine.settings, machine.clock);
  const auto snapshot = collector.sample();
  ASSERT_EQ(snapshot->devices.size(), 1u);
  EXPECT_EQ(snapshot->devices[0].source, GpuSource::nvml);
  ASSERT_EQ(snapshot->processes.size(), 1u);
  EXPECT_EQ(snapshot->processes[0].memory_bytes, 100ull << 20);
  EXPECT_EQ(snapshot->time, machine.clock.now());
  EXPECT_TRUE(source(collector.status(), GpuSource::nvml).up);
}

TEST(GpuCollector, without_nvml_nvidia_smi_answers) {
  Machine machine(kOneGpu);
  machine.settings.nvml_library = "/nonexistent/libnvidia-ml.so.1";
  GpuCollector collector(machine.settings, machine.clock);
  const auto snapshot = collector.sample();
  ASSERT_EQ(snapshot->devices.size(), 1u);
  EXPECT_EQ(snapshot->devices[0].source, GpuSource::nvidia_smi);
  ASSERT_EQ(snapshot->processes.size(), 1u);
  EXPECT_EQ(snapshot->processes[0].source, GpuSource::nvidia_smi);
  EXPECT_FALSE(source(collector.status(), GpuSource::nvml).up);
  EXPECT_TRUE(source(collector.status(), GpuSource::nvidia_smi).up);
  EXPECT_EQ(source(collector.status(), GpuSource::nvml).errors.at("library_not_found"), 1u);
}

TEST(GpuCollector, with_nothing_at_all_the_files_remain) {
  Machine machine("");
  machine.settings.nvml_library = "/nonexistent";
  machine.settings.nvidia_smi_program = "/nonexistent";
  machine.info(42, R"(, "gpu_memory_allocated_bytes": 77, "gpu_utilization": 5, "gpu_index": 1)");
  GpuCollector collector(machine.settings, machine.clock);
  const auto snapshot = collector.sample();
  EXPECT_TRUE(snapshot->devices.empty());
  ASSERT_EQ(snapshot->processes.size(), 1u);
  EXPECT_EQ(snapshot->processes[0].source, GpuSource::file);
  EXPECT_EQ(snapshot->processes[0].gpu, "gpu1");
  EXPECT_EQ(snapshot->processes[0].memory_bytes, 77u);
  EXPECT_EQ(snapshot->processes[0].utilization_percent, 5);
}

TEST(GpuCollector, a_hanging_driver_does_not_stop_the_files_and_is_told) {
  Machine machine(std::string("hang nvmlDeviceGetUtilizationRates\nhang nvidia-smi\n") + std::string(kOneGpu));
  machine.settings.deadline = 50ms;
  GpuCollector collector(machine.settings, machine.clock);
  const auto sample = [&] {
    machine.clock.advance(10s);
    machine.info(42, R"(, "gpu_memory_allocated_bytes": 77)");
    const auto snapshot = collector.sample();
    EXPECT_EQ(snapshot->processes.size(), 1u);
    return snapshot;
  };
  do EXPECT_TRUE(sample()->devices.empty());
  while (source(collector.status(), GpuSource::nvml).abandoned_threads < 3);
  const GpuSourceStatus nvml = source(collector.status(), GpuSource::nvml);
  EXPECT_FALSE(nvml.up);
  EXPECT_EQ(nvml.problem, "it hangs");
  EXPECT_GE(nvml.hangs, 3u);
  for (int i = 0; i < 500; ++i) sample();
  EXPECT_EQ(source(collector.status(), GpuSource::nvml).hangs, nvml.hangs) << "no further thread is risked";

  machine.set(kOneGpu);  // the driver recovers
  std::shared_ptr<const signals::GpuSnapshot> snapshot;
  do snapshot = sample();
  while (snapshot->devices.empty() || snapshot->devices[0].source != GpuSource::nvml ||
         source(collector.status(), GpuSource::nvml).abandoned_threads > 0);
  EXPECT_TRUE(source(collector.status(), GpuSource::nvml).up);
}

TEST(GpuCollector, in_a_pid_namespace_only_processes_that_hold_the_device_are_believed) {
  Machine machine("gpu A\nutilization 1 1\nprocess 42 C 100\nprocess 43 C 200\n");
  const fs::path proc = machine.settings.proc_root;
  fs::create_directories(proc / "self/ns");
  fs::create_symlink("pid:[4026532999]", proc / "self/ns/pid");
  for (int pid : {42, 43}) fs::create_directories(proc / fmt::format("{}/fd", pid));
  fs::create_symlink("/dev/nvidia0", proc / "42/fd/7");
  fs::create_symlink("/dev/null", proc / "43/fd/0");
  GpuCollector collector(machine.settings, machine.clock);
  const auto snapshot = collector.sample();
  ASSERT_EQ(snapshot->processes.size(), 1u);
  EXPECT_EQ(snapshot->processes[0].pid, 42);
  EXPECT_TRUE(collector.status().foreign_pids);
}

TEST(GpuCollector, a_gpu_that_vanishes_is_gone_from_the_next_sample) {
  Machine machine(kOneGpu);
  GpuCollector collector(machine.settings, machine.clock);
  EXPECT_EQ(collector.sample()->devices.size(), 1u);
  machine.set("driver 550\n");
  machine.clock.advance(10s);
  const auto snapshot = collector.sample();
  EXPECT_TRUE(snapshot->devices.empty());
  EXPECT_TRUE(snapshot->processes.empty());
}

TEST(GpuCollector, a_bad_path_of_files_turns_only_them_off) {
  Machine machine(kOneGpu);
  machine.settings.gpu_info_path = "logs/no-star.json";
  GpuCollector collector(machine.settings, machine.clock);
  EXPECT_EQ(collector.sample()->devices.size(), 1u);
}

TEST(ProcessExists, knows_the_living_and_the_dead) {
  EXPECT_TRUE(process_exists(::getpid()));
  EXPECT_TRUE(process_exists(1)) << "also of another user";
  for (int64_t pid : {int64_t{0}, int64_t{-1}, int64_t{1} << 40, int64_t{4'194'305}}) EXPECT_FALSE(process_exists(pid)) << pid;
}

}  // namespace
}  // namespace monitorai::collect
