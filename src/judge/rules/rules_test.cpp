// Rules over a small store and a clock that the tests move.

#include "judge/rules/rule_world_for_test.h"

namespace monitorai::judge {
namespace {

using signals::Labels;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using World = RuleWorld;
using Lines = std::vector<std::string>;

TEST(Rules, an_alert_waits_fires_and_ends) {
  World world;
  Group group(groups_of("groups:\n- name: g\n  rules:\n  - {alert: High, expr: x > 5, for: 2m, labels: {severity: page}}\n").at(0),
              world.settings, false);
  const auto f = [&](double value, const Lines& written, const Lines& sent) {
    world.add("x", value);
    group.evaluate(world.clock.now(), world.ports);
    EXPECT_EQ(world.store.take(), written) << "at " << world.clock.now().ms / 60'000;
    EXPECT_EQ(world.take_sent(), sent) << "at " << world.clock.now().ms / 60'000;
    world.clock.advance(minutes(1));
  };
  const std::string id = R"(alertname="High", )", rest = R"(job="a", severity="page"})";
  const std::string pending = "ALERTS{" + id + R"(alertstate="pending", )" + rest,
                    firing = "ALERTS{" + id + R"(alertstate="firing", )" + rest;
  const std::string since = "ALERTS_FOR_STATE{" + id + rest;
  const std::string alert = "{" + id + rest;
  f(1, {}, {});
  f(6, {pending + " 1", since + " 60"}, {});
  f(7, {pending + " 1", since + " 60"}, {});
  f(7, {firing + " 1", since + " 60", pending + " stale"}, {"firing " + alert});
  f(7, {firing + " 1", since + " 60"}, {});  // sent a minute ago: not again before the resend delay is over
  f(7, {firing + " 1", since + " 60"}, {"firing " + alert});
  f(1, {firing + " stale", since + " stale"}, {"inactive " + alert});
  f(1, {}, {});
  f(1, {}, {"inactive " + alert});
  f(6, {pending + " 1", since + " 540"}, {});
  f(1, {pending + " stale", since + " stale"}, {});
}

TEST(Rules, an_ended_alert_is_told_of_for_a_quarter_of_an_hour) {
  World world;
  Group group(groups_of("groups: [{name: g, rules: [{alert: A, expr: x > 5}]}]").at(0), world.settings, false);
  size_t told = 0;
  for (int minute = 0; minute < 60; ++minute) {
    world.add("x", minute == 0 ? 6 : 1);
    group.evaluate(world.clock.now(), world.ports);
    for (const std::string& line : world.take_sent()) told += line.starts_with("inactive");
    world.clock.advance(minutes(1));
  }
  EXPECT_EQ(told, 8u);  // in minutes 1, 3, ... 15
}

TEST(Rules, keep_firing_for_bridges_gaps) {
  World world;
  Group group(groups_of("groups: [{name: g, rules: [{alert: A, expr: x > 5, keep_firing_for: 2m}]}]").at(0), world.settings, false);
  const auto f = [&](double value, AlertState expected) {
    world.add("x", value);
    group.evaluate(world.clock.now(), world.ports);
    EXPECT_EQ(group.view().rules.at(0).state, expected) << "at " << world.clock.now().ms / 60'000;
    world.clock.advance(minutes(1));
  };
  f(6, AlertState::firing);
  f(1, AlertState::firing);
  f(1, AlertState::firing);
  f(6, AlertState::firing);
  f(1, AlertState::firing);
  f(1, AlertState::firing);
  f(1, AlertState::inactive);
}

TEST(Rules, recording_rules_feed_those_behind_them_and_end_their_series) {
  World world;
  Group group(groups_of("groups:\n- name: g\n  labels: {team: ml}\n  rules:\n  - {record: y, expr: x > 1, labels: {job: ''}}\n  - {record: "
                        "z, expr: 2 * y}\n")
                  .at(0),
              world.settings, false);
  const auto f = [&](double value, const Lines& written) {
    world.add("x", value);
    group.evaluate(world.clock.now(), world.ports);
    EXPECT_EQ(world.store.take(), written);
    world.clock.advance(minutes(1));
  };
  f(3, {R"(y{team="ml"} 3)", R"(z{team="ml"} 6)"});
  f(0, {R"(y{team="ml"} stale)", R"(z{team="ml"} stale)"});
  f(0, {});
}

TEST(Rules, what_fails_is_told_and_counted) {
  World world;
  const auto f = [&](std::string_view text, std::string_view error) {
    Group group(groups_of(text).at(0), world.settings, false);
    world.store.source.add({{"__name__", "m"}, {"i", "1"}}, {{world.clock.now(), 1}});
    world.store.source.add({{"__name__", "m"}, {"i", "2"}}, {{world.clock.now(), 1}});
    group.evaluate(world.clock.now(), world.ports);
    const RuleView rule = group.view().rules.at(0);
    EXPECT_EQ(rule.status.health, RuleStatus::Health::err) << text;
    EXPECT_NE(rule.status.last_error.find(error), std::string::npos) << rule.status.last_error;
    EXPECT_EQ(group.view().counts.failures, 1u);
    EXPECT_TRUE(rule.alerts.empty());
  };
  f("groups: [{name: g, rules: [{record: y, expr: m, labels: {i: ''}}]}]", "same labelset after applying rule labels");
  f("groups: [{name: g, rules: [{alert: A, expr: m, labels: {i: ''}}]}]", "same labelset after applying alert labels");
  f("groups: [{name: g, limit: 1, rules: [{record: y, expr: m}]}]", "exceeded limit of 1 with 2 series");
  f("groups: [{name: g, limit: 1, rules: [{alert: A, expr: m}]}]", "exceeded limit of 1 with 2 alerts");
  f("groups: [{name: g, rules: [{record: y, expr: 'm[5m]'}]}]", "not a vector or scalar");
  f("groups: [{name: g, rules: [{record: y, expr: 'm + on() m'}]}]", "many-to-many");
}

TEST(Rules, a_template_that_fails_does_not_hold_the_alert_back) {
  World world;
  Group group(
      groups_of("groups: [{name: g, rules: [{alert: A, expr: vector(1), annotations: {s: '{{ query \"nothing\" | first | value }}'}}]}]")
          .at(0),
      world.settings, false);
  group.evaluate(world.clock.now(), world.ports);
  ASSERT_EQ(world.sent.size(), 1u);
  EXPECT_EQ(
      world.sent[0].annotations.at("s"),
      "<error expanding template: error executing template __alert_A: error calling first: first() called on vector with no elements>");
  EXPECT_EQ(group.view().counts.template_failures, 1u);
}

TEST(Rules, for_goes_on_after_a_restart) {
  // Written by a process that went down `down` ago, when the alert had been active for `active`. Which evaluation, one a minute, fires?
  const auto f = [](minutes hold, minutes active, minutes down, int evaluations) {
    World world;
    world.clock.set({24 * 3'600'000});
    const TimeMs start = world.clock.now();
    const Labels labels{{"__name__", "ALERTS_FOR_STATE"}, {"alertname", "A"}, {"job", "a"}};
    world.store.source.add(labels, {{start - down, static_cast<double>((start - down - active).ms / 1000)}});
    RuleSet set(world.ports);
    set.replace(groups_of(fmt::format("groups: [{{name: g, rules: [{{alert: A, expr: x > 5, for: {}m}}]}}]", hold.count())),
                world.settings);
    int step = 0;
    for (; step < 60 && set.groups()[0]->view().rules[0].state != AlertState::firing; ++step) {
      world.clock.set(*set.due());
      world.add("x", 6);
      set.run_one();
    }
    EXPECT_EQ(step, evaluations) << hold.count() << " " << active.count() << " " << down.count();
  };
  using m = minutes;
  f(m(30), m(40), m(5), 3);        // it fired before: again right after the restoration, which follows the second
  f(m(30), m(5), m(5), 2 + 25);    // 25 minutes were left
  f(m(30), m(25), m(5), 2 + 10);   // 5 were left: less than the grace period of 10
  f(m(30), m(40), m(90), 1 + 30);  // down for too long: it begins anew
  f(m(5), m(40), m(5), 1 + 5);     // a `for` below the grace period is not restored
}

TEST(Rules, slow_or_sleeping_iterations_are_counted_as_missed) {
  World world;
  RuleSet set(world.ports);
  set.replace(groups_of("groups: [{name: g, rules: [{record: y, expr: vector(1)}]}]"), world.settings);
  const auto counts = [&] { return set.groups()[0]->view().counts; };
  world.clock.set(*set.due());
  EXPECT_NE(set.run_one(), nullptr);
  EXPECT_EQ(set.run_one(), nullptr);
  EXPECT_EQ(counts().iterations, 1u);
  world.clock.advance(minutes(5));
  EXPECT_NE(set.run_one(), nullptr);
  EXPECT_EQ(counts().iterations, 6u);
  EXPECT_EQ(counts().missed, 4u);
  EXPECT_EQ(counts().evaluations, 2u);
}

TEST(Rules, slots_stay_where_they_are) {
  World world;
  const auto spec = groups_of("groups: [{name: g, rules: [{record: y, expr: vector(1)}]}]").at(0);
  const Group group(spec, world.settings, false);
  const TimeMs slot = group.slot({1'000'000'000});
  const auto f = [&](int64_t now) { return group.slot({now}).ms - slot.ms; };
  EXPECT_EQ(f(slot.ms), 0);
  EXPECT_EQ(f(slot.ms + 59'999), 0);
  EXPECT_EQ(f(slot.ms - 1), -60'000);
  EXPECT_EQ(f(slot.ms + 60'000), 60'000);
}

TEST(Rules, a_clock_set_back_does_not_stop_them) {
  World world;
  world.clock.set({100 * 3'600'000});
  RuleSet set(world.ports);
  set.replace(groups_of("groups: [{name: g, rules: [{record: y, expr: vector(1)}]}]"), world.settings);
  world.clock.set({50 * 3'600'000});
  set.look_at_clock();
  EXPECT_LE(*set.due() - world.clock.now(), minutes(1));
}

TEST(Rules, a_reload_keeps_alerts_of_rules_that_stay) {
  World world;
  RuleSet set(world.ports);
  const auto text = [](std::string_view rules) { return fmt::format("groups: [{{name: g, rules: [{}]}}]", rules); };
  set.replace(groups_of(text("{alert: A, expr: vector(1), for: 10m}, {record: gone, expr: vector(2)}")), world.settings);
  for (int i = 0; i < 3; ++i) {
    world.clock.set(*set.due());
    set.run_one();
  }
  const TimeMs active_at = set.groups()[0]->view().rules[0].alerts.at(0).active_at;
  world.store.take();
  set.replace(groups_of(text("{alert: A, expr: vector(3), for: 10m}")), world.settings);
  world.clock.set(*set.due());
  set.run_one();
  EXPECT_EQ(set.groups()[0]->view().rules[0].alerts.at(0).active_at, active_at);
  EXPECT_EQ(set.groups()[0]->view().rules[0].alerts.at(0).value, 3);
  const Lines written = world.store.take();
  EXPECT_NE(std::find(written.begin(), written.end(), "gone stale"), written.end());
}

TEST(Rules, series_of_removed_groups_end_unless_another_took_them_over) {
  World world;
  RuleSet set(world.ports);
  set.replace(groups_of("groups: [{name: g, rules: [{record: y, expr: vector(1)}, {record: z, expr: vector(1)}]}]"), world.settings);
  world.clock.set(*set.due());
  set.run_one();
  set.replace(groups_of("groups: [{name: renamed, rules: [{record: y, expr: vector(1)}]}]"), world.settings);
  world.store.take();
  Lines all;
  for (int i = 0; i < 4; ++i) {
    world.clock.advance(minutes(1));
    while (set.run_one() != nullptr) {}
    for (const std::string& line : world.store.take()) all.push_back(line);
  }
  EXPECT_EQ(std::count(all.begin(), all.end(), "z stale"), 1);
  EXPECT_EQ(std::count(all.begin(), all.end(), "y stale"), 0);
}

TEST(Rules, of_a_group_in_logql_ask_the_logs_and_store_with_the_others) {
  World w;
  std::vector<std::string> asked;
  w.ports.log_query = [&](std::string_view query, TimeMs) -> Result<std::vector<VectorSample>> {
    asked.emplace_back(query);
    return std::vector<VectorSample>{{{{"job", "llm"}}, 3}};
  };
  const ReadRules read = read_rules(R"(
groups:
- name: logs
  type: logql
  rules:
  - {record: "errors:count5m", expr: 'sum by (job) (count_over_time({job="llm"} |= "error" [5m]))'}
  - {alert: Errors, expr: 'sum by (job) (rate({job="llm"}[5m])) > 1', annotations: {said: '{{ $value }} of {{ $labels.job }}'}}
)", "l.yml");
  ASSERT_TRUE(read.problems.empty()) << read.problems[0].line();
  Group group(read.groups[0], w.settings, false);
  group.evaluate(w.clock.now(), w.ports);
  EXPECT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0], "sum by (job) (count_over_time({job=\"llm\"} |= \"error\"[5m]))");
  const auto written = w.store.take();
  ASSERT_FALSE(written.empty());
  EXPECT_EQ(written[0], "errors:count5m{job=\"llm\"} 3");
  ASSERT_EQ(w.sent.size(), 1u);
  EXPECT_EQ(w.sent[0].annotations.at("said"), "3 of llm");
}

TEST(Rules, of_a_group_in_logql_fail_with_a_reason_where_no_logs_are_kept) {
  World w;
  const ReadRules read = read_rules("groups: [{name: g, type: logql, rules: [{record: r, expr: 'count_over_time({a=\"b\"}[5m])'}]}]", "l.yml");
  ASSERT_TRUE(read.problems.empty());
  Group group(read.groups[0], w.settings, false);
  group.evaluate(w.clock.now(), w.ports);
  EXPECT_EQ(group.view().rules[0].status.last_error, "cannot ask for logs: logs.enabled is off");
}

TEST(RuleFile, refuses_logql_that_gives_no_number) {
  const auto f = [](std::string_view group) {
    const ReadRules read = read_rules(fmt::format("groups: [{{name: g, {}}}]", group), "l.yml");
    return read.problems.empty() ? std::string("well") : read.problems[0].text;
  };
  EXPECT_EQ(f("type: logql, rules: [{record: r, expr: 'rate({a=\"b\"}[5m])'}]"), "well");
  EXPECT_EQ(f("type: logql, rules: [{record: r, expr: '{a=\"b\"}'}]"),
            "group \"g\", rule 1, \"r\": a rule needs a number: put a range aggregation such as count_over_time round the log query");
  EXPECT_TRUE(f("type: logql, rules: [{record: r, expr: 'rate({a=\"b\"}'}]").starts_with("group \"g\", rule 1, \"r\": could not parse expression"));
  EXPECT_EQ(f("type: sql, rules: []"), "group \"g\": type is promql or logql, not \"sql\"");
  EXPECT_TRUE(f("rules: [{record: r, expr: 'rate({a=\"b\"} |= \"c\" [5m])'}]").find("could not parse") != std::string::npos);
}

}  // namespace
}  // namespace monitorai::judge
