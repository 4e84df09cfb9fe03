#include "collect/scrape/runtime_targets.h"

#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

/// Remembers every series it was given, with the newest value.
class Memory final : public signals::MetricWriter {
 public:
  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite>) override {
    const std::lock_guard lock(mutex);
    for (const signals::SeriesWrite& one : series) {
      std::vector<signals::Label> labels;
      for (const auto& [name, value] : one.labels) labels.push_back({std::string(name), std::string(value)});
      values[signals::Labels::from(labels).text()] = one.samples.back().value;
    }
    changed.notify_all();
    return signals::WriteOutcome{};
  }
  bool wait_for(const std::string& series) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return values.contains(series); });
  }
  bool wait_for_stale(const std::string& series) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return values.contains(series) && signals::is_stale(values[series]); });
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, double> values;
};

std::shared_ptr<const signals::ProcessSnapshot> one_vllm(uint16_t port) {
  auto snapshot = std::make_shared<signals::ProcessSnapshot>();
  signals::Process root;
  root.id = {42, 7};
  root.command_line = "vllm serve m";
  snapshot->processes.push_back(root);
  snapshot->services.push_back({.key = "vllm/m@42", .root = {42, 7}, .framework = "vllm", .model = "m", .ports = {{"127.0.0.1", port}}});
  return snapshot;
}

TEST(RuntimeTargets, a_found_service_is_scraped_with_its_labels_until_it_ends) {
  SystemClock clock;
  Memory memory;
  ScrapePool pool(memory, clock, [](const std::string&) -> Result<std::vector<TargetGroup>> { return Error{Code::not_found, "none"}; }, 2);
  RuntimeTargets targets(
      pool, clock,
      [](const RuntimeEndpoint& endpoint, const std::stop_token&) -> Result<ScrapeAnswer> {
        if (endpoint.path != "/v1/metrics") return ScrapeAnswer{"<html>not here</html>", "text/html"};
        return ScrapeAnswer{"vllm:num_requests_running{model_name=\"served\"} 3", "text/plain"};
      },
      {.interval = std::chrono::milliseconds(20), .timeout = std::chrono::milliseconds(20)});
  targets.update(one_vllm(8000));
  const std::string labels = R"({framework="vllm", instance="127.0.0.1:8000", job="runtime", model_name="served", pid="42", service="vllm/m@42"})";
  EXPECT_TRUE(memory.wait_for("vllm:num_requests_running" + labels));
  EXPECT_TRUE(memory.wait_for("llm_requests_running" + labels));
  EXPECT_EQ(targets.status()[0].endpoint->path, "/v1/metrics");
  targets.update(std::make_shared<signals::ProcessSnapshot>());
  EXPECT_TRUE(memory.wait_for_stale("llm_requests_running" + labels));
}

TEST(RuntimeTargets, a_service_that_does_not_answer_is_asked_ever_more_rarely) {
  FakeClock clock;
  Memory memory;
  ScrapePool pool(memory, clock, [](const std::string&) -> Result<std::vector<TargetGroup>> { return Error{Code::not_found, "none"}; }, 1);
  std::mutex mutex;
  std::condition_variable changed;
  size_t asked = 0;
  RuntimeTargets targets(pool, clock, [&](const RuntimeEndpoint&, const std::stop_token&) -> Result<ScrapeAnswer> {
    const std::lock_guard lock(mutex);
    ++asked;
    changed.notify_all();
    return Error{Code::unavailable, "refused"};
  });
  const auto wait_for = [&](size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return asked >= count; });
  };
  targets.update(one_vllm(8000));
  ASSERT_TRUE(wait_for(2));
  while (targets.status().empty()) std::this_thread::yield();
  EXPECT_EQ(targets.status()[0].note, "asked, no answer");
  clock.advance(std::chrono::seconds(9));
  targets.update(one_vllm(8001));
  clock.advance(std::chrono::seconds(2));
  targets.update(one_vllm(8000));
  ASSERT_TRUE(wait_for(4));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(asked, 4u) << "two paths, asked twice: at the start and after the first pause";
}

}  // namespace
}  // namespace monitorai::collect
