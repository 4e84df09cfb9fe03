#include "app/demo/log_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monitorai::app::demo {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr TimeMs kNow{1'736'937'026'123};

TrafficEvent event(TrafficEvent::What what, Finish finish = Finish::stop) {
  Request request{.number = 278, .arrived = 1, .started = 1.5, .first_token = 2, .finished = 4, .prompt_tokens = 100, .output_tokens = 50};
  request.finish = finish;
  return {what, 4, request};
}

std::vector<std::string> lines_of(std::string_view part, const TrafficEvent& e) {
  const Traffic traffic(traffic_of("vllm"), 1);
  const ServerMetrics metrics(Runtime::vllm, "m");
  return LogLines(*find_part(part), 4711).lines({e}, traffic, metrics, kNow);
}

constexpr auto kArrived = TrafficEvent::What::arrived;
constexpr auto kFinished = TrafficEvent::What::finished;

TEST(LogLines, a_python_script_logs_user_and_model_as_the_specification_says) {
  const std::string time = "20[0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9],123";
  EXPECT_THAT(lines_of("gpt2", event(kArrived)).at(0), MatchesRegex(time + " - INFO - \\[USER\\] Request #278: .+"));
  EXPECT_THAT(lines_of("gpt2", event(kFinished)).at(0), MatchesRegex(time + " - INFO - \\[MODEL\\] Response #278: .+"));
  EXPECT_THAT(lines_of("dialogpt", event(kFinished, Finish::error)).at(0), MatchesRegex(time + " - ERROR - Request #278 failed: .+"));
}

TEST(LogLines, a_python_script_logs_the_same_as_json_too) {
  EXPECT_EQ(lines_of("gpt2", event(kFinished)).at(1),
            R"({"timestamp":"2025-01-15T10:30:26.123Z","level":"info","message":"request done","model_name":"gpt2","request":278,"seconds":3.000,"tokens":50})");
  EXPECT_THAT(lines_of("gpt2", event(kFinished, Finish::error)).at(1), HasSubstr(R"("level":"error","message":"request failed")"));
  EXPECT_EQ(lines_of("gpt2", event(kArrived)).size(), 1U);
}

TEST(LogLines, vllm_logs_requests_and_its_statistics_line) {
  const std::vector<std::string> lines = lines_of("vllm", event(kFinished));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], ContainsRegex("INFO:     127.0.0.1:[0-9]+ - \"POST /v1/chat/completions HTTP/1.1\" 200 OK$"));
  EXPECT_THAT(lines[1], ContainsRegex("Engine 000: Avg prompt throughput: 0.0 tokens/s, .*Running: 0 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.0%"));
  EXPECT_THAT(lines_of("vllm", event(kFinished, Finish::error)).at(0), HasSubstr(" ERROR "));
}

TEST(LogLines, vllm_repeats_its_statistics_every_ten_seconds_only) {
  Traffic traffic(traffic_of("vllm"), 1);
  ServerMetrics metrics(Runtime::vllm, "m");
  LogLines log(*find_part("vllm"), 1);
  size_t statistics = 0;
  for (int64_t second = 0; second <= 60; ++second)
    statistics += log.lines({}, traffic, metrics, {kNow.ms + second * 1000}).size();
  EXPECT_EQ(statistics, 7U);
}

TEST(LogLines, llama_server_logs_the_timing_of_a_slot) {
  const std::vector<std::string> lines = lines_of("llama-server", event(kFinished));
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_THAT(lines[0], StartsWith("slot print_timing: id  0 | task 278 |"));
  EXPECT_EQ(lines[1], "prompt eval time =     500.00 ms /   100 tokens (    5.00 ms per token,   200.00 tokens per second)");
  EXPECT_EQ(lines[2], "       eval time =    2000.00 ms /    50 tokens (   40.00 ms per token,    25.00 tokens per second)");
  EXPECT_THAT(lines_of("llama-server", event(kFinished, Finish::error)).at(0), HasSubstr("send_error"));
}

}  // namespace
}  // namespace monitorai::app::demo
