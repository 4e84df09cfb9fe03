#include "app/demo/traffic.h"

#include <gtest/gtest.h>

namespace monitorai::app::demo {
namespace {

TrafficShape busy() { return {.requests_per_second = 5, .slots = 3, .failed_fraction = 0.1}; }

TEST(Traffic, the_same_seed_gives_the_same_requests_however_often_it_is_asked) {
  Traffic once(busy(), 7);
  Traffic often(busy(), 7);
  const std::vector<TrafficEvent> all = once.advance(60);
  std::vector<TrafficEvent> parts;
  for (int i = 1; i <= 600; ++i)
    for (const TrafficEvent& event : often.advance(i / 10.0)) parts.push_back(event);
  ASSERT_EQ(all.size(), parts.size());
  ASSERT_GT(all.size(), 300U);
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].time, parts[i].time);
    EXPECT_EQ(all[i].request.number, parts[i].request.number);
    EXPECT_EQ(all[i].request.finished, parts[i].request.finished);
  }
  EXPECT_EQ(once.running(), often.running());
  EXPECT_EQ(once.kv_cache_usage(), often.kv_cache_usage());
}

TEST(Traffic, another_seed_gives_other_requests) {
  Traffic a(busy(), 1);
  Traffic b(busy(), 2);
  EXPECT_NE(a.advance(10).front().time, b.advance(10).front().time);
}

TEST(Traffic, events_come_in_time_order_and_every_finished_request_arrived_before) {
  Traffic traffic(busy(), 3);
  double last = 0;
  uint64_t arrived = 0;
  uint64_t finished = 0;
  for (const TrafficEvent& event : traffic.advance(120)) {
    EXPECT_GE(event.time, last);
    last = event.time;
    const Request& request = event.request;
    if (event.what == TrafficEvent::What::arrived) {
      EXPECT_EQ(request.number, ++arrived);
      continue;
    }
    ++finished;
    EXPECT_LE(request.number, arrived);
    EXPECT_LE(request.arrived, request.started);
    EXPECT_LT(request.started, request.first_token);
    EXPECT_LE(request.first_token, request.finished);
    EXPECT_LT(request.slot, busy().slots);
  }
  EXPECT_EQ(arrived - finished, traffic.running() + traffic.waiting());
}

TEST(Traffic, never_runs_more_requests_than_it_has_slots_and_queues_the_rest) {
  TrafficShape shape = busy();
  shape.requests_per_second = 50;
  Traffic traffic(shape, 4);
  for (int second = 1; second < 30; ++second) {
    (void)traffic.advance(second);
    EXPECT_LE(traffic.running(), shape.slots);
    EXPECT_LE(traffic.kv_cache_usage(), 1.0);
  }
  EXPECT_GT(traffic.waiting(), 100U);
  EXPECT_EQ(traffic.busy(), 1.0);
}

TEST(Traffic, its_rate_is_the_one_it_was_given) {
  Traffic traffic({.requests_per_second = 2, .cycle_seconds = 60, .slots = 64}, 5);
  size_t arrived = 0;
  for (const TrafficEvent& event : traffic.advance(3600)) arrived += event.what == TrafficEvent::What::arrived;
  EXPECT_NEAR(static_cast<double>(arrived), 7200, 400);
}

TEST(Traffic, some_requests_fail_and_a_failed_one_has_no_output) {
  Traffic traffic(busy(), 6);
  size_t failed = 0;
  for (const TrafficEvent& event : traffic.advance(300)) {
    if (event.what != TrafficEvent::What::finished || event.request.finish != Finish::error) continue;
    ++failed;
    EXPECT_EQ(event.request.output_tokens, 0U);
  }
  EXPECT_GT(failed, 20U);
}

TEST(Traffic, going_back_in_time_changes_nothing) {
  Traffic traffic(busy(), 8);
  (void)traffic.advance(20);
  const double usage = traffic.kv_cache_usage();
  EXPECT_TRUE(traffic.advance(5).empty());
  EXPECT_EQ(traffic.kv_cache_usage(), usage);
}

}  // namespace
}  // namespace monitorai::app::demo
