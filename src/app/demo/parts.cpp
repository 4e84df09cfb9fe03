#include "app/demo/parts.h"

#include <fmt/format.h>

namespace monitorai::app::demo {
namespace {

constexpr size_t kMiB = size_t{1} << 20U;
constexpr uint64_t kGiB = uint64_t{1} << 30U;
constexpr std::string_view kQwen = "Qwen/Qwen2.5-7B-Instruct";

constexpr Part kParts[] = {
    {.id = "gpt2",
     .kind = "gpt2",
     .started_by = "",
     .runtime = Runtime::transformers,
     .framework = "transformers",
     .model = "gpt2",
     .executable = "python3",
     .comm = "python",
     .process = "run-model.py",
     .log = "llm-model.log",
     .load = {.cpu_idle = 0.005, .cpu_per_request = 0.05, .cpu_max = 0.06, .memory_bytes = 40 * kMiB, .swing_bytes = 16 * kMiB},
     .gpu = GpuClaim{.index = 0, .weights_bytes = 548 * kMiB, .cache_bytes = 192 * kMiB}},
    {.id = "dialogpt",
     .kind = "dialogpt",
     .started_by = "",
     .runtime = Runtime::transformers,
     .framework = "transformers",
     .model = "microsoft/DialoGPT-small",
     .executable = "python3",
     .comm = "python",
     .process = "run-model.py",
     .log = "llm-model.log",
     .load = {.cpu_idle = 0.003, .cpu_per_request = 0.04, .cpu_max = 0.05, .memory_bytes = 32 * kMiB, .swing_bytes = 12 * kMiB},
     .gpu = GpuClaim{.index = 0, .weights_bytes = 351 * kMiB, .cache_bytes = 128 * kMiB}},
    {.id = "vllm",
     .kind = "vllm",
     .started_by = "",
     .runtime = Runtime::vllm,
     .framework = "vllm",
     .model = kQwen,
     .executable = "python3",
     .comm = "vllm",
     .process = "vllm serve",
     .log = "vllm.log",
     .port_wanted = 8000,
     .load = {.cpu_idle = 0.003, .cpu_per_request = 0.001, .cpu_max = 0.02, .memory_bytes = 24 * kMiB, .swing_bytes = 4 * kMiB},
     .gpu = std::nullopt},
    {.id = "vllm-engine",
     .kind = "vllm",
     .started_by = "vllm",
     .runtime = Runtime::vllm,
     .framework = "vllm",
     .model = kQwen,
     .executable = "python3",
     .comm = "VLLM::EngineCor",
     .process = "VLLM::EngineCore",
     .log = "",
     .load = {.cpu_idle = 0.002, .cpu_per_request = 0.004, .cpu_max = 0.05, .memory_bytes = 20 * kMiB, .swing_bytes = 8 * kMiB},
     .gpu = std::nullopt},
    {.id = "vllm-worker-0",
     .kind = "vllm",
     .started_by = "vllm-engine",
     .runtime = Runtime::vllm,
     .framework = "vllm",
     .model = kQwen,
     .executable = "python3",
     .comm = "VLLM::Worker_TP",
     .process = "VLLM::Worker_TP0",
     .log = "",
     .load = {.cpu_idle = 0.002, .cpu_per_request = 0.003, .cpu_max = 0.04, .memory_bytes = 32 * kMiB, .swing_bytes = 16 * kMiB},
     .gpu = GpuClaim{.index = 0, .weights_bytes = 7 * kGiB + 640 * kMiB, .cache_bytes = 9 * kGiB}},
    {.id = "vllm-worker-1",
     .kind = "vllm",
     .started_by = "vllm-engine",
     .runtime = Runtime::vllm,
     .framework = "vllm",
     .model = kQwen,
     .executable = "python3",
     .comm = "VLLM::Worker_TP",
     .process = "VLLM::Worker_TP1",
     .log = "",
     .load = {.cpu_idle = 0.002, .cpu_per_request = 0.003, .cpu_max = 0.04, .memory_bytes = 32 * kMiB, .swing_bytes = 16 * kMiB},
     .gpu = GpuClaim{.index = 1, .weights_bytes = 7 * kGiB + 640 * kMiB, .cache_bytes = 9 * kGiB}},
    {.id = "llama-server",
     .kind = "llama-server",
     .started_by = "",
     .runtime = Runtime::llama_cpp,
     .framework = "llama.cpp",
     .model = "Llama-3.2-3B-Instruct-Q4_K_M",
     .executable = "llama-server",
     .comm = "llama-server",
     .process = "llama-server",
     .log = "llama-server.log",
     .port_wanted = 8080,
     .load = {.cpu_idle = 0.002, .cpu_per_request = 0.03, .cpu_max = 0.08, .memory_bytes = 24 * kMiB, .swing_bytes = 12 * kMiB},
     .gpu = GpuClaim{.index = 0, .weights_bytes = 1926 * kMiB, .cache_bytes = 448 * kMiB}},
};

constexpr std::string_view kTransformersLibraries[] = {"site-packages/torch/lib/libtorch_cpu.so", "site-packages/torch/lib/libtorch_cuda.so",
                                                       "site-packages/tokenizers/tokenizers.abi3.so"};
constexpr std::string_view kVllmLibraries[] = {"site-packages/torch/lib/libtorch_cuda.so", "site-packages/vllm/_C.abi3.so"};
constexpr std::string_view kLlamaLibraries[] = {"bin/libllama.so", "bin/libggml-base.so", "bin/libggml-cuda.so"};

}  // namespace

std::span<const std::string_view> libraries_of(Runtime runtime) {
  switch (runtime) {
    case Runtime::transformers: return kTransformersLibraries;
    case Runtime::vllm: return kVllmLibraries;
    case Runtime::llama_cpp: break;
  }
  return kLlamaLibraries;
}

std::span<const Part> all_parts() { return kParts; }

const Part* find_part(std::string_view id) {
  for (const Part& part : kParts)
    if (part.id == id) return &part;
  return nullptr;
}

std::vector<std::string> kinds() {
  std::vector<std::string> out;
  for (const Part& part : kParts)
    if (part.started_by.empty()) out.emplace_back(part.kind);
  return out;
}

TrafficShape traffic_of(std::string_view kind, IncidentKind incident) {
  if (kind == "vllm" && incident != IncidentKind::none)
    return {.requests_per_second = 4, .cycle_seconds = 150, .slots = 16, .prompt_tokens = 60, .output_tokens = 6,
            .prefill_tokens_per_second = 9000, .seconds_per_token = 0.008, .failed_fraction = 0.001, .kv_tokens_max = 18'000};
  if (kind == "vllm")
    return {.requests_per_second = 4, .cycle_seconds = 150, .slots = 16, .prompt_tokens = 420, .output_tokens = 130,
            .prefill_tokens_per_second = 9000, .seconds_per_token = 0.014, .failed_fraction = 0.004, .kv_tokens_max = 18'000};
  if (kind == "llama-server")
    return {.requests_per_second = 0.5, .cycle_seconds = 180, .slots = 4, .prompt_tokens = 180, .output_tokens = 110,
            .prefill_tokens_per_second = 1400, .seconds_per_token = 0.021, .failed_fraction = 0.01, .kv_tokens_max = 8192};
  const bool small = kind == "dialogpt";
  return {.requests_per_second = small ? 0.25 : 0.4, .cycle_seconds = small ? 140.0 : 110.0, .slots = 1, .prompt_tokens = 24,
          .output_tokens = 42, .prefill_tokens_per_second = 2500, .seconds_per_token = 0.028, .failed_fraction = 0.02,
          .kv_tokens_max = 256};
}

std::vector<std::string> argv_of(const Part& part, std::string_view folder, uint16_t port) {
  const std::string number = fmt::format("{}", port);
  switch (part.runtime) {
    case Runtime::transformers: return {"python", "run-model.py", "--model-name", std::string(part.model)};
    case Runtime::llama_cpp:
      return {fmt::format("{}/bin/llama-server", folder), "-m", fmt::format("{}/{}", folder, kGgufFile), "--host", "127.0.0.1", "--port", number,
              "--metrics", "-np", fmt::format("{}", traffic_of(part.kind).slots)};
    case Runtime::vllm: break;
  }
  if (!part.started_by.empty()) return {std::string(part.process)};
  return {fmt::format("{}/bin/python3", folder), fmt::format("{}/bin/vllm", folder), "serve", std::string(part.model), "--host", "127.0.0.1",
          "--port", number, "--tensor-parallel-size", "2"};
}

}  // namespace monitorai::app::demo
