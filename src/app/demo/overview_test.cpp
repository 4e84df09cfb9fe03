#include "app/demo/overview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monitorai::app::demo {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<Started> some() { return {{find_part("vllm"), 11, 8000}, {find_part("vllm-engine"), 12, 0}, {find_part("vllm-worker-1"), 14, 0}}; }

TEST(DemoOverview, names_each_process_below_the_one_that_started_it_and_says_simulated) {
  const std::string text = overview_text(some(), "/x/logs", {});
  EXPECT_THAT(text, HasSubstr("Simulated processes that run now: 3."));
  EXPECT_THAT(text, HasSubstr("       11  vllm serve              vllm           Qwen/Qwen2.5-7B-Instruct       8000\n"));
  EXPECT_THAT(text, HasSubstr("       14      VLLM::Worker_TP1    vllm           Qwen/Qwen2.5-7B-Instruct       -\n"));
  EXPECT_THAT(text, HasSubstr("curl localhost:8000/metrics"));
  EXPECT_THAT(text, Not(HasSubstr("but not")));
}

TEST(DemoOverview, says_which_log_it_left_alone) {
  const std::filesystem::path real = "/x/logs/llm-model.log";
  EXPECT_THAT(overview_text(some(), "/x/logs", std::span(&real, 1)), HasSubstr("but not /x/logs/llm-model.log"));
}

TEST(DemoOverview, is_one_line_of_json_for_scripts) {
  EXPECT_EQ(overview_json(std::vector<Started>{{find_part("gpt2"), 7, 0}, {find_part("llama-server"), 8, 8080}}, "/x/logs"),
            R"({"logs":"/x/logs","processes":[{"part":"gpt2","pid":7,"framework":"transformers","model":"gpt2","port":0},)"
            R"({"part":"llama-server","pid":8,"framework":"llama.cpp","model":"Llama-3.2-3B-Instruct-Q4_K_M","port":8080}]})"
            "\n");
}

}  // namespace
}  // namespace monitorai::app::demo
