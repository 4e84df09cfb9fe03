#include "app/demo/gpu_info.h"

#include <gtest/gtest.h>

namespace monitorai::app::demo {
namespace {

TEST(GpuInfo, is_the_json_of_the_specification) {
  const Traffic idle(traffic_of("gpt2"), 1);
  EXPECT_EQ(gpu_info_json(4711, {.index = 1, .weights_bytes = 100, .cache_bytes = 50}, idle, {1'736'937'026'023}),
            R"({"pid": 4711, "gpu_memory_allocated_bytes": 100, "gpu_memory_reserved_bytes": 150, "gpu_utilization": 0.0, )"
            R"("gpu_index": 1, "timestamp": "2025-01-15T10:30:26.023Z", "simulated": true})"
            "\n");
}

TEST(GpuInfo, what_leaked_is_in_use_and_reserved) {
  const Traffic idle(traffic_of("gpt2"), 1);
  EXPECT_NE(gpu_info_json(4711, {.index = 0, .weights_bytes = 100, .cache_bytes = 50}, idle, {0}, 7)
                .find(R"("gpu_memory_allocated_bytes": 107, "gpu_memory_reserved_bytes": 157)"),
            std::string::npos);
}

TEST(GpuInfo, its_file_carries_the_pid) { EXPECT_EQ(gpu_info_path("logs", 7), "logs/gpu-info-7.json"); }

}  // namespace
}  // namespace monitorai::app::demo
