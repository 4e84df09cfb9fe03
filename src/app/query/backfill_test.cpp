#include "app/query/backfill.h"

#include <gtest/gtest.h>

namespace monitorai::app {
namespace {

using namespace std::chrono_literals;

judge::ReadRules rules() {
  return judge::read_rules(R"(
groups:
- name: a
  interval: 30s
  rules:
  - {record: "x:sum", expr: sum(x), labels: {from: rule, job: ""}}
  - {alert: A, expr: x > 1}
  - {record: "x:twice", expr: "x:sum * 2"}
- {name: l, type: logql, rules: [{record: n, expr: 'rate({a="b"}[5m])'}]}
)", "r.yml");
}

TEST(Backfill, asks_rule_by_rule_at_multiples_of_the_interval_and_sends_what_they_record) {
  std::vector<std::string> asked, sent;
  const auto ask = [&](const std::string& query, TimeMs from, TimeMs to, std::chrono::milliseconds step) -> Result<Answer> {
    asked.push_back(fmt::format("{} {} {} {}", query, from.ms, to.ms, step.count()));
    return Answer{.type = "matrix", .series = {{{{"__name__", "x"}, {"job", "j"}, {"i", "1"}}, {{from, 1.5}}}}, .text = {}, .warnings = {}, .infos = {}};
  };
  const auto send = [&](const std::string& text) -> Result<std::string> {
    sent.push_back(text);
    return std::string();
  };
  const auto done = backfill(rules().groups, {{1'000}, {100'000}}, 15s, ask, send);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(asked, (std::vector<std::string>{"sum(x) 30000 100000 30000", "x:sum * 2 30000 100000 30000"}));
  EXPECT_EQ(sent, (std::vector<std::string>{"x:sum{from=\"rule\", i=\"1\"} 1.5 30000\n", "x:twice{i=\"1\", job=\"j\"} 1.5 30000\n"}));
  EXPECT_EQ(done->rules, 2u);
  EXPECT_EQ(done->samples, 2u);
  EXPECT_EQ(done->alerting_rules_left_out, 1u);
  EXPECT_EQ(done->log_groups_left_out, 1u);
}

TEST(Backfill, cuts_long_times_into_queries) {
  size_t asked = 0;
  const auto ask = [&](const std::string&, TimeMs from, TimeMs to, std::chrono::milliseconds step) -> Result<Answer> {
    ++asked;
    EXPECT_LT((to - from) / step, kBackfillStepsMax);
    return Answer{};
  };
  const auto done = backfill(rules().groups, {{0}, {30'000 * (2 * kBackfillStepsMax)}}, 15s, ask, [](const std::string&) -> Result<std::string> { return std::string(); });
  ASSERT_TRUE(done);
  EXPECT_EQ(asked, 6u);
}

TEST(Backfill, ends_at_the_first_error_and_counts_what_was_refused) {
  const auto fails = [](const std::string&, TimeMs, TimeMs, std::chrono::milliseconds) -> Result<Answer> { return Error{Code::unavailable, "away"}; };
  const auto takes = [](const std::string&) -> Result<std::string> { return std::string(); };
  EXPECT_EQ(backfill(rules().groups, {{0}, {60'000}}, 15s, fails, takes).error().message, "cannot backfill x:sum: away");
  const auto answers = [](const std::string&, TimeMs from, TimeMs, std::chrono::milliseconds) -> Result<Answer> {
    return Answer{.type = "matrix", .series = {{{}, {{from, 1}}}}, .text = {}, .warnings = {}, .infos = {}};
  };
  const auto refuses = [](const std::string&) -> Result<std::string> { return std::string("out of order"); };
  const auto done = backfill(rules().groups, {{0}, {60'000}}, 15s, answers, refuses);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->requests_with_refusals, 2u);
  EXPECT_EQ(done->first_problem, "x:sum: out of order");
}

}  // namespace
}  // namespace monitorai::app
