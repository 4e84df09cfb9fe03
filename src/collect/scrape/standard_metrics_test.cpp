#include "collect/scrape/standard_metrics.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace monitorai::collect {
namespace {

/// The sample lines that derive() makes of a text, without comments.
std::string derived(std::string_view text) {
  StandardMetrics metrics;
  const auto out = metrics.derive(text, {1000});
  if (!out) return out.error().message;
  std::string lines;
  for (const std::string_view line : split(*out, '\n'))
    if (!line.empty() && line[0] != '#') (lines += line) += '\n';
  return lines;
}

TEST(StandardMetrics, speaks_every_dialect) {
  const auto f = [](std::string_view text, std::string_view want) { EXPECT_EQ(derived(text), want) << text; };
  f("vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 2\nvllm:num_requests_running{engine=\"1\",model_name=\"m\"} 3\n",
    "llm_requests_running{model_name=\"m\"} 5\n");
  f("vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"m\"} 0.2\nvllm:kv_cache_usage_perc{engine=\"1\",model_name=\"m\"} 0.7\n",
    "llm_kv_cache_usage_ratio{model_name=\"m\"} 0.7\n");
  f("vllm:gpu_cache_usage_perc{model_name=\"m\"} 0.4\n", "llm_kv_cache_usage_ratio{model_name=\"m\"} 0.4\n");
  f("vllm:request_success_total{finished_reason=\"stop\",model_name=\"m\"} 7\nvllm:request_success_total{finished_reason=\"length\",model_name=\"m\"} 2\n"
    "vllm:request_success_total{finished_reason=\"abort\",model_name=\"m\"} 1\n",
    "llm_requests_total{model_name=\"m\",status=\"aborted\"} 1\nllm_requests_total{model_name=\"m\",status=\"success\"} 9\n");
  f("ray_vllm_prompt_tokens_total{model_name=\"m\"} 5\n", "llm_tokens_total{model_name=\"m\",direction=\"input\"} 5\n");
  f("sglang:num_running_reqs{tp_rank=\"0\"} 4\nsglang:num_running_reqs{tp_rank=\"1\"} 4\nsglang:num_queue_reqs 1\n", "llm_requests_running 4\nllm_requests_waiting 1\n");
  f("tgi_request_success 3\ntgi_request_failure{err=\"overloaded\"} 1\n", "llm_requests_total{status=\"error\"} 1\nllm_requests_total{status=\"success\"} 3\n");
  f("llamacpp:tokens_predicted_total 9\nllamacpp:requests_deferred 1\n", "llm_tokens_total{direction=\"output\"} 9\nllm_requests_waiting 1\n");
  f("trtllm_kv_cache_utilization{model_name=\"undefined\"} 0.5\n", "llm_kv_cache_usage_ratio 0.5\n");
  f("lmdeploy:num_requests_waiting{model_name=\"m\",engine=\"0\"} 2\n", "llm_requests_waiting{model_name=\"m\"} 2\n");
  f("nv_inference_request_success{model=\"m\",version=\"1\"} 2\n", "llm_requests_total{model_name=\"m\",status=\"success\"} 2\n");
  f("go_threads 3\n", "");
}

TEST(StandardMetrics, copies_histograms_in_bucket_order_and_prefers_the_newest_name) {
  EXPECT_EQ(derived("vllm:e2e_request_latency_seconds_bucket{le=\"+Inf\",model_name=\"m\"} 3\nvllm:e2e_request_latency_seconds_bucket{le=\"10.0\",model_name=\"m\"} 2\n"
                    "vllm:e2e_request_latency_seconds_bucket{le=\"2.5\",model_name=\"m\"} 1\nvllm:e2e_request_latency_seconds_sum{model_name=\"m\"} 30\n"
                    "vllm:e2e_request_latency_seconds_count{model_name=\"m\"} 3\n"),
            "llm_inference_latency_seconds_bucket{model_name=\"m\",le=\"2.5\"} 1\nllm_inference_latency_seconds_bucket{model_name=\"m\",le=\"10\"} 2\n"
            "llm_inference_latency_seconds_bucket{model_name=\"m\",le=\"+Inf\"} 3\nllm_inference_latency_seconds_count{model_name=\"m\"} 3\n"
            "llm_inference_latency_seconds_sum{model_name=\"m\"} 30\n");
  EXPECT_EQ(derived("vllm:inter_token_latency_seconds_count 100\nvllm:inter_token_latency_seconds_bucket{le=\"1\"} 100\nvllm:request_time_per_output_token_seconds_count 7\n"),
            "llm_time_per_output_token_seconds_count 7\n");
  EXPECT_EQ(derived("nv_inference_first_response_histogram_ms_bucket{model=\"m\",le=\"100\"} 1\nnv_inference_first_response_histogram_ms_sum{model=\"m\"} 50\n"),
            "llm_time_to_first_token_seconds_bucket{model_name=\"m\",le=\"0.1\"} 1\nllm_time_to_first_token_seconds_sum{model_name=\"m\"} 0.05\n");
}

TEST(StandardMetrics, rates_are_between_scrapes_and_absent_without_two) {
  StandardMetrics metrics;
  const auto at = [&](double ok, double failed, int64_t ms) {
    return metrics.derive(fmt::format("tgi_request_success {}\ntgi_request_failure {}\n", ok, failed), {ms}).value();
  };
  EXPECT_EQ(at(10, 0, 1000).find("llm_rps"), std::string::npos);
  const std::string second = at(25, 5, 11'000);
  EXPECT_NE(second.find("llm_rps 2\n"), std::string::npos) << second;
  EXPECT_NE(second.find("llm_error_rate 0.25\n"), std::string::npos) << second;
  const std::string idle = at(25, 5, 21'000);
  EXPECT_NE(idle.find("llm_rps 0\n"), std::string::npos);
  EXPECT_EQ(idle.find("llm_error_rate"), std::string::npos) << "no request, no rate of errors";
  EXPECT_EQ(at(1, 0, 31'000).find("llm_rps"), std::string::npos) << "the runtime was restarted";
}

TEST(StandardMetrics, names_the_runtime_of_an_exposition) {
  const auto f = [](std::string_view text, std::string_view want) { EXPECT_EQ(runtime_of_exposition(text), want) << text; };
  f("# HELP python_gc x\npython_gc 1\n# HELP vllm:num_requests_running x\n", "vllm");
  f("llamacpp:requests_processing 0\n", "llama.cpp");
  f("aphrodite:num_requests_running 0\n", "aphrodite");
  f("node_cpu_seconds_total 1\n", "");
  f("", "");
}

}  // namespace
}  // namespace monitorai::collect
