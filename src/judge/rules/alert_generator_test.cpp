// The alert generator's compliance specification 1.0 (prometheus/compliance, alert_generator/specification.md), sentence by sentence, and the
// four stories of its test suite, under a clock that the test moves.

#include "judge/rules/rule_world_for_test.h"

namespace monitorai::judge {
namespace {

using signals::Labels;
using std::chrono::minutes;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

constexpr seconds kInterval{30};

/// A group at its interval of 30 s over samples of one metric each, with what it sent by the second since the start.
struct Story {
  explicit Story(std::string_view rules) : group(groups_of(fmt::format("groups:\n- name: g\n  interval: 30s\n  rules:\n{}", rules)).at(0), world.settings, false) {
    world.clock.set(start);
  }
  int64_t second() const { return (world.clock.now() - start).count() / 1000; }
  /// One evaluation of samples "name value", then the next slot.
  void step(std::initializer_list<std::pair<std::string_view, double>> samples) {
    for (const auto& [name, value] : samples) world.add(name, value);
    group.evaluate(world.clock.now(), world.ports);
    for (const Alert& alert : std::exchange(world.sent, {})) sent.emplace_back(second(), alert);
    world.clock.advance(kInterval);
  }
  void steps(int count, std::initializer_list<std::pair<std::string_view, double>> samples) {
    for (int i = 0; i < count; ++i) step(samples);
  }
  /// "firing@30" or "resolved@60", in the order sent.
  Lines told(std::string_view name) const {
    Lines out;
    for (const auto& [at, alert] : sent)
      if (alert.labels.value("alertname") == name) out.push_back(fmt::format("{}@{}", alert.resolved_at ? "resolved" : "firing", at));
    return out;
  }
  /// The states of ALERTS{alertname=name} at each evaluation so far: "pending", "firing", "" for none.
  Lines series(std::string_view name) const {
    std::map<int64_t, std::string> found;
    for (const auto& [labels, sample] : world.store.written)
      if (labels.value("__name__") == "ALERTS" && labels.value("alertname") == name && !signals::is_stale(sample.value)) {
        EXPECT_EQ(sample.value, 1);
        found[(sample.time - start).count() / 30'000] = labels.value("alertstate");
      }
    Lines out;
    for (int64_t i = 0; i < second() / 30; ++i) out.push_back(found.contains(i) ? found[i] : "");
    return out;
  }
  AlertState state(size_t rule = 0) const { return group.view().rules.at(rule).state; }

  const TimeMs start{1'700'000'000'000};
  RuleWorld world;
  Group group;
  std::vector<std::pair<int64_t, Alert>> sent;
};

Lines repeated(std::initializer_list<std::pair<int, std::string>> runs) {
  Lines out;
  for (const auto& [count, text] : runs) out.insert(out.end(), static_cast<size_t>(count), text);
  return out;
}

// ---- the stories ----

TEST(AlertGenerator, pending_firing_and_resolved) {
  Story story("  - {alert: A, expr: x > 10, for: 1m30s, labels: {rulegroup: g}, annotations: {says: 'it is {{ $value }}'}}\n");
  story.steps(3, {{"x", 9}});
  EXPECT_EQ(story.state(), AlertState::inactive);
  story.steps(3, {{"x", 11}});  // active since 90 s
  EXPECT_EQ(story.state(), AlertState::pending);
  EXPECT_TRUE(story.sent.empty());
  story.steps(9, {{"x", 12}});  // 1m30s later
  EXPECT_EQ(story.state(), AlertState::firing);
  story.steps(40, {{"x", 3}});
  EXPECT_EQ(story.state(), AlertState::inactive);

  EXPECT_EQ(story.series("A"), repeated({{3, ""}, {3, "pending"}, {9, "firing"}, {40, ""}}));
  // Over a minute apart, so each third slot; for 15 minutes after its end at 450 s.
  EXPECT_EQ(story.told("A"), (Lines{"firing@180", "firing@270", "firing@360", "resolved@450", "resolved@540", "resolved@630", "resolved@720", "resolved@810", "resolved@900",
                                    "resolved@990", "resolved@1080", "resolved@1170", "resolved@1260", "resolved@1350"}));
  for (const auto& [at, alert] : story.sent) {
    EXPECT_EQ(alert.labels, (Labels{{"alertname", "A"}, {"job", "a"}, {"rulegroup", "g"}}));
    EXPECT_EQ(alert.annotations.at("says"), "it is 12");
    EXPECT_EQ(alert.active_at, story.start + seconds(90));
    EXPECT_EQ(alert.fired_at, story.start + seconds(180));  // startsAt, of both states
    // endsAt of one that fires: it goes on until four resends or intervals may have failed.
    if (!alert.resolved_at) EXPECT_EQ(alert.valid_until, story.start + seconds(at) + 4 * minutes(1));
    else EXPECT_EQ(alert.resolved_at, story.start + seconds(450));
    EXPECT_EQ(alert.query, "x > 10");
  }
}

TEST(AlertGenerator, pending_and_resolved_and_always_inactive) {
  Story story("  - {alert: A, expr: x > 10, for: 2m}\n  - {alert: Never, expr: x > 100, for: 1m}\n");
  for (int i = 0; i < 3; ++i) {
    story.steps(2, {{"x", 1}});
    story.steps(4, {{"x", 11}});  // 1m30s: not long enough
  }
  story.steps(10, {{"x", 1}});
  EXPECT_TRUE(story.sent.empty());
  EXPECT_EQ(story.series("A"), repeated({{2, ""}, {4, "pending"}, {2, ""}, {4, "pending"}, {2, ""}, {4, "pending"}, {10, ""}}));
  EXPECT_EQ(story.series("Never"), repeated({{28, ""}}));
}

TEST(AlertGenerator, zero_for_and_a_for_shorter_than_the_interval) {
  Story story("  - {alert: Zero, expr: x > 10}\n  - {alert: Small, expr: x > 10, for: 10s}\n");
  story.step({{"x", 1}});
  story.steps(2, {{"x", 11}});
  story.steps(2, {{"x", 1}});
  EXPECT_EQ(story.series("Zero"), (Lines{"", "firing", "firing", "", ""}));
  EXPECT_EQ(story.told("Zero"), (Lines{"firing@30", "resolved@90"}));
  // At the next evaluation, not between two.
  EXPECT_EQ(story.series("Small"), (Lines{"", "pending", "firing", "", ""}));
  EXPECT_EQ(story.told("Small"), (Lines{"firing@60", "resolved@90"}));
}

TEST(AlertGenerator, new_alerts_and_the_order_of_rules) {
  // The second rule stands on what the first one gave in the same cycle, the third on a recording rule before it; the last one stands on a
  // rule behind it and sees what that gave a cycle ago.
  Story story(
      "  - {alert: Late, expr: 'ALERTS{alertname=\"A\",alertstate=\"firing\"} > 0'}\n"
      "  - {alert: A, expr: 'x > 10', for: 30s}\n"
      "  - {alert: Behind, expr: 'ALERTS{alertname=\"A\",alertstate=\"firing\"} > 0', labels: {alertstate: mine}}\n"
      "  - {record: twice, expr: 2 * x}\n"
      "  - {alert: Recorded, expr: twice > 20}\n");
  story.step({{"x", 1}});
  story.steps(3, {{"x", 11}});
  story.steps(2, {{"x", 1}});
  EXPECT_EQ(story.series("A"), (Lines{"", "pending", "firing", "firing", "", ""}));
  EXPECT_EQ(story.series("Behind"), (Lines{"", "", "firing", "firing", "", ""}));
  EXPECT_EQ(story.series("Late"), (Lines{"", "", "", "firing", "firing", ""}));
  EXPECT_EQ(story.series("Recorded"), (Lines{"", "firing", "firing", "firing", "", ""}));
}

TEST(AlertGenerator, an_alert_that_comes_back_is_a_new_one) {
  Story story("  - {alert: A, expr: x > 10, for: 1m}\n");
  story.steps(4, {{"x", 11}});  // fires at 60
  story.steps(4, {{"x", 1}});   // ends at 120
  story.steps(4, {{"x", 11}});  // active at 240, fires at 300
  story.steps(2, {{"x", 1}});   // ends at 360
  EXPECT_EQ(story.series("A"), repeated({{2, "pending"}, {2, "firing"}, {4, ""}, {2, "pending"}, {2, "firing"}, {2, ""}}));
  // The end of the first is told again until the second begins.
  EXPECT_EQ(story.told("A"), (Lines{"firing@60", "resolved@120", "resolved@210", "firing@300", "resolved@360"}));
  EXPECT_EQ(story.sent.back().second.fired_at, story.start + seconds(300));
  EXPECT_EQ(story.sent.back().second.resolved_at, story.start + seconds(360));
}

TEST(AlertGenerator, each_element_of_the_result_is_an_alert_of_its_own_clock) {
  RuleWorld world;
  Group group(groups_of("groups: [{name: g, interval: 30s, rules: [{alert: A, expr: x > 10, for: 1m}]}]").at(0), world.settings, false);
  const auto add = [&](std::string_view instance, double value) { world.store.source.add({{"__name__", "x"}, {"instance", std::string(instance)}}, {{world.clock.now(), value}}); };
  Lines sent;
  for (int slot = 0; slot < 8; ++slot) {
    add("one", slot >= 1 && slot < 6 ? 11 : 1);
    add("two", slot >= 3 && slot < 7 ? 11 : 1);
    group.evaluate(world.clock.now(), world.ports);
    for (const Alert& alert : std::exchange(world.sent, {})) sent.push_back(fmt::format("{} {} @{}", state_name(alert.state), alert.labels.value("instance"), slot));
    world.clock.advance(kInterval);
  }
  EXPECT_EQ(sent, (Lines{"firing one @3", "firing two @5", "inactive one @6", "inactive two @7"}));
}

TEST(AlertGenerator, fires_again_when_its_end_was_told_for_long_enough) {
  Story story("  - {alert: A, expr: x > 10}\n");
  story.step({{"x", 11}});
  story.steps(40, {{"x", 1}});  // ends at 30; told until 930
  const Lines first = story.told("A");
  EXPECT_EQ(first.back(), "resolved@930");
  story.step({{"x", 11}});
  story.step({{"x", 1}});
  Lines after = story.told("A");
  after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(first.size()));
  EXPECT_EQ(after, (Lines{"firing@1230", "resolved@1260"}));
  EXPECT_EQ(story.sent.back().second.active_at, story.start + seconds(1230));
}

TEST(AlertGenerator, ends_where_there_is_no_data_any_more) {
  Story story("  - {alert: A, expr: x > 10}\n");
  story.steps(2, {{"x", 11}});
  story.steps(12, {});  // the newest sample, of 30 s, is looked back for over 5 minutes
  EXPECT_EQ(story.series("A"), repeated({{11, "firing"}, {3, ""}}));
  EXPECT_EQ(story.told("A"), (Lines{"firing@0", "firing@90", "firing@180", "firing@270", "resolved@330"}));
}

TEST(AlertGenerator, annotations_see_the_labels_of_the_element_and_not_those_of_the_rule) {
  Story story(
      "  - {alert: First, expr: x > 10, labels: {foo: bar}}\n"
      "  - {alert: Second, expr: 'ALERTS{alertname=\"First\"} == 1', labels: {foo: baz}, annotations: {says: 'was {{ $labels.alertname }}, {{ .Labels.foo }}'}}\n");
  story.step({{"x", 11}});
  ASSERT_EQ(story.sent.size(), 2U);
  EXPECT_EQ(story.sent[1].second.annotations.at("says"), "was First, bar");
  EXPECT_EQ(story.sent[1].second.labels.value("foo"), "baz");
}

// ---- sentences ----

TEST(AlertGenerator, labels_of_the_rule_and_the_name_override_those_of_the_element) {
  RuleWorld world;
  Group group(groups_of("groups: [{name: g, rules: [{alert: HighRequestLatency, expr: x, labels: {severity: page, job: 'of {{ $labels.job }}', gone: ''}}]}]").at(0), world.settings, false);
  world.store.source.add({{"__name__", "x"}, {"alertname", "other"}, {"alertstate", "very_critical"}, {"gone", "1"}, {"job", "a"}, {"severity", "none"}}, {{world.clock.now(), 1}});
  group.evaluate(world.clock.now(), world.ports);
  ASSERT_EQ(world.sent.size(), 1U);
  EXPECT_EQ(world.sent[0].labels.text(), R"({alertname="HighRequestLatency", alertstate="very_critical", job="of a", severity="page"})");
  // In ALERTS, the name and the state win too.
  const Lines written = world.store.take();
  EXPECT_EQ(written.at(0), R"(ALERTS{alertname="HighRequestLatency", alertstate="firing", job="of a", severity="page"} 1)");
}

TEST(AlertGenerator, two_elements_that_become_one_alert_are_an_error_that_sends_and_stores_nothing) {
  RuleWorld world;
  Group group(groups_of("groups: [{name: g, rules: [{alert: A, expr: x, labels: {job: same}}]}]").at(0), world.settings, false);
  for (const char* job : {"a", "b"}) world.store.source.add({{"__name__", "x"}, {"job", job}}, {{world.clock.now(), 1}});
  group.evaluate(world.clock.now(), world.ports);
  EXPECT_TRUE(world.sent.empty());
  EXPECT_EQ(world.store.take(), Lines{});
  const RuleView rule = group.view().rules.at(0);
  EXPECT_EQ(health_name(rule.status.health), "err");
  EXPECT_FALSE(rule.status.last_error.empty());
}

TEST(AlertGenerator, annotations_are_those_of_the_newest_evaluation) {
  Story story("  - {alert: A, expr: x > 10, for: 30s, annotations: {says: '{{ $value }}'}}\n");
  const auto shown = [&] { return story.group.view().rules.at(0).alerts.at(0).annotations.at("says"); };
  const auto f = [&](double value, const std::string& says) {
    story.step({{"x", value}});
    EXPECT_EQ(shown(), says);
  };
  f(11, "11");
  f(12, "12");
  f(13, "13");
  f(14, "14");
  f(15, "15");
  Lines sent;
  for (const auto& [at, alert] : story.sent) sent.push_back(alert.annotations.at("says"));
  EXPECT_EQ(sent, (Lines{"12", "15"}));
}

TEST(AlertGenerator, resends_at_the_first_slot_that_is_over_the_delay_away) {
  // What Prometheus does: "more than the delay", so a delay that is a multiple of the interval waits one slot longer.
  const auto f = [](seconds delay, const Lines& expected) {
    Story story("  - {alert: A, expr: x > 10}\n");
    RuleSettings settings = story.world.settings;
    settings.resend_delay = delay;
    Group group(groups_of("groups: [{name: g, interval: 30s, rules: [{alert: A, expr: x > 10}]}]").at(0), settings, false);
    Lines sent;
    for (int slot = 0; slot < 9; ++slot) {
      story.world.add("x", 11);
      group.evaluate(story.world.clock.now(), story.world.ports);
      for (const Alert& alert : std::exchange(story.world.sent, {})) {
        sent.push_back(fmt::format("{}", slot));
        EXPECT_EQ(alert.valid_until, story.world.clock.now() + 4 * std::max(delay, kInterval));
      }
      story.world.clock.advance(kInterval);
    }
    EXPECT_EQ(sent, expected) << delay.count();
  };
  f(seconds(1), {"0", "1", "2", "3", "4", "5", "6", "7", "8"});
  f(seconds(30), {"0", "2", "4", "6", "8"});
  f(seconds(45), {"0", "2", "4", "6", "8"});
  f(seconds(60), {"0", "3", "6"});
  f(seconds(100), {"0", "4", "8"});
}

TEST(AlertGenerator, templates_that_the_specification_leaves_open_are_no_error) {
  RuleWorld world;
  Group group(groups_of(R"(groups: [{name: g, rules: [{alert: A, expr: vector(1), annotations: {
      a: '{{ graphLink "up" }}{{ tableLink "up" }}', b: '{{ pathPrefix }}{{ safeHtml "x" }}', c: '{{ $externalLabels.a }}{{ $externalURL }}'}}]}])").at(0),
              world.settings, false);
  group.evaluate(world.clock.now(), world.ports);
  ASSERT_EQ(world.sent.size(), 1U);
  EXPECT_EQ(group.view().counts.template_failures, 0U);
}

}  // namespace
}  // namespace monitorai::judge
