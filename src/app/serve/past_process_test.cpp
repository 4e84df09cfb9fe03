#include "app/serve/past_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/promql/testing/memory_source.h"

namespace monitorai::app {
namespace {

using judge::ProcessKey;

constexpr int64_t kMinute = 60'000;
constexpr int64_t kStart = 1'700'000'000'000;

struct Life {
  std::string pid;
  int64_t from = 0;
  int64_t to = 0;
  std::vector<signals::Label> labels{};
  std::string gpu{};
  bool says_start = true;
};

/// What is stored of a process that was scanned every ten seconds, and of its end.
void add(query::MemorySource& to, const Life& life) {
  const auto family = [&](const std::string& metric, std::vector<signals::Label> labels, double value) {
    std::vector<signals::Sample> samples;
    for (int64_t t = (life.from + 9999) / 10'000 * 10'000; t < life.to; t += 10'000) samples.push_back({{kStart + t}, value});
    samples.push_back({{kStart + (life.to + 9999) / 10'000 * 10'000}, signals::stale_nan()});
    labels.push_back({"__name__", metric});
    labels.push_back({"pid", life.pid});
    to.add(signals::Labels::from(std::move(labels)), samples);
  };
  family("llm_process_info", life.labels, 1);
  if (life.says_start) family("llm_process_start_time_seconds", {}, static_cast<double>(kStart + life.from) / 1000);
  if (!life.gpu.empty()) family("llm_process_gpu_memory_bytes", {{"gpu", life.gpu}}, 5e9);
}

class PastProcess : public testing::Test {
 protected:
  std::string ask(ProcessKey key, const std::string& value, int64_t ms) {
    const auto found = past_process(source_)(key, value, {(kStart + ms) * 1'000'000});
    if (!found) return "none";
    EXPECT_FALSE(found->is_running);
    return fmt::format("{} {} {} {} [{}] [{}]", found->pid, found->name, found->framework, found->model, fmt::join(found->members, " "), fmt::join(found->gpus, " "));
  }
  query::MemorySource source_;
};

TEST_F(PastProcess, is_what_was_measured_at_that_time) {
  add(source_, {"7", 0, 10 * kMinute, {{"name", "vllm"}, {"llm_type", "llm"}, {"framework", "vllm"}, {"model_name", "Qwen"}}, "gpu1", false});
  add(source_, {"7", 60 * kMinute, 70 * kMinute, {{"name", "run.py"}, {"llm_type", "llm"}, {"framework", "transformers"}, {"model_name", "gpt2"}}});
  const auto f = [&](const std::string& pid, int64_t ms) { return ask(ProcessKey::pid, pid, ms); };
  EXPECT_EQ(f("7", 5 * kMinute), "7 vllm vllm Qwen [7] [gpu1]");
  EXPECT_EQ(f("7", 60 * kMinute), "7 run.py transformers gpt2 [7] []");
  EXPECT_EQ(f("7", -10'000), "7 vllm vllm Qwen [7] [gpu1]") << "before the first scan that saw it, and nothing says when it started";
  EXPECT_EQ(f("7", 60 * kMinute - 10'000), "none") << "it had not started";
  EXPECT_EQ(f("7", -kMinute), "none");
  EXPECT_EQ(f("7", 10 * kMinute + 1000), "none") << "just ended";
  EXPECT_EQ(f("7", 10 * kMinute - 5000), "7 vllm vllm Qwen [7] [gpu1]") << "about to end";
  EXPECT_EQ(f("7", 30 * kMinute), "none");
  EXPECT_EQ(f("8", 5 * kMinute), "none");
  EXPECT_EQ(f("", 5 * kMinute), "none");
}

TEST_F(PastProcess, is_found_by_a_port_that_it_listened_on) {
  const auto vllm = [](const std::string& ports) {
    return std::vector<signals::Label>{{"name", "vllm"}, {"framework", "vllm"}, {"model_name", "Qwen"}, {"ports", ports}, {"service", "vllm/Qwen@100"}, {"container", "0123456789ab"}};
  };
  add(source_, {"100", 0, 10 * kMinute, vllm("8000,18000")});
  add(source_, {"101", 1000, 10 * kMinute, vllm("8000"), "gpu1"});
  add(source_, {"102", 1000, 10 * kMinute, vllm(""), "gpu0"});
  const auto f = [&](const std::string& port, int64_t ms) { return ask(ProcessKey::port, port, ms); };
  const std::string first = "100 vllm vllm Qwen [100 101 102] [gpu0 gpu1]";
  EXPECT_EQ(f("8000", 5 * kMinute), first) << "the root of those that share it, with its workers and their GPUs";
  EXPECT_EQ(f("18000", 5 * kMinute), first);
  for (const char* port : {"800", "80", "1800", "000", "8001", "8000,18000,", ".*"}) EXPECT_EQ(f(port, 5 * kMinute), "none") << port;
  EXPECT_EQ(f("8000", 20 * kMinute), "none");
  EXPECT_EQ(ask(ProcessKey::container, "0123456789ab", 5 * kMinute), first);
  EXPECT_EQ(ask(ProcessKey::container, "ffffffffffff", 5 * kMinute), "none");
}

TEST_F(PastProcess, is_the_one_that_had_taken_over_the_port) {
  const auto server = [](const std::string& name) { return std::vector<signals::Label>{{"name", name}, {"framework", "vllm"}, {"model_name", "m"}, {"ports", "8000"}}; };
  // Between two scans the first ended and the second started: both are in the samples around.
  add(source_, {"1", 0, 10 * kMinute + 2000, server("first")});
  add(source_, {"2", 10 * kMinute + 4000, 20 * kMinute, server("second")});
  const auto f = [&](int64_t ms) { return ask(ProcessKey::port, "8000", 10 * kMinute + ms); };
  EXPECT_EQ(f(0), "1 first vllm m [1] []");
  EXPECT_EQ(f(1500), "1 first vllm m [1] []");
  EXPECT_EQ(f(5000), "2 second vllm m [2] []");
  EXPECT_EQ(f(9000), "2 second vllm m [2] []") << "before the first scan that saw it";
  EXPECT_EQ(f(kMinute), "2 second vllm m [2] []");
}

}  // namespace
}  // namespace monitorai::app
