#include "collect/gpu/drm.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "collect/gpu/pci.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kAmd = "0000:03:00.0";
constexpr const char* kIntel = "0000:00:02.0";

/// A /sys and a /proc made of files, and a clock.
struct Machine {
  void write(const fs::path& name, std::string_view text) const {
    fs::create_directories((temporary.path() / name).parent_path());
    std::ofstream(temporary.path() / name) << text;
  }
  void card(int number, std::string_view vendor, std::string_view address, std::string_view driver) const {
    const fs::path device = fs::path(fmt::format("sys/class/drm/card{}/device", number));
    write(device / "vendor", fmt::format("{}\n", vendor));
    write(device / "device", "0x744c\n");
    write(device / "uevent", fmt::format("DRIVER={}\nPCI_CLASS=30000\nPCI_SLOT_NAME={}\n", driver, address));
  }
  void open_file(int pid, int fd, std::string_view target, std::string_view fdinfo) const {
    const fs::path process = temporary.path() / "proc" / fmt::format("{}", pid);
    fs::create_directories(process / "fd");
    std::error_code exists;
    fs::create_symlink(target, process / "fd" / fmt::format("{}", fd), exists);
    write(fs::path("proc") / fmt::format("{}/fdinfo/{}", pid, fd), fdinfo);
  }
  DrmPlace place() {
    return {temporary.path() / "sys", temporary.path() / "proc", [this] { return now; }};
  }
  TemporaryDirectory temporary;
  std::chrono::nanoseconds now{1s};
};

std::string amd_fdinfo(int client, uint64_t gfx_ns, uint64_t vram_kib) {
  return fmt::format(
      "pos:\t0\nflags:\t02100002\ndrm-driver:\tamdgpu\ndrm-pdev:\t{}\ndrm-client-id:\t{}\ndrm-memory-vram:\t{} KiB\n"
      "drm-memory-gtt: \t77 KiB\ndrm-engine-gfx:\t{} ns\ndrm-engine-dec:\t0 ns\n",
      kAmd, client, vram_kib, gfx_ns);
}

const signals::GpuProcess* find(const SourceReading& reading, int64_t pid) {
  for (const auto& process : reading.gpus.processes)
    if (process.pid == pid) return &process;
  return nullptr;
}

TEST(Drm, reads_an_amd_card) {
  Machine machine;
  machine.card(1, "0x1002", kAmd, "amdgpu");
  const fs::path device = "sys/class/drm/card1/device";
  machine.write(device / "gpu_busy_percent", "93\n");
  machine.write(device / "mem_busy_percent", "12\n");
  machine.write(device / "mem_info_vram_used", "1073741824\n");
  machine.write(device / "mem_info_vram_total", "25753026560\n");
  machine.write(device / "product_name", "AMD Instinct MI300X\n");
  machine.write(device / "unique_id", "3f4a\n");
  machine.write(device / "current_link_speed", "16.0 GT/s PCIe\n");
  machine.write(device / "current_link_width", "16\n");
  machine.write(device / "ras/umc_err_count", "ue: 1\nce: 5\n");
  machine.write(device / "hwmon/hwmon3/temp1_input", "51000\n");
  machine.write(device / "hwmon/hwmon3/temp1_label", "edge\n");
  machine.write(device / "hwmon/hwmon3/temp3_input", "64000\n");
  machine.write(device / "hwmon/hwmon3/temp3_label", "mem\n");
  machine.write(device / "hwmon/hwmon3/power1_average", "212000000\n");
  machine.write(device / "hwmon/hwmon3/power1_cap", "327000000\n");
  machine.write(device / "hwmon/hwmon3/pwm1", "51\n");
  machine.write(device / "hwmon/hwmon3/pwm1_max", "255\n");
  machine.write(device / "hwmon/hwmon3/freq1_input", "2304000000\n");
  machine.write(device / "hwmon/hwmon3/freq2_input", "1249000000\n");
  fs::create_directories(machine.temporary.path() / "sys/class/drm/card1-HDMI-A-1");
  fs::create_directories(machine.temporary.path() / "sys/class/drm/renderD128");
  DrmReader reader(machine.place());
  const SourceReading reading = reader.read();
  ASSERT_TRUE(reading.up);
  ASSERT_EQ(reading.gpus.devices.size(), 1u);
  const signals::GpuDevice& gpu = reading.gpus.devices[0];
  EXPECT_EQ(gpu.vendor, "amd");
  EXPECT_EQ(gpu.driver, "amdgpu");
  EXPECT_EQ(gpu.gpu_type, "AMD Instinct MI300X");
  EXPECT_EQ(gpu.pci, kAmd);
  EXPECT_EQ(gpu.utilization_percent, 93);
  EXPECT_EQ(gpu.memory_used_bytes, 1073741824u);
  EXPECT_EQ(gpu.memory_total_bytes, 25753026560u);
  EXPECT_EQ(gpu.temperature_celsius, 51);
  EXPECT_EQ(gpu.memory_temperature_celsius, 64);
  EXPECT_EQ(gpu.power_watts, 212);
  EXPECT_EQ(gpu.power_limit_watts, 327);
  EXPECT_EQ(gpu.fan_percent, 20);
  EXPECT_EQ(gpu.sm_clock_hertz, 2304e6);
  EXPECT_EQ(gpu.pcie_generation, 4u);
  EXPECT_EQ(gpu.pcie_width, 16u);
  EXPECT_EQ(gpu.ecc_corrected, 5u);
  EXPECT_EQ(gpu.ecc_uncorrected, 1u);
}

TEST(Drm, rubbish_in_sysfs_is_absent) {
  Machine machine;
  machine.card(0, "0x1002", kAmd, "amdgpu");
  const fs::path device = "sys/class/drm/card0/device";
  machine.write(device / "gpu_busy_percent", "4294967295\n");
  machine.write(device / "mem_info_vram_used", "-1\n");
  machine.write(device / "mem_info_vram_total", "\xff\xfe\n");
  machine.write(device / "current_link_speed", "Unknown\n");
  machine.write(device / "hwmon/hwmon0/temp1_input", "\n");
  DrmReader reader(machine.place());
  const SourceReading reading = reader.read();
  const signals::GpuDevice& gpu = reading.gpus.devices.at(0);
  EXPECT_FALSE(gpu.utilization_percent || gpu.memory_used_bytes || gpu.memory_total_bytes || gpu.pcie_generation ||
               gpu.temperature_celsius || gpu.power_watts);
  EXPECT_EQ(gpu.gpu_type, "AMD GPU 0x744c");
}

TEST(Drm, an_intel_card_has_its_clock_elsewhere) {
  Machine machine;
  machine.card(0, "0x8086", kIntel, "i915");
  machine.write("sys/class/drm/card0/gt_act_freq_mhz", "1300\n");
  machine.write("sys/class/drm/card0/device/hwmon/hwmon1/energy1_input", "5000000\n");
  DrmReader reader(machine.place());
  const SourceReading reading = reader.read();
  const signals::GpuDevice& gpu = reading.gpus.devices.at(0);
  EXPECT_EQ(gpu.vendor, "intel");
  EXPECT_EQ(gpu.sm_clock_hertz, 1300e6);
  EXPECT_EQ(gpu.energy_joules, 5);
  EXPECT_FALSE(gpu.utilization_percent);
}

TEST(Drm, other_vendors_and_machines_without_a_card_are_absent) {
  Machine machine;
  DrmReader reader(machine.place());
  EXPECT_TRUE(reader.read().absent);
  machine.card(0, "0x10de", "0000:65:00.0", "nvidia");
  machine.card(1, "0x1af4", "0000:00:01.0", "virtio-pci");
  EXPECT_TRUE(reader.read().absent);
}

TEST(Drm, a_sleeping_card_is_named_and_not_read) {
  Machine machine;
  machine.card(0, "0x1002", kAmd, "amdgpu");
  machine.write("sys/class/drm/card0/device/gpu_busy_percent", "93\n");
  machine.write("sys/class/drm/card0/device/power/runtime_status", "suspended\n");
  DrmReader reader(machine.place());
  const SourceReading reading = reader.read();
  EXPECT_TRUE(reading.gpus.devices.at(0).suspended);
  EXPECT_FALSE(reading.gpus.devices.at(0).utilization_percent);
}

TEST(Drm, processes_by_fdinfo_with_percent_between_two_scans) {
  Machine machine;
  machine.card(0, "0x1002", kAmd, "amdgpu");
  machine.open_file(42, 5, "/dev/dri/renderD128", amd_fdinfo(1, 1'000'000'000, 1024));
  machine.open_file(42, 6, "/dev/dri/renderD128", amd_fdinfo(1, 1'000'000'000, 1024));  // dup() of the first
  machine.open_file(42, 7, "/dev/dri/card0", amd_fdinfo(2, 0, 512));
  machine.open_file(43, 3, "/dev/dri/renderD128", amd_fdinfo(1, 1'000'000'000, 1024));  // inherited by fork()
  machine.open_file(44, 3, "/dev/null", amd_fdinfo(9, 0, 99));
  machine.open_file(45, 3, "/dev/dri/renderD129", "drm-driver:\tamdgpu\ndrm-pdev:\t0000:99:00.0\ndrm-client-id:\t4\n");
  DrmReader reader(machine.place());
  const SourceReading first = reader.read();
  ASSERT_EQ(first.gpus.processes.size(), 1u);
  EXPECT_EQ(first.gpus.processes[0].pid, 42);
  EXPECT_EQ(first.gpus.processes[0].gpu, kAmd);
  EXPECT_EQ(first.gpus.processes[0].memory_bytes, 1536u * 1024);
  EXPECT_FALSE(first.gpus.processes[0].utilization_percent) << "a counter alone is no percentage";
  machine.now += 10s;
  machine.open_file(42, 5, "/dev/dri/renderD128", amd_fdinfo(1, 6'000'000'000, 1024));
  machine.open_file(42, 7, "/dev/dri/card0", amd_fdinfo(2, 2'000'000'000, 512));
  const SourceReading second = reader.read();
  EXPECT_EQ(find(second, 42)->utilization_percent, 70) << "5 s and 2 s of 10 s";
  EXPECT_EQ(find(second, 42)->decoder_percent, 0);
  machine.now += 10s;
  machine.open_file(42, 5, "/dev/dri/renderD128", amd_fdinfo(1, 0, 1024));
  machine.open_file(42, 7, "/dev/dri/card0", amd_fdinfo(2, 2'000'000'000, 512));
  EXPECT_EQ(find(reader.read(), 42)->utilization_percent, 0) << "a counter that fell gives no negative share";
}

TEST(Drm, compute_processes_by_kfd) {
  Machine machine;
  machine.card(0, "0x1002", kAmd, "amdgpu");
  machine.write("sys/class/kfd/kfd/topology/nodes/0/gpu_id", "0\n");
  machine.write("sys/class/kfd/kfd/topology/nodes/0/properties", "cpu_cores_count 8\n");
  machine.write("sys/class/kfd/kfd/topology/nodes/1/gpu_id", "51140\n");
  machine.write("sys/class/kfd/kfd/topology/nodes/1/properties", "location_id 768\ndomain 0\n");  // bus 3
  machine.write("sys/class/kfd/kfd/proc/42/vram_51140", "4194304\n");
  machine.write("sys/class/kfd/kfd/proc/43/vram_51140", "8388608\n");
  machine.write("sys/class/kfd/kfd/proc/43/vram_99999", "1\n");
  machine.open_file(42, 5, "/dev/dri/renderD128", amd_fdinfo(1, 0, 1024));
  DrmReader reader(machine.place());
  const SourceReading reading = reader.read();
  EXPECT_EQ(find(reading, 42)->memory_bytes, 4194304u) << "the larger of both, not their sum";
  EXPECT_EQ(find(reading, 43)->memory_bytes, 8388608u);
}

TEST(DrmFdinfo, memory_of_every_driver) {
  const auto f = [](std::string_view lines, std::optional<uint64_t> want) {
    const auto client = parse_drm_fdinfo(fmt::format("drm-pdev: 0000:03:00.0\ndrm-client-id: 1\n{}", lines));
    ASSERT_TRUE(client) << lines;
    EXPECT_EQ(client->memory_bytes, want) << lines;
  };
  f("drm-memory-vram: 4 KiB\ndrm-memory-gtt: 8 KiB\n", 4096);
  f("drm-resident-vram0: 2 MiB\ndrm-total-vram0: 9 MiB\ndrm-resident-gtt: 1 KiB\n", 2u << 20);
  f("drm-resident-local0: 100\ndrm-resident-local1: 11\ndrm-resident-system0: 5\n", 111);
  f("drm-resident-system0: 5 KiB\n", 5120);
  f("drm-resident-vram: 7 KiB\ndrm-memory-vram: 9 KiB\n", 7168);
  f("drm-memory-vram: 99999999999999999999 KiB\n", std::nullopt);
  f("drm-memory-vram: 18014398509481984 KiB\n", std::nullopt);
  f("drm-memory-vram: -4 KiB\n", std::nullopt);
  f("drm-memory-vram\n", std::nullopt);
  f("", std::nullopt);
}

TEST(DrmFdinfo, engines_count_time_or_cycles) {
  const auto client = parse_drm_fdinfo(
      "drm-pdev: 0000:00:02.0\ndrm-client-id: 7\ndrm-engine-render: 12 ns\ndrm-engine-capacity-render: 2\ndrm-cycles-ccs: 40\n"
      "drm-total-cycles-ccs: 100\ndrm-total-cycles-bcs: 100\n");
  ASSERT_TRUE(client);
  EXPECT_EQ(client->engines.at("render").busy, 12u);
  EXPECT_EQ(client->engines.at("render").capacity, 2u);
  EXPECT_EQ(client->engines.at("ccs").busy, 40u);
  EXPECT_EQ(client->engines.at("ccs").total_cycles, 100u);
  EXPECT_FALSE(client->engines.contains("bcs"));
}

TEST(DrmFdinfo, other_texts_are_no_client) {
  for (std::string_view text : {"", "pos: 0\n", "drm-driver: amdgpu\n", "drm-pdev: 0000:03:00.0\n", "drm-client-id: 1\n",
                                "drm-client-id: x\ndrm-pdev: 0000:03:00.0\n", "\xff\x00"}) {
    EXPECT_FALSE(parse_drm_fdinfo(text)) << text;
  }
}

TEST(Pci, addresses_are_spelt_as_sysfs_spells_them) {
  EXPECT_EQ(normal_pci_address("00000000:65:00.0"), "0000:65:00.0");
  EXPECT_EQ(normal_pci_address("0000:AF:00.0"), "0000:af:00.0");
  EXPECT_EQ(normal_pci_address(" 00010000:AF:00.0 "), "10000:af:00.0") << "domains over 16 bits (VMD) have 5 digits";
  EXPECT_EQ(normal_pci_address("rubbish"), "rubbish");
  EXPECT_EQ(pcie_generation_of("2.5 GT/s PCIe"), 1u);
  EXPECT_EQ(pcie_generation_of("32.0 GT/s PCIe"), 5u);
  EXPECT_FALSE(pcie_generation_of(""));
}

}  // namespace
}  // namespace monitorai::collect
