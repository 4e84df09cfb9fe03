#include "collect/gpu/nvml.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "collect/gpu/scenario_for_tests.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;
using signals::GpuDevice;
using signals::GpuProcess;

/// A machine with a fake driver and a scenario; sysfs and procfs are empty folders unless a test fills them.
struct Machine {
  explicit Machine(const std::string& scenario, int driver = 550) : library(fmt::format("{}/{}/libnvidia-ml.so.1", MAI_FAKES, driver)) {
    set(scenario);
  }
  void set(std::string_view scenario) const { set_scenario(scenario); }
  void write(const fs::path& name, const std::string& text) const {
    fs::create_directories((temporary.path() / name).parent_path());
    std::ofstream(temporary.path() / name) << text;
  }
  NvmlPlace place() const { return {library, temporary.path() / "sys", temporary.path() / "proc"}; }

  TemporaryDirectory temporary;
  std::string library;
};

std::string scenario_file(const std::string& name) {
  return read_file(fs::path(MAI_SOURCE_DIR "/tests/fakes/scenarios") / name, 1 << 16).value();
}

const GpuProcess* find(const SourceReading& reading, int64_t pid) {
  for (const GpuProcess& process : reading.gpus.processes)
    if (process.pid == pid) return &process;
  return nullptr;
}

TEST(Nvml, reads_everything_of_two_gpus) {
  const Machine machine(scenario_file("two_gpus.gpu"));
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  ASSERT_TRUE(reading.up) << reading.problem;
  EXPECT_TRUE(reading.errors.empty());
  ASSERT_EQ(reading.gpus.devices.size(), 2u);
  const GpuDevice& gpu = reading.gpus.devices[0];
  EXPECT_EQ(gpu.gpu, "gpu0");
  EXPECT_EQ(gpu.gpu_type, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(gpu.uuid, "GPU-aaaaaaaa-0000-0000-0000-000000000000");
  EXPECT_EQ(gpu.pci, "0000:65:00.0");
  EXPECT_EQ(gpu.vendor, "nvidia");
  EXPECT_EQ(gpu.driver, "550.54.15");
  EXPECT_EQ(gpu.utilization_percent, 87);
  EXPECT_EQ(gpu.memory_utilization_percent, 41);
  EXPECT_EQ(gpu.memory_total_bytes, 81559ull << 20);
  EXPECT_EQ(gpu.memory_used_bytes, 20480ull << 20);
  EXPECT_EQ(gpu.memory_reserved_bytes, 600ull << 20);
  EXPECT_EQ(gpu.temperature_celsius, 61);
  EXPECT_EQ(gpu.memory_temperature_celsius, 70);
  EXPECT_EQ(gpu.power_watts, 412.5);
  EXPECT_EQ(gpu.power_limit_watts, 700);
  EXPECT_NEAR(gpu.energy_joules.value(), 123456.789, 1e-6);
  EXPECT_FALSE(gpu.fan_percent) << "a passive card has no fan: absent, not 0";
  EXPECT_EQ(gpu.sm_clock_hertz, 1980e6);
  EXPECT_EQ(gpu.memory_clock_hertz, 2619e6);
  EXPECT_EQ(gpu.pcie_received_bytes_per_second, 1024 * 1024);
  EXPECT_EQ(gpu.pcie_sent_bytes_per_second, 2048 * 1024);
  EXPECT_EQ(gpu.pcie_generation, 5u);
  EXPECT_EQ(gpu.pcie_width, 16u);
  EXPECT_EQ(gpu.ecc_corrected, 3u);
  EXPECT_EQ(gpu.ecc_uncorrected, 0u);
  EXPECT_EQ(gpu.throttle_reasons, 4u);
  EXPECT_EQ(gpu.performance_state, "P0");
  EXPECT_FALSE(gpu.suspended);
  EXPECT_FALSE(reading.gpus.devices[1].pcie_received_bytes_per_second) << "one device a read is asked for PCIe throughput";
}

TEST(Nvml, every_driver_generation_lists_the_same_processes) {
  const auto f = [](int driver) {
    const Machine machine(
        "gpu A\nmemory 1000 500 10\nutilization 1 1\nprocess 11 C 100 30 5 0 0\nprocess 12 C 200\nprocess 13 G 7\nprocess 14 C N/A\n",
        driver);
    NvmlReader reader(machine.place());
    const SourceReading reading = reader.read();
    ASSERT_EQ(reading.gpus.processes.size(), 4u) << driver;
    EXPECT_EQ(find(reading, 11)->memory_bytes, 100ull << 20) << driver;
    EXPECT_EQ(find(reading, 12)->memory_bytes, 200ull << 20) << driver;
    EXPECT_EQ(find(reading, 13)->memory_bytes, 7ull << 20) << driver;
    EXPECT_FALSE(find(reading, 14)->memory_bytes) << driver;
    EXPECT_EQ(find(reading, 11)->utilization_percent, 30) << driver;
    EXPECT_EQ(find(reading, 12)->utilization_percent, 0) << driver << ": idle, and the driver said so";
  };
  for (int driver : {450, 470, 515, 535, 550}) f(driver);
}

TEST(Nvml, entries_have_the_size_that_the_symbols_tell) {
  const auto f = [](int version, bool conf_compute, bool detail_list, size_t want) {
    EXPECT_EQ(nvml::process_entry_bytes(version, conf_compute, detail_list), want) << version;
  };
  f(1, false, false, 16);
  f(2, false, false, 24);
  f(2, true, false, 24);
  f(3, false, false, 24);
  f(3, true, false, 32);
  f(3, true, true, 24);
}

TEST(Nvml, what_the_driver_wrote_corrects_the_rule) {
  const auto f = [](size_t written_entry_bytes, size_t count, size_t rule, size_t want) {
    std::vector<unsigned char> buffer(20 * 32, 0xA5);
    for (size_t i = 0; i < count * written_entry_bytes; ++i) buffer[i] = 1;
    EXPECT_EQ(nvml::measured_entry_bytes(buffer, count, 0xA5, rule), want);
  };
  f(24, 3, 24, 24);
  f(24, 3, 32, 24);
  f(32, 3, 24, 32);
  f(32, 1, 24, 32);
  std::vector<unsigned char> zeroed(20 * 32, 0);
  EXPECT_EQ(nvml::measured_entry_bytes(zeroed, 3, 0xA5, 24), 24u) << "a driver that clears the whole buffer proves nothing";
  EXPECT_EQ(nvml::measured_entry_bytes(zeroed, 3, 0xA5, 32), 32u);
}

TEST(Nvml, a_list_that_grows_between_two_calls_is_read_whole) {
  std::string scenario = "gpu A\nutilization 1 1\ngrow 39\n";
  for (int pid = 100; pid < 140; ++pid) scenario += fmt::format("process {} C 1\n", pid);
  const Machine machine(scenario);
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  EXPECT_EQ(reading.gpus.processes.size(), 40u);
  EXPECT_TRUE(reading.errors.empty());
}

TEST(Nvml, a_pid_in_several_lists_counts_once) {
  const Machine machine("gpu A\nutilization 1 1\nprocess 11 C 100\nprocess 11 G 100\nprocess 11 M N/A\n");
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  ASSERT_EQ(reading.gpus.processes.size(), 1u);
  EXPECT_EQ(reading.gpus.processes[0].memory_bytes, 100ull << 20);
}

TEST(Nvml, junk_utilization_samples_are_dropped_and_counted) {
  const Machine machine(
      "gpu A\nutilization 1 1\nprocess 11 C 100\nsample 0 5000 50 0 0 0\nsample 999 5000 50 0 0 0\nsample 11 5000 4000000000 0 0 0\nsample "
      "11 4000 42 1 2 3\n");
  for (const bool old_call : {false, true}) {
    if (old_call) machine.set("fail nvmlDeviceGetProcessesUtilizationInfo 3\n" + read_file(scenario_path(), 1 << 16).value());
    NvmlReader reader(machine.place());
    const SourceReading first = reader.read();
    EXPECT_EQ(find(first, 11)->utilization_percent, 42);
    EXPECT_EQ(find(first, 11)->encoder_percent, 2);
    EXPECT_EQ(first.errors.at("junk_utilization_sample"), 3u);
    EXPECT_EQ(find(reader.read(), 11)->utilization_percent, 0) << "a sample that was seen already says nothing new";
  }
}

TEST(Nvml, not_found_is_idle_and_not_supported_is_absent) {
  const auto f = [](int code, std::optional<double> want) {
    const Machine machine(
        fmt::format("gpu A\nutilization 1 1\nprocess 11 C 100\nfail nvmlDeviceGetProcessesUtilizationInfo {0}\nfail "
                    "nvmlDeviceGetProcessUtilization {0}\n",
                    code));
    NvmlReader reader(machine.place());
    const SourceReading reading = reader.read();
    EXPECT_EQ(find(reading, 11)->utilization_percent, want) << code;
    EXPECT_TRUE(reading.errors.empty()) << code;
  };
  f(6, 0.0);
  f(3, std::nullopt);
}

TEST(Nvml, memory_falls_back_to_the_old_call_which_counts_the_reserve_as_used) {
  const Machine machine("gpu A\nutilization 1 1\nmemory 1000 500 24\n", 470);
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  EXPECT_EQ(reading.gpus.devices.at(0).memory_used_bytes, 524ull << 20);
  EXPECT_FALSE(reading.gpus.devices.at(0).memory_reserved_bytes);
}

TEST(Nvml, a_gpu_that_shares_the_machines_memory_shows_that) {
  const Machine machine("gpu NVIDIA GB10\nutilization 5 0\nprocess 11 C 300\n");
  machine.write("proc/meminfo", "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    400 kB\n");
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  EXPECT_EQ(reading.gpus.devices.at(0).memory_total_bytes, 1000u * 1024);
  EXPECT_EQ(reading.gpus.devices.at(0).memory_used_bytes, 600u * 1024);
  EXPECT_EQ(find(reading, 11)->memory_bytes, 300ull << 20);
}

TEST(Nvml, not_available_and_impossible_values_are_absent) {
  const Machine machine(
      "gpu A\nutilization 808334905 N/A\nmemory N/A N/A N/A\ntemperature N/A\npower N/A N/A\nenergy N/A\nfan N/A\nclocks N/A N/A\necc N/A "
      "N/A\n"
      "throttle N/A\npstate 32\n");
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  const GpuDevice& gpu = reading.gpus.devices.at(0);
  EXPECT_FALSE(gpu.utilization_percent || gpu.memory_utilization_percent || gpu.memory_total_bytes || gpu.memory_used_bytes ||
               gpu.temperature_celsius);
  EXPECT_FALSE(gpu.power_watts || gpu.power_limit_watts || gpu.energy_joules || gpu.fan_percent || gpu.sm_clock_hertz || gpu.ecc_corrected);
  EXPECT_FALSE(gpu.throttle_reasons || gpu.performance_state);
  EXPECT_EQ(reading.errors.at("junk_value"), 1u);
}

TEST(Nvml, mig_instances_have_their_own_names_memory_and_processes) {
  for (const bool privileged : {true, false}) {
    std::string scenario = scenario_file("mig.gpu");
    if (!privileged) scenario.insert(scenario.find("  temperature"), "  fail nvmlDeviceGetComputeRunningProcesses_v3 4\n");
    const Machine machine(scenario);
    NvmlReader reader(machine.place());
    const SourceReading reading = reader.read();
    ASSERT_EQ(reading.gpus.devices.size(), 3u);
    EXPECT_EQ(reading.gpus.devices[1].gpu, "gpu0/mig0");
    EXPECT_EQ(reading.gpus.devices[2].gpu, "gpu0/mig1");
    EXPECT_EQ(reading.gpus.devices[2].gpu_type, "NVIDIA A100-SXM4-40GB MIG 1g.5gb");
    EXPECT_EQ(reading.gpus.devices[2].memory_used_bytes, 3000ull << 20);
    EXPECT_FALSE(reading.gpus.devices[0].utilization_percent) << "NVML has no utilisation in MIG mode";
    ASSERT_EQ(reading.gpus.processes.size(), 2u);
    EXPECT_EQ(find(reading, 5001)->gpu, "gpu0/mig0");
    EXPECT_EQ(find(reading, 5002)->gpu, "gpu0/mig1");
    EXPECT_EQ(find(reading, 5002)->memory_bytes, 2900ull << 20);
  }
}

TEST(Nvml, the_whole_gpus_list_places_processes_that_the_instances_do_not_list) {
  const Machine machine(
      "gpu A100\nutilization 1 1\nmig one\nfail nvmlDeviceGetComputeRunningProcesses_v3 4\nprocess 5001 C 10\nmig two\nprocess 5002 C "
      "20\n");
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  EXPECT_EQ(find(reading, 5001)->gpu, "gpu0/mig0");
  EXPECT_EQ(find(reading, 5002)->gpu, "gpu0/mig1");
  EXPECT_EQ(reading.gpus.processes.size(), 2u);
}

TEST(Nvml, a_gpu_that_is_lost_is_left_out_and_the_other_keeps_its_name) {
  const Machine machine("gpu A\nfail nvmlDeviceGetUtilizationRates 15\ngpu B\nutilization 7 7\n");
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  EXPECT_TRUE(reading.up);
  ASSERT_EQ(reading.gpus.devices.size(), 1u);
  EXPECT_EQ(reading.gpus.devices[0].gpu, "gpu1");
  EXPECT_EQ(reading.errors.at("gpu_is_lost"), 1u);
}

TEST(Nvml, a_gpu_that_vanishes_is_gone_and_comes_back) {
  const Machine machine("gpu A\nutilization 1 1\ngpu B\nutilization 2 2\n");
  NvmlReader reader(machine.place());
  EXPECT_EQ(reader.read().gpus.devices.size(), 2u);
  machine.set("gpu A\nutilization 1 1\n");
  EXPECT_EQ(reader.read().gpus.devices.size(), 1u);
  machine.set("gpu A\nutilization 1 1\ngpu B\nutilization 2 2\n");
  EXPECT_EQ(reader.read().gpus.devices.size(), 2u);
}

TEST(Nvml, when_nothing_answers_the_library_is_opened_afresh) {
  const Machine machine("gpu A\nutilization 1 1\n");
  NvmlReader reader(machine.place());
  EXPECT_TRUE(reader.read().up);
  machine.set("fail nvmlDeviceGetCount_v2 1\ngpu A\nutilization 1 1\n");
  const SourceReading broken = reader.read();
  EXPECT_FALSE(broken.up);
  EXPECT_EQ(broken.errors.at("uninitialized"), 1u);
  machine.set("gpu A\nutilization 1 1\n");
  EXPECT_TRUE(reader.read().up);
}

TEST(Nvml, xid_events_are_counted_by_number_without_waiting) {
  const Machine machine("gpu A\nutilization 1 1\nxid 79\nxid 79\ngpu B\nutilization 1 1\nxid 31\n");
  NvmlReader reader(machine.place());
  const SourceReading reading = reader.read();
  EXPECT_EQ(reading.gpus.devices.at(0).xid_counts, (std::map<uint64_t, uint64_t>{{79, 2}}));
  EXPECT_EQ(reading.gpus.devices.at(1).xid_counts, (std::map<uint64_t, uint64_t>{{31, 1}}));
  EXPECT_EQ(reader.read().gpus.devices.at(0).xid_counts.at(79), 2u) << "counts stay";
}

TEST(Nvml, pcie_throughput_is_sampled_for_one_device_a_read_and_kept) {
  const Machine machine("gpu A\nutilization 1 1\npcie 10 20 4 16\ngpu B\nutilization 1 1\npcie 30 40 4 16\n");
  NvmlReader reader(machine.place());
  EXPECT_FALSE(reader.read().gpus.devices.at(1).pcie_received_bytes_per_second);
  const SourceReading second = reader.read();
  EXPECT_EQ(second.gpus.devices.at(0).pcie_received_bytes_per_second, 10 * 1024);
  EXPECT_EQ(second.gpus.devices.at(1).pcie_sent_bytes_per_second, 40 * 1024);
}

TEST(Nvml, a_sleeping_gpu_is_not_touched) {
  const Machine machine("gpu A\npci 00000000:01:00.0\nutilization 1 1\ngpu B\npci 00000000:02:00.0\nutilization 2 2\n");
  for (const char* address : {"0000:01:00.0", "0000:02:00.0"}) {
    const fs::path device = fs::path("sys/bus/pci/devices") / address;
    machine.write(device / "vendor", "0x10de\n");
    machine.write(device / "class", "0x030000\n");
    machine.write(device / "power/runtime_status", "active\n");
  }
  NvmlReader reader(machine.place());
  EXPECT_EQ(reader.read().gpus.devices.at(0).utilization_percent, 1);
  machine.write("sys/bus/pci/devices/0000:01:00.0/power/runtime_status", "suspended\n");
  const SourceReading one = reader.read();
  EXPECT_TRUE(one.gpus.devices.at(0).suspended);
  EXPECT_FALSE(one.gpus.devices.at(0).utilization_percent);
  EXPECT_EQ(one.gpus.devices.at(0).gpu_type, "A");
  EXPECT_EQ(one.gpus.devices.at(1).utilization_percent, 2);
  machine.write("sys/bus/pci/devices/0000:02:00.0/power/runtime_status", "suspended\n");
  machine.set("hang nvmlDeviceGetCount_v2\n");  // a single call would not return
  const SourceReading both = reader.read();
  EXPECT_TRUE(both.up);
  ASSERT_EQ(both.gpus.devices.size(), 2u);
  EXPECT_TRUE(both.gpus.devices[1].suspended);
  EXPECT_EQ(both.gpus.devices[1].gpu_type, "B");
}

TEST(Nvml, no_library_and_a_broken_one_say_so) {
  const Machine machine("fail nvmlInit_v2 18\n");
  NvmlReader missing({(machine.temporary.path() / "libnvidia-ml.so.1").native(), machine.temporary.path(), machine.temporary.path()});
  EXPECT_EQ(missing.read().errors.at("library_not_found"), 1u);
  NvmlReader mismatch(machine.place());
  const SourceReading reading = mismatch.read();
  EXPECT_FALSE(reading.up);
  EXPECT_EQ(reading.errors.at("init_failed"), 1u);
  EXPECT_NE(reading.problem.find("library_version_mismatch"), std::string::npos) << reading.problem;
  machine.write("libnvidia-ml.so.1", "not an ELF file");
  EXPECT_FALSE(missing.read().up);
  NvmlReader another_library({"libm.so.6", machine.temporary.path(), machine.temporary.path()});
  EXPECT_NE(another_library.read().problem.find("lacks nvmlInit"), std::string::npos);
}

}  // namespace
}  // namespace monitorai::collect
