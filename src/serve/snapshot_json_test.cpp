#include "serve/snapshot_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>

#include "base/files.h"
#include "serve/json_writer.h"

namespace monitorai::serve {
namespace {

constexpr size_t kGoldenBytesMax = 1 << 20;

/// Compares with a file of tests/golden; MAI_GOLDEN=write in the environment writes it instead.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(MAI_SOURCE_DIR "/tests/golden/") + name;
  if (const char* mode = std::getenv("MAI_GOLDEN"); mode != nullptr && std::string_view(mode) == "write") {
    ASSERT_TRUE(write_file_atomically(path, text));
  }
  const auto golden = read_file(path, kGoldenBytesMax);
  ASSERT_TRUE(golden) << golden.error().message;
  EXPECT_EQ(text, *golden);
}

/// Any JSON parser takes it.
void expect_json(const std::string& text) {
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(simdjson::padded_string(text)).error(), simdjson::SUCCESS) << text;
}

signals::ProcessSnapshot two_processes() {
  signals::Process server;
  server.id = {.pid = 4711, .start_ticks = 99};
  server.parent_pid = 1;
  server.name = "vllm";
  server.command_line = "python -m vllm --model \"Qwen/Qwen2.5-7B\" --api-key ***";
  server.llm_type = "llm";
  server.verdict = {.is_llm = true,
                    .framework = "vllm",
                    .model = "Qwen/Qwen2.5-7B",
                    .model_ref = "Qwen/Qwen2.5-7B",
                    .role = "server",
                    .reasons = {{"module", "vllm.entrypoints is vLLM's server", 3}}};
  server.service = "vllm/Qwen2.5-7B@4711";
  server.is_root = true;
  server.user = "llm";
  server.container = "0123456789ab";
  server.started = {1'700'000'000'250};
  server.cpu_percent = 123.5;
  server.cpu_seconds = 17;
  server.memory_bytes = 9'876'543'210;
  server.proportional_memory_bytes = 9'000'000'000;
  server.threads = 42;
  server.open_files = 7;
  server.read_bytes = 1;
  server.written_bytes = 0;
  server.gpus = {{.gpu = "gpu0", .source = signals::GpuSource::nvml, .memory_bytes = 8'589'934'592, .utilization_percent = std::nullopt}};
  server.ports = {{"0.0.0.0", 8000}};
  signals::Process bare;
  bare.id = {.pid = 4712, .start_ticks = 100};
  bare.name = "\xff\n\"quoted\"";
  signals::Service service{.key = server.service,
                           .root = server.id,
                           .framework = "vllm",
                           .model = "Qwen/Qwen2.5-7B",
                           .llm_type = "llm",
                           .container = server.container,
                           .members = {server.id},
                           .ports = server.ports};
  service.gpu_memory_bytes = 8'589'934'592;
  return {.time = {1'700'000'010'000}, .processes = {server, bare}, .services = {service}, .scanned = 321};
}

TEST(SnapshotJson, of_processes_is_the_golden_file) {
  expect_golden("processes.json", processes_json(two_processes()));
  expect_json(processes_json(two_processes()));
}

TEST(SnapshotJson, of_gpus_is_the_golden_file) {
  signals::GpuDevice device{
      .gpu = "gpu0", .gpu_type = "NVIDIA H100 80GB HBM3", .uuid = "GPU-1", .pci = "0000:65:00.0", .vendor = "nvidia", .driver = "550.54"};
  device.utilization_percent = 87;
  device.memory_used_bytes = 1;
  device.memory_total_bytes = 85'899'345'920;
  device.temperature_celsius = 61;
  device.power_watts = 512.25;
  device.performance_state = "P0";
  signals::GpuDevice unknown{
      .gpu = "gpu1/mig0", .gpu_type = "", .uuid = "", .pci = "", .vendor = "", .driver = "", .source = signals::GpuSource::nvidia_smi};
  const signals::GpuSnapshot snapshot{.time = {1'700'000'010'000},
                                      .devices = {device, unknown},
                                      .processes = {{.pid = 4711, .gpu = "gpu0", .memory_bytes = 8'589'934'592}}};
  expect_golden("gpus.json", gpus_json(snapshot));
  expect_json(gpus_json(snapshot));
}

TEST(SnapshotJson, of_nothing_is_still_json) {
  expect_json(processes_json({}));
  expect_json(gpus_json({}));
}

TEST(JsonWriter, puts_commas_where_they_belong) {
  const auto f = [](auto write) {
    JsonWriter json;
    write(json);
    return json.take();
  };
  EXPECT_EQ(f([](JsonWriter& j) { j.begin_object().end_object(); }), "{}");
  EXPECT_EQ(f([](JsonWriter& j) { j.begin_list().value(1).value("a").value(true).end_list(); }), "[1,\"a\",true]");
  EXPECT_EQ(f([](JsonWriter& j) { j.begin_object().field("a", 1).key("b").begin_list().end_list().field("c", 2.5).end_object(); }),
            "{\"a\":1,\"b\":[],\"c\":2.5}");
  EXPECT_EQ(f([](JsonWriter& j) { j.begin_list().begin_object().end_object().begin_object().end_object().end_list(); }), "[{},{}]");
}

TEST(JsonWriter, writes_what_json_does_not_have_as_null) {
  const auto f = [](auto value) {
    JsonWriter json;
    json.value(value);
    return json.take();
  };
  EXPECT_EQ(f(std::nan("")), "null");
  EXPECT_EQ(f(HUGE_VAL), "null");
  EXPECT_EQ(f(std::optional<double>{}), "null");
  EXPECT_EQ(f(std::optional<uint64_t>{18'446'744'073'709'551'615ull}), "18446744073709551615");
}

}  // namespace
}  // namespace monitorai::serve
