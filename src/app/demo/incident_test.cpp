#include "app/demo/incident.h"

#include <gtest/gtest.h>

#include "app/demo/parts.h"
#include "app/demo/traffic.h"

namespace monitorai::app::demo {
namespace {

/// The share of failed requests and the mean time of all, of those that ended between two moments.
std::pair<double, double> between(Traffic& traffic, double from, double to) {
  double failed = 0, seconds = 0, count = 0;
  static_cast<void>(traffic.advance(from));
  for (const TrafficEvent& event : traffic.advance(to)) {
    if (event.what != TrafficEvent::What::finished) continue;
    ++count;
    failed += event.request.finish == Finish::error;
    seconds += event.request.total_seconds();
  }
  return {failed / count, seconds / count};
}

TEST(Incident, is_read_by_its_name) {
  for (const std::string& name : incident_names()) EXPECT_EQ(incident_name(*parse_incident(name)), name);
  EXPECT_EQ(parse_incident(""), IncidentKind::none);
  EXPECT_FALSE(parse_incident("fire"));
}

TEST(Incident, slows_answers_while_it_lasts_and_before_and_after_they_are_quick) {
  Traffic traffic(traffic_of("vllm", IncidentKind::latency), 1, {IncidentKind::latency, 100, 300});
  EXPECT_LT(between(traffic, 0, 100).second, 0.15);
  EXPECT_GT(between(traffic, 110, 290).second, 0.6);
  EXPECT_LT(between(traffic, 320, 600).second, 0.15);
}

TEST(Incident, progresses_from_its_begin_to_its_end) {
  const Incident leak{IncidentKind::leak, 100, 300};
  const auto f = [&](double seconds, double progress) { EXPECT_DOUBLE_EQ(leak.progress(seconds), progress) << seconds; };
  f(99, 0);
  f(100, 0);
  f(150, 0.25);
  f(299, 0.995);
  f(300, 0);
  EXPECT_EQ(Incident{}.progress(100), 0);
}

TEST(Incident, fails_requests_while_it_lasts) {
  Traffic traffic(traffic_of("vllm", IncidentKind::errors), 1, {IncidentKind::errors, 100, 300});
  EXPECT_LT(between(traffic, 0, 100).first, 0.01);
  EXPECT_GT(between(traffic, 110, 290).first, 0.2);
  EXPECT_LT(between(traffic, 320, 600).first, 0.01);
}

}  // namespace
}  // namespace monitorai::app::demo
