#include "app/demo/parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monitorai::app::demo {
namespace {

using testing::ElementsAre;

TEST(Parts, every_part_stands_after_the_one_that_starts_it_and_shares_its_kind) {
  std::vector<std::string_view> before;
  for (const Part& part : all_parts()) {
    EXPECT_EQ(find_part(part.id), &part);
    EXPECT_LE(part.comm.size(), 15U) << part.id;
    EXPECT_LE(part.load.cpu_max, 0.1) << part.id;
    if (!part.started_by.empty()) {
      EXPECT_THAT(before, testing::Contains(part.started_by));
      EXPECT_EQ(find_part(part.started_by)->kind, part.kind);
    }
    before.push_back(part.id);
  }
  EXPECT_EQ(find_part("nonsense"), nullptr);
}

TEST(Parts, command_lines_are_those_of_the_real_runtimes) {
  const auto argv = [](std::string_view id) { return argv_of(*find_part(id), "/w", 8123); };
  EXPECT_THAT(argv("gpt2"), ElementsAre("python", "run-model.py", "--model-name", "gpt2"));
  EXPECT_THAT(argv("vllm"), ElementsAre("/w/bin/python3", "/w/bin/vllm", "serve", "Qwen/Qwen2.5-7B-Instruct", "--host", "127.0.0.1", "--port",
                                        "8123", "--tensor-parallel-size", "2"));
  EXPECT_THAT(argv("vllm-engine"), ElementsAre("VLLM::EngineCore"));
  EXPECT_THAT(argv("vllm-worker-1"), ElementsAre("VLLM::Worker_TP1"));
  EXPECT_EQ(argv("llama-server").at(2), "/w/models/Llama-3.2-3B-Instruct-Q4_K_M.gguf");
}

TEST(Parts, kinds_are_what_only_takes) { EXPECT_THAT(kinds(), ElementsAre("gpt2", "dialogpt", "vllm", "llama-server")); }

}  // namespace
}  // namespace monitorai::app::demo
