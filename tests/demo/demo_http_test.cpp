// What the simulated servers answer over HTTP, and that a real Prometheus understands it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "demo/running_demo.h"
#include "net/http_client.h"

namespace monitorai::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

class DemoHttp : public testing::Test {
 protected:
  net::HttpClientResponse get(const std::string& part, const std::string& path) {
    return client_.get(fmt::format("http://127.0.0.1:{}{}", demo_.port_of(part), path)).value();
  }
  /// The value of the sample whose text before the value is `series`; -1 when there is none.
  static double sample(const std::string& text, const std::string& series) {
    for (const std::string_view line : split(text, '\n'))
      if (line.starts_with(series + " ")) return parse_number(line.substr(series.size() + 1)).value();
    return -1;
  }

  const TemporaryDirectory folder_;
  RunningDemo demo_{{"--dir", folder_.path().native()}};
  net::HttpClient client_;
};

TEST_F(DemoHttp, vllm_answers_what_a_monitor_asks) {
  EXPECT_EQ(get("vllm", "/health").status, 200);
  EXPECT_EQ(get("vllm", "/health").body, "");
  EXPECT_THAT(get("vllm", "/v1/models").body, HasSubstr(R"("id":"Qwen/Qwen2.5-7B-Instruct")"));
  const auto chat = client_.post(fmt::format("http://127.0.0.1:{}/v1/chat/completions", demo_.port_of("vllm")), R"({"messages":[]})", "application/json").value();
  EXPECT_EQ(chat.status, 200);
  EXPECT_THAT(chat.body, HasSubstr(R"("usage":{"prompt_tokens":4,"completion_tokens":13,"total_tokens":17})"));
  const std::string metrics = get("vllm", "/metrics").body;
  const std::string labels = R"(engine="0",model_name="Qwen/Qwen2.5-7B-Instruct")";
  EXPECT_GE(sample(metrics, "vllm:num_requests_running{" + labels + "}"), 0);
  EXPECT_GE(sample(metrics, R"(vllm:request_success_total{engine="0",finished_reason="stop",model_name="Qwen/Qwen2.5-7B-Instruct"})"), 0);
  EXPECT_GE(sample(metrics, "vllm:kv_cache_usage_perc{" + labels + "}"), 0);
  EXPECT_THAT(metrics, HasSubstr("# TYPE vllm:e2e_request_latency_seconds histogram\n"));
  EXPECT_THAT(metrics, HasSubstr("# TYPE vllm:time_to_first_token_seconds histogram\n"));
  EXPECT_THAT(metrics, HasSubstr("# TYPE vllm:generation_tokens_total counter\n"));
}

TEST_F(DemoHttp, llama_server_answers_what_a_monitor_asks) {
  EXPECT_EQ(get("llama-server", "/health").body, R"({"status":"ok"})");
  EXPECT_THAT(get("llama-server", "/props").body, HasSubstr(R"("total_slots":4)"));
  const std::string metrics = get("llama-server", "/metrics").body;
  EXPECT_GE(sample(metrics, "llamacpp:requests_processing"), 0);
  EXPECT_GE(sample(metrics, "llamacpp:tokens_predicted_total"), 0);
  EXPECT_THAT(metrics, Not(HasSubstr("vllm:")));
}

TEST_F(DemoHttp, counters_rise_while_it_runs) {
  const auto tokens = [&] {
    return sample(get("vllm", "/metrics").body, R"(vllm:generation_tokens_total{engine="0",model_name="Qwen/Qwen2.5-7B-Instruct"})");
  };
  const double before = tokens();
  EXPECT_GE(before, 0);
  EXPECT_TRUE(eventually([&] { return tokens() > before; }));
}

TEST_F(DemoHttp, the_listening_socket_belongs_to_the_simulated_server) {
  const auto sockets = [](int64_t pid) {
    size_t count = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid), ignored))
      count += std::filesystem::read_symlink(entry.path(), ignored).native().starts_with("socket:");
    return count;
  };
  EXPECT_GE(sockets(demo_.pid_of("vllm")), 1U);
  EXPECT_GE(sockets(demo_.pid_of("llama-server")), 1U);
  EXPECT_EQ(sockets(demo_.pid()), 0U);
}

}  // namespace
}  // namespace monitorai::tests
