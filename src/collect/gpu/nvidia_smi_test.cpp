#include "collect/gpu/nvidia_smi.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/text.h"
#include "collect/gpu/nvidia_smi_csv.h"
#include "collect/gpu/scenario_for_tests.h"

namespace monitorai::collect {
namespace {

using namespace std::chrono_literals;

// ---- the text ----

TEST(NvidiaSmiCsv, reads_columns_by_their_header_wherever_they_stand) {
  const auto gpus = parse_smi_gpus(
      "memory.used [MiB], name, index, utilization.gpu [%], something.new [parsec], memory.total [MiB], temperature.gpu, power.draw [W]\n"
      "1024 MiB, NVIDIA A10, 1, 12 %, 3 parsec, 24564 MiB, 41, 120.50 W\n"
      "0 MiB, NVIDIA A10, 0, 0 %, 4 parsec, 24564 MiB, 30, 15.02 W\n",
      smi_gpu_columns());
  ASSERT_EQ(gpus.size(), 2u);
  EXPECT_EQ(gpus[0].gpu, "gpu1");
  EXPECT_EQ(gpus[0].gpu_type, "NVIDIA A10");
  EXPECT_EQ(gpus[0].memory_used_bytes, 1024ull << 20);
  EXPECT_EQ(gpus[0].memory_total_bytes, 24564ull << 20);
  EXPECT_EQ(gpus[0].utilization_percent, 12);
  EXPECT_EQ(gpus[0].power_watts, 120.5);
  EXPECT_EQ(gpus[0].temperature_celsius, 41);
  EXPECT_EQ(gpus[1].memory_used_bytes, 0u) << "0 is a number";
}

TEST(NvidiaSmiCsv, without_a_header_the_order_asked_counts) {
  const std::vector<std::string_view> asked{"index", "name", "utilization.gpu", "memory.used", "memory.total", "clocks.sm", "pci.bus_id"};
  const auto gpus = parse_smi_gpus(
      "0, Tesla T4, 55, 100, 15360, 1590, 00000000:AF:00.0\r\n\r\n1, Tesla T4, 0, 0, 15360, 300, 00000000:D8:00.0\r\n", asked);
  ASSERT_EQ(gpus.size(), 2u);
  EXPECT_EQ(gpus[0].memory_used_bytes, 100ull << 20);
  EXPECT_EQ(gpus[0].sm_clock_hertz, 1590e6);
  EXPECT_EQ(gpus[0].pci, "0000:af:00.0");
}

TEST(NvidiaSmiCsv, every_form_of_not_available_is_absent) {
  const std::vector<std::string_view> asked{"index", "memory.used"};
  const auto f = [&](std::string_view cell, std::optional<uint64_t> want) {
    const auto gpus = parse_smi_gpus(fmt::format("0, {}\n", cell), asked);
    ASSERT_EQ(gpus.size(), 1u) << cell;
    EXPECT_EQ(gpus[0].memory_used_bytes, want) << cell;
  };
  for (std::string_view none : {"[N/A]",
                                "N/A",
                                "[Not Supported]",
                                "Not Supported",
                                "[GPU is lost]",
                                "[Unknown Error]",
                                "[Insufficient Permissions]",
                                "",
                                "-",
                                "-5 MiB",
                                "nan",
                                "inf",
                                "ERR!",
                                "12 bananas",
                                "1e400",
                                "1.2.3",
                                "99999999999999999999999 MiB",
                                "0x",
                                "0xzz",
                                "12 MiB MiB"}) {
    f(none, std::nullopt);
  }
  f("12", 12ull << 20);
  f("12 MiB", 12ull << 20);
  f("12MiB", 12ull << 20);
  f("2 GiB", 2ull << 30);
  f("512 KiB", 512ull << 10);
}

TEST(NvidiaSmiCsv, masks_states_and_percentages) {
  const std::vector<std::string_view> asked{"index", "clocks_throttle_reasons.active", "pstate", "utilization.gpu", "fan.speed"};
  const auto f = [&](std::string_view row) { return parse_smi_gpus(row, asked).at(0); };
  EXPECT_EQ(f("0, 0x0000000000000004, P2, 100 %, 30 %").throttle_reasons, 4u);
  EXPECT_EQ(f("0, 0x0000000000000004, P2, 100 %, 30 %").performance_state, "P2");
  EXPECT_EQ(f("0, 0x4, P2, 100 %, 30 %").utilization_percent, 100);
  EXPECT_FALSE(f("0, [N/A], [N/A], 808334905 %, [N/A]").utilization_percent);
  EXPECT_FALSE(f("0, Active, Pxyz1, 1 %, [N/A]").throttle_reasons);
  EXPECT_FALSE(f("0, Active, Pxyz1, 1 %, [N/A]").performance_state);
}

TEST(NvidiaSmiCsv, rubbish_gives_nothing) {
  for (const std::string& text :
       {std::string(), std::string("No devices were found\n"),
        std::string("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n"), std::string("\xff\xfe\x00, x", 7),
        std::string(",,,,\n,,,,\n"), std::string("index, name\n"), std::string(100'000, ','), std::string(100'000, '\n')}) {
    EXPECT_TRUE(parse_smi_gpus(text, smi_gpu_columns()).empty()) << text.substr(0, 40);
    EXPECT_TRUE(parse_smi_processes(text, smi_process_columns()).empty()) << text.substr(0, 40);
  }
}

TEST(NvidiaSmiCsv, processes_with_commas_in_their_names) {
  const auto processes = parse_smi_processes(
      "pid, process_name, used_gpu_memory [MiB], gpu_uuid\n"
      "4242, /opt/a, b, and c/python3, 512 MiB, GPU-aa\n"
      "4243, python, [N/A], GPU-bb\n"
      "[N/A], [Not Found], 5 MiB, GPU-bb\n"
      "0, x, 5 MiB, GPU-bb\n"
      "4244, short row\n",
      smi_process_columns());
  ASSERT_EQ(processes.size(), 2u);
  EXPECT_EQ(processes[0].pid, 4242);
  EXPECT_EQ(processes[0].memory_bytes, 512ull << 20);
  EXPECT_EQ(processes[0].gpu_uuid, "GPU-aa");
  EXPECT_FALSE(processes[1].memory_bytes);
}

// ---- the program ----

constexpr const char* kProgram = MAI_FAKES "/nvidia-smi";
constexpr const char* kTwoGpus =
    "driver 470.1\ngpu Tesla T4\nuuid GPU-a\nmemory 15360 100 10\nutilization 9 1\nprocess 41 C 90\nprocess 42 G 5\n"
    "gpu Tesla T4\nuuid GPU-b\nmemory 15360 300 10\nutilization 0 0\nprocess 43 C N/A\n";

TEST(NvidiaSmi, asks_both_queries_and_joins_them_by_uuid) {
  set_scenario(kTwoGpus);
  NvidiaSmiReader reader(kProgram);
  const SourceReading reading = reader.read();
  ASSERT_TRUE(reading.up) << reading.problem;
  ASSERT_EQ(reading.gpus.devices.size(), 2u);
  EXPECT_EQ(reading.gpus.devices[1].memory_used_bytes, 300ull << 20);
  EXPECT_EQ(reading.gpus.devices[0].driver, "470.1");
  ASSERT_EQ(reading.gpus.processes.size(), 2u);
  EXPECT_EQ(reading.gpus.processes[0].gpu, "gpu0");
  EXPECT_EQ(reading.gpus.processes[0].memory_bytes, 90ull << 20);
  EXPECT_EQ(reading.gpus.processes[1].gpu, "gpu1");
  EXPECT_FALSE(reading.gpus.processes[1].memory_bytes);
}

TEST(NvidiaSmi, an_old_program_is_asked_for_less) {
  set_scenario(std::string("smi old\n") + kTwoGpus);
  NvidiaSmiReader reader(kProgram);
  const SourceReading reading = reader.read();
  ASSERT_TRUE(reading.up) << reading.problem;
  EXPECT_EQ(reading.gpus.devices.size(), 2u);
  EXPECT_TRUE(reading.gpus.processes.empty()) << "which GPU a process is on cannot be known";
  EXPECT_EQ(reading.errors.at("process_of_unknown_gpu"), 2u);
}

TEST(NvidiaSmi, failures_are_values) {
  const auto f = [](const std::string& scenario, const std::string& program, const std::string& want) {
    set_scenario(scenario);
    NvidiaSmiReader reader(program);
    const SourceReading reading = reader.read();
    EXPECT_FALSE(reading.up);
    EXPECT_TRUE(reading.gpus.devices.empty());
    EXPECT_EQ(reading.errors.count(want), 1u) << want << ": " << reading.problem;
  };
  f("", "/nonexistent/nvidia-smi", "program_not_found");
  f("fail nvidia-smi 9\n", kProgram, "query_failed");
  f("smi rubbish\n", kProgram, "no_gpu_in_answer");
  f("", kProgram, "no_gpu_in_answer");
  f("", "/bin/true", "no_gpu_in_answer");
  f("", "/bin/false", "query_failed");
}

TEST(ChildProcesses, a_child_that_takes_too_long_is_killed_with_all_it_started_and_reaped) {
  ChildProcesses children({50ms, 1 << 20, 5s});
  const auto before = std::chrono::steady_clock::now();
  const auto output = children.run({"/bin/sh", "-c", "echo $$; sleep 1000 & sleep 1000"});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, Code::exhausted);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 500s);
  EXPECT_EQ(children.unreaped(), 0u);
}

TEST(ChildProcesses, output_has_a_limit) {
  ChildProcesses children({20s, 1000, 5s});
  const auto output = children.run({"/bin/sh", "-c", "while :; do echo 0123456789; done"});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, Code::exhausted);
  EXPECT_NE(output.error().message.find("1000 bytes"), std::string::npos) << output.error().message;
  EXPECT_EQ(children.unreaped(), 0u);
}

TEST(ChildProcesses, results_are_told_apart) {
  ChildProcesses children({20s, 1 << 20, 5s});
  EXPECT_EQ(children.run({"/bin/sh", "-c", "echo out; echo err >&2"}).value(), "out\n");
  EXPECT_EQ(children.run({"/bin/sh", "-c", "cat"}).value(), "") << "standard input is empty";
  EXPECT_EQ(children.run({"/nonexistent"}).error().code, Code::not_found);
  EXPECT_EQ(children.run({"/bin/sh", "-c", "exit 3"}).error().code, Code::unavailable);
  EXPECT_EQ(children.run({"/bin/sh", "-c", "kill -9 $$"}).error().code, Code::unavailable);
  EXPECT_EQ(children.unreaped(), 0u);
}

}  // namespace
}  // namespace monitorai::collect
