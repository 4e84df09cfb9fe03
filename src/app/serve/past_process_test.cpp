#include "app/serve/past_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/promql/testing/memory_source.h"

namespace monitorai::app {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kStart = 1'700'000'000'000;

signals::Labels labels(const std::string& metric, const std::string& pid, std::vector<signals::Label> more = {}) {
  more.push_back({"__name__", metric});
  more.push_back({"pid", pid});
  return signals::Labels::from(std::move(more));
}

/// A process with pid 7 that ran for ten minutes on gpu1 and ended, and another that got its pid an hour later.
query::MemorySource measured() {
  query::MemorySource out;
  std::vector<signals::Sample> first, second;
  for (int64_t t = 0; t < 10 * kMinute; t += 10'000) first.push_back({{kStart + t}, 5e9});
  first.push_back({{kStart + 10 * kMinute}, signals::stale_nan()});
  for (int64_t t = 60 * kMinute; t < 70 * kMinute; t += 10'000) second.push_back({{kStart + t}, 1e9});
  out.add(labels("llm_process_memory_bytes", "7", {{"name", "vllm"}, {"llm_type", "llm"}, {"framework", "vllm"}, {"model_name", "Qwen"}}),
          first);
  out.add(labels("llm_process_gpu_memory_bytes", "7", {{"name", "vllm"}, {"gpu", "gpu1"}}), first);
  out.add(labels("llm_process_memory_bytes", "7",
                 {{"name", "run.py"}, {"llm_type", "llm"}, {"framework", "transformers"}, {"model_name", "gpt2"}}),
          second);
  return out;
}

TEST(PastProcess, is_what_was_measured_at_that_time) {
  const query::MemorySource source = measured();
  const judge::PastProcess past = past_process(source);
  const auto f = [&](int64_t pid, int64_t ms) -> std::string {
    const auto found = past(pid, {(kStart + ms) * 1'000'000});
    if (!found) return "none";
    EXPECT_FALSE(found->is_running);
    EXPECT_THAT(found->members, testing::ElementsAre(pid));
    return fmt::format("{} {} {} {}", found->name, found->framework, found->model, found->gpus.empty() ? "-" : found->gpus.front());
  };
  EXPECT_EQ(f(7, 5 * kMinute), "vllm vllm Qwen gpu1");
  EXPECT_EQ(f(7, 60 * kMinute), "run.py transformers gpt2 -");
  EXPECT_EQ(f(7, -10'000), "vllm vllm Qwen gpu1") << "before the first scan that saw it";
  EXPECT_EQ(f(7, -kMinute), "none");
  EXPECT_EQ(f(7, 10 * kMinute + 1000), "none") << "just ended";
  EXPECT_EQ(f(7, 10 * kMinute - 5000), "vllm vllm Qwen gpu1") << "about to end";
  EXPECT_EQ(f(7, 30 * kMinute), "none");
  EXPECT_EQ(f(8, 5 * kMinute), "none");
}

}  // namespace
}  // namespace monitorai::app
