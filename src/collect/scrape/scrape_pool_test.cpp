#include "collect/scrape/scrape_pool.h"

#include <gtest/gtest.h>

#include <latch>

#include "base/text.h"

namespace monitorai::collect {
namespace {

class Counter final : public signals::MetricWriter {
 public:
  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite>) override {
    const std::lock_guard lock(mutex);
    for (const signals::SeriesWrite& one : series)
      for (const signals::Sample& sample : one.samples)
        if (one.labels[0].value == "up") ups.push_back(signals::is_stale(sample.value) ? "stale" : format_number(sample.value));
    changed.notify_all();
    return signals::WriteOutcome{};
  }
  bool wait_for_ups(size_t count) {
    return wait_for([&] { return ups.size() >= count; });
  }
  template <class Seen>
  bool wait_for(Seen seen) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), seen);
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> ups;
};

ScrapeJob job_of(std::string name, std::vector<std::string> addresses, Fetch fetch) {
  return {std::make_shared<const ScrapeSettings>(ScrapeSettings{.job_name = std::move(name),
                                                                .scrape_interval = std::chrono::milliseconds(20),
                                                                .scrape_timeout = std::chrono::milliseconds(20),
                                                                .static_configs = {{std::move(addresses), {}}}}),
          std::move(fetch)};
}

Result<std::vector<TargetGroup>> no_files(const std::string&) { return Error{Code::not_found, "no file"}; }

TEST(ScrapePool, scrapes_every_target_again_and_again_and_ends_those_that_go) {
  SystemClock clock;
  Counter counter;
  ScrapePool pool(counter, clock, no_files, 2);
  pool.set_jobs("config", {job_of("j", {"a:1", "b:1"}, [](const Target&, const std::stop_token&) -> Result<ScrapeAnswer> { return ScrapeAnswer{"x 1\n", ""}; })});
  ASSERT_TRUE(counter.wait_for_ups(6));
  EXPECT_EQ(pool.targets().size(), 2u);
  EXPECT_TRUE(pool.targets()[0].last.up());
  EXPECT_GE(pool.counts().scrapes, 5u);
  pool.set_jobs("config", {});
  EXPECT_TRUE(pool.targets().empty());
  EXPECT_TRUE(counter.wait_for([&] { return std::count(counter.ups.begin(), counter.ups.end(), "stale") == 2; }));
}

TEST(ScrapePool, a_target_that_fails_is_down_and_says_why) {
  SystemClock clock;
  Counter counter;
  ScrapePool pool(counter, clock, no_files, 1);
  pool.set_jobs("config", {job_of("j", {"a:1"}, [](const Target&, const std::stop_token&) -> Result<ScrapeAnswer> { return Error{Code::unavailable, "refused"}; })});
  ASSERT_TRUE(counter.wait_for_ups(2));
  EXPECT_EQ(counter.ups[0], "0");
  EXPECT_EQ(pool.targets()[0].last.error, "refused");
  EXPECT_GE(pool.counts().failed, 1u);
}

TEST(ScrapePool, stops_at_once_though_a_target_hangs) {
  SystemClock clock;
  Counter counter;
  std::latch asked(1);
  {
    ScrapePool pool(counter, clock, no_files, 1);
    pool.set_jobs("config", {job_of("j", {"a:1"}, [&](const Target&, const std::stop_token& stop) -> Result<ScrapeAnswer> {
                    asked.count_down();
                    std::mutex mutex;
                    std::condition_variable_any never;
                    std::unique_lock lock(mutex);
                    never.wait(lock, stop, [] { return false; });
                    return Error{Code::cancelled, "stopped"};
                  })});
    asked.wait();
  }
  EXPECT_TRUE(counter.ups.empty());
}

TEST(ScrapePool, bad_targets_are_counted_and_double_ones_are_one) {
  SystemClock clock;
  Counter counter;
  ScrapePool pool(counter, clock, no_files, 1);
  ScrapeSettings dropping{.job_name = "d", .static_configs = {{{"c:1"}, {}}}};
  dropping.relabel_configs.push_back(std::move(RelabelRule::make({.source_labels = {"job"}, .regex = "d", .action = "drop"})).value());
  const Fetch fetch = [](const Target&, const std::stop_token&) -> Result<ScrapeAnswer> { return ScrapeAnswer{}; };
  pool.set_jobs("config", {job_of("j", {"a:1", "a:1", "not an address"}, fetch), {std::make_shared<const ScrapeSettings>(std::move(dropping)), fetch}});
  EXPECT_EQ(pool.targets().size(), 1u);
  EXPECT_EQ(pool.counts().target_errors, 1u);
  ASSERT_EQ(pool.dropped_targets().size(), 1u);
  EXPECT_EQ(pool.dropped_targets()[0].discovered_labels.value("__address__"), "c:1");
}

}  // namespace
}  // namespace monitorai::collect
