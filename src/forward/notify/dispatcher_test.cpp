#include "forward/notify/dispatcher_fixture.h"

namespace monitorai::forward {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

constexpr const char* kPlain = R"(
route: {receiver: a, group_by: [group], group_wait: 10s, group_interval: 60s, repeat_interval: 1h}
receivers:
- name: a
  webhook_configs: [{url: "http://127.0.0.1:1/"}]
- name: b
  webhook_configs: [{url: "http://127.0.0.1:1/", send_resolved: false}]
)";

std::string with_route(const std::string& route, const std::string& more = "") {
  return "route: " + route +
         "\nreceivers:\n- name: a\n  webhook_configs: [{url: \"http://127.0.0.1:1/\"}]\n- name: b\n  webhook_configs: [{url: "
         "\"http://127.0.0.1:1/\", send_resolved: false}]\n" +
         more;
}

TryOutcome away(const DeliveryJob&) { return {.result = Error{Code::unavailable, "cannot connect"}}; }
signals::Labels named(const char* name, const char* group = "g") { return {{"alertname", name}, {"group", group}}; }

TEST(Dispatcher, tells_a_group_once_after_group_wait_and_its_changes_at_group_interval) {
  Scene s(kPlain);
  s.fire(named("A"), 3h);
  s.run_to(5s);
  s.fire(named("B"), 3h);
  s.run_to(9s);
  EXPECT_EQ(s.lines(), Lines{});
  s.run_to(20s);
  EXPECT_EQ(s.lines(), Lines{"10s a: A B"});
  s.fire(named("C"), 3h);
  s.run_to(200s);
  EXPECT_EQ(s.lines(), Lines{"70s a: A B C"});
  s.resolve(named("B"));
  s.run_to(600s);
  EXPECT_EQ(s.lines(), Lines{"250s a: A C -B"});
}

TEST(Dispatcher, groups_by_the_labels_of_the_route) {
  Scene s(kPlain);
  s.fire(named("A", "x"));
  s.fire(named("B", "y"));
  s.run_to(20s);
  EXPECT_EQ(s.lines(), (Lines{"10s a: A", "10s a: B"}));
}

TEST(Dispatcher, routes_with_the_same_matchers_each_tell_their_receiver) {
  Scene s(R"(
route:
  receiver: a
  group_wait: 10s
  group_interval: 60s
  routes:
  - {receiver: b, continue: true}
  - {receiver: c, continue: true, group_wait: 30s}
  - {receiver: b, matchers: [alertname="A"], group_wait: 20s}
receivers:
- {name: a, webhook_configs: [{url: 'http://x/'}]}
- {name: b, webhook_configs: [{url: 'http://x/'}]}
- {name: c, webhook_configs: [{url: 'http://x/'}]}
)");
  s.fire(named("A"), 3h);
  s.run_to(50s);
  EXPECT_EQ(s.lines(), (Lines{"10s b: A", "20s b: A", "30s c: A"}));
  s.resolve(named("A"));
  s.run_to(200s);
  EXPECT_EQ(s.lines(), (Lines{"70s b: -A", "80s b: -A", "90s c: -A"}));
}

TEST(Dispatcher, repeats_after_the_repeat_interval_and_tells_the_end_once) {
  Scene s(kPlain);
  s.fire(named("A"), 3h);
  s.run_to(2h);
  EXPECT_EQ(s.lines(), (Lines{"10s a: A", "3610s a: A"}));
  s.resolve(named("A"));
  s.run_to(5h);
  EXPECT_EQ(s.lines(), (Lines{"7210s a: -A"}));
}

TEST(Dispatcher, an_alert_that_nobody_repeats_is_resolved_when_its_time_is_over) {
  Scene s(kPlain);
  s.fire(named("A"), 90s);
  s.run_to(1h);
  EXPECT_EQ(s.lines(), (Lines{"10s a: A", "130s a: -A"}));
}

TEST(Dispatcher, an_alert_that_ends_before_the_first_turn_is_told_to_nobody) {
  Scene s(kPlain);
  s.fire(named("A"));
  s.run_to(5s);
  s.resolve(named("A"));
  s.run_to(1h);
  EXPECT_EQ(s.lines(), Lines{});
}

TEST(Dispatcher, a_receiver_without_send_resolved_hears_of_what_fires_alone) {
  Scene s(with_route("{receiver: b, group_wait: 10s, group_interval: 60s}"));
  s.fire(named("A"), 2h);
  s.fire(named("B"), 2h);
  s.run_to(20s);
  s.resolve(named("A"));
  s.run_to(100s);
  s.resolve(named("B"));
  s.run_to(200s);
  EXPECT_EQ(s.lines(), Lines{"10s b: A B"});
  s.fire(named("B"));
  s.run_to(300s);
  EXPECT_EQ(s.lines(), Lines{"210s b: B"});
}

TEST(Dispatcher, routes_go_to_the_deepest_match_and_on_where_they_continue) {
  Scene s(with_route(R"({receiver: a, group_wait: 1s, routes: [{matchers: ['team="x"'], receiver: b, continue: true},
    {matchers: ['team=~"x|y"', 'severity!="low"']}, {receiver: b}]})"));
  s.fire({{"alertname", "A"}, {"team", "x"}});
  s.fire({{"alertname", "B"}, {"team", "y"}, {"severity", "low"}});
  s.run_to(2s);
  auto lines = s.lines();
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(lines, (Lines{"1s a: A", "1s b: A", "1s b: B"}));
}

TEST(Dispatcher, inhibits_targets_while_the_source_fires_on_the_same_node) {
  Scene s(with_route("{receiver: a, group_by: ['...'], group_wait: 1s, group_interval: 10s}",
                     "inhibit_rules: [{source_matchers: ['alertname=\"Down\"'], target_matchers: ['severity=\"warning\"'], equal: [node]}]\n"));
  s.fire({{"alertname", "Down"}, {"node", "1"}, {"severity", "warning"}});
  s.fire({{"alertname", "Slow"}, {"node", "1"}, {"severity", "warning"}});
  s.fire({{"alertname", "Slow2"}, {"node", "2"}, {"severity", "warning"}});
  s.run_to(5s);
  auto lines = s.lines();
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(lines, (Lines{"1s a: Down", "1s a: Slow2"}));
  s.resolve({{"alertname", "Down"}, {"node", "1"}, {"severity", "warning"}});
  s.run_to(30s);
  lines = s.lines();
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(lines, (Lines{"11s a: -Down", "11s a: Slow"}));
}

TEST(Dispatcher, silences_hold_back_until_they_end) {
  Scene s(kPlain);
  const auto id = s.dispatcher->put_silence(
      {"", *parse_matchers("alertname=A"), s.now, s.now + 100s, {}, "me", "upgrade"}, s.now);
  ASSERT_TRUE(id);
  s.fire(named("A"), 3h);
  s.run_to(90s);
  EXPECT_EQ(s.lines(), Lines{});
  EXPECT_EQ(s.dispatcher->alerts(s.now)[0].silenced_by, std::vector{*id});
  s.run_to(200s);
  EXPECT_EQ(s.lines(), Lines{"130s a: A"});
}

TEST(Dispatcher, a_changed_silence_keeps_its_id_only_while_its_matchers_stay) {
  Scene s(kPlain);
  Silence silence{"", *parse_matchers("alertname=A"), s.now, s.now + 100s, {}, "me", "x"};
  silence.id = *s.dispatcher->put_silence(silence, s.now);
  silence.ends_at = s.now + 200s;
  EXPECT_EQ(*s.dispatcher->put_silence(silence, s.now), silence.id);
  silence.matchers = *parse_matchers("alertname=B");
  const std::string other = *s.dispatcher->put_silence(silence, s.now);
  EXPECT_NE(other, silence.id);
  EXPECT_EQ(s.dispatcher->silences().at(silence.id).state(s.now), "expired");
  EXPECT_EQ(s.dispatcher->expire_silence(silence.id, s.now).error().code, Code::invalid);
  EXPECT_TRUE(s.dispatcher->expire_silence(other, s.now));
  EXPECT_EQ(s.dispatcher->expire_silence("nothing", s.now).error().code, Code::not_found);
}

TEST(Dispatcher, refuses_silences_that_silence_all_or_nothing) {
  Scene s(kPlain);
  const auto why = [&](const char* matchers, std::chrono::milliseconds from, std::chrono::milliseconds to) {
    const auto put = s.dispatcher->put_silence({"", *parse_matchers(matchers), s.now + from, s.now + to, {}, "me", "x"}, s.now);
    return put ? std::string("kept") : put.error().message;
  };
  EXPECT_EQ(why("a=b", 0s, 10s), "kept");
  EXPECT_EQ(why("", 0s, 10s), "cannot keep the silence: at least one matcher required");
  EXPECT_EQ(why("a=~\".*\"", 0s, 10s), "cannot keep the silence: at least one matcher must not match the empty string");
  EXPECT_EQ(why("a=b", 10s, 10s), "cannot keep the silence: end time must not be before the start time");
  EXPECT_EQ(why("a=b", -20s, -10s), "cannot keep the silence: end time must not be before the start time");
}

TEST(Dispatcher, an_acknowledged_alert_is_not_repeated_until_another_one_joins) {
  Scene s(kPlain);
  s.fire(named("A"), 9h);
  s.run_to(20s);
  ASSERT_TRUE(s.dispatcher->acknowledge(fingerprint(named("A")), {"me", "on it", {}}, s.now));
  s.run_to(4h);
  EXPECT_EQ(s.lines(), Lines{"10s a: A"});
  EXPECT_EQ(s.dispatcher->alerts(s.now)[0].acknowledged->by, "me");
  s.fire(named("B"), 9h);
  s.run_to(4h + 100s);
  EXPECT_EQ(s.lines(), Lines{"14410s a: A B"});
  EXPECT_EQ(s.dispatcher->acknowledge(7, {"me", "", {}}, s.now).error().code, Code::not_found);
}

TEST(Dispatcher, time_intervals_mute_and_activate) {
  // 1'700'000'000 is Tuesday 2023-11-14, 22:13:20 UTC.
  const auto config = [](const char* what) {
    return with_route(fmt::format("{{receiver: a, group_by: [x], routes: [{{receiver: a, group_wait: 1s, group_interval: 60s, {}: [night]}}]}}", what),
                      "time_intervals: [{name: night, time_intervals: [{times: [{start_time: '22:00', end_time: '22:30'}], weekdays: [tuesday]}]}]\n");
  };
  Scene muted(config("mute_time_intervals"));
  muted.fire(named("A"), 3h);
  muted.run_to(1h);
  EXPECT_EQ(muted.lines(), Lines{"1021s a: A"});
  Scene active(config("active_time_intervals"));
  active.fire(named("A"), 9h);
  active.run_to(5h);
  EXPECT_EQ(active.lines(), Lines{"1s a: A"});
}

TEST(Dispatcher, a_receiver_that_was_away_for_an_hour_hears_the_present_once) {
  Scene s(kPlain);
  s.answer = away;
  s.fire(named("A"), 9h);
  s.run_to(600s);
  s.fire(named("B"), 9h);
  s.run_to(3600s);
  EXPECT_EQ(s.lines(), Lines{});
  EXPECT_LT(s.tries, 90u);
  s.answer = nullptr;
  s.run_to(2h);
  const auto told = s.take();
  ASSERT_EQ(told.size(), 2u);  // and its repetition
  EXPECT_EQ(told[0].firing, (std::vector<std::string>{"A", "B"}));
  EXPECT_LE(told[0].at - s.begin(), 3660s);
}

TEST(Dispatcher, an_alert_that_came_and_went_while_the_receiver_was_away_is_told_as_resolved) {
  for (const char* receiver : {"a", "b"}) {
    Scene s(with_route(fmt::format("{{receiver: {}, group_wait: 10s, group_interval: 60s}}", receiver)));
    s.answer = away;
    s.fire(named("A"), 9h);
    s.run_to(600s);
    s.resolve(named("A"));
    s.run_to(3600s);
    s.answer = nullptr;
    s.run_to(2h);
    const auto told = s.take();
    ASSERT_EQ(told.size(), 1u) << receiver;
    EXPECT_EQ(told[0].resolved, std::vector<std::string>{"A"});
  }
}

TEST(Dispatcher, a_refusal_for_good_is_tried_again_at_the_groups_next_turn_alone) {
  Scene s(kPlain);
  s.answer = [](const DeliveryJob&) { return TryOutcome{.result = Error{Code::invalid, "status 400"}}; };
  s.fire(named("A"), 9h);
  s.run_to(200s);
  EXPECT_EQ(s.tries, 4u);
  EXPECT_EQ(s.dispatcher->counts().kinds.at("webhook").failed, 4u);
}

TEST(Dispatcher, waits_as_long_as_the_receiver_asks_for) {
  Scene s(kPlain);
  s.answer = [](const DeliveryJob&) { return TryOutcome{.result = Error{Code::unavailable, "status 429"}, .retry_after = 50s}; };
  s.fire(named("A"), 9h);
  s.run_to(100s);
  EXPECT_EQ(s.tries, 2u);
}

TEST(Dispatcher, says_nothing_twice_after_a_crash) {
  Scene s(kPlain);
  s.fire(named("A"), 3h);
  s.run_to(20s);
  EXPECT_EQ(s.lines(), Lines{"10s a: A"});
  s.restart();
  s.run_to(600s);
  EXPECT_EQ(s.lines(), Lines{});
  s.resolve(named("A"));
  s.restart();
  s.run_to(900s);
  const auto told = s.take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].resolved, std::vector<std::string>{"A"});
}

TEST(Dispatcher, makes_after_a_crash_the_deliveries_that_waited) {
  Scene s(kPlain);
  s.answer = away;
  s.fire(named("A"), 3h);
  s.run_to(30s);
  s.restart();
  EXPECT_EQ(s.dispatcher->waiting(), 1u);
  s.answer = nullptr;
  s.run_to(100s);
  const auto told = s.take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].firing, std::vector<std::string>{"A"});
}

TEST(Dispatcher, keeps_silences_and_acknowledgements_over_a_restart) {
  Scene s(kPlain);
  ASSERT_TRUE(s.dispatcher->put_silence({"", *parse_matchers("{alertname=~\"A|B\",x!=y}"), s.now, s.now + 1h, {}, "me", "why"}, s.now));
  s.fire(named("C"), 3h);
  ASSERT_TRUE(s.dispatcher->acknowledge(fingerprint(named("C")), {"you", "mine", {}}, s.now));
  s.restart();
  ASSERT_EQ(s.dispatcher->silences().size(), 1u);
  const Silence& kept = s.dispatcher->silences().begin()->second;
  EXPECT_EQ(matchers_text(kept.matchers), "{alertname=~\"A|B\",x!=\"y\"}");
  EXPECT_EQ(kept.comment, "why");
  EXPECT_EQ(s.dispatcher->alerts(s.now)[0].acknowledged->comment, "mine");
}

TEST(Dispatcher, an_alert_that_nobody_ended_outlives_a_restart_for_the_grace) {
  Scene s(kPlain);
  s.fire(named("A"), 60s);
  s.run_to(20s);
  s.now = s.begin() + 600s;
  s.restart();
  EXPECT_EQ(s.dispatcher->alerts(s.now).size(), 1u);
  s.run_to(880s);
  EXPECT_EQ(s.lines(), Lines{"10s a: A"});
  s.run_to(1h);
  const auto told = s.take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].resolved, std::vector<std::string>{"A"});
}

TEST(Dispatcher, a_reload_that_takes_a_receiver_away_drops_what_waits_for_it_and_says_so) {
  Scene s(kPlain);
  s.answer = away;
  s.fire(named("A"), 3h);
  s.run_to(30s);
  s.configure("route: {receiver: c}\nreceivers: [{name: c}]\n");
  EXPECT_EQ(s.dispatcher->waiting(), 0u);
  EXPECT_EQ(s.dispatcher->counts().dropped, 1u);
  const auto log = s.journal->deliveries(10, 0, "", "");
  ASSERT_TRUE(log);
  EXPECT_EQ((*log)[0].state, DeliveryState::dropped);
}

TEST(Dispatcher, a_clock_that_is_set_back_holds_nothing_up) {
  Scene s(kPlain);
  s.fire(named("A"), 48h);
  s.fire(named("X"), 48h);
  s.run_to(20s);
  s.resolve(named("X"));
  EXPECT_EQ(s.lines(), Lines{"10s a: A X"});
  s.now = s.now - 24h;
  s.fire(named("B"), 48h);
  s.run_to(20s - 24h + 1h + 2min);
  // As if nothing had happened: the group's turn comes 50 s later, what had ended has, and it is repeated after an hour.
  EXPECT_EQ(s.lines(), (Lines{"-86330s a: A B -X", "-82730s a: A B"}));
}

TEST(Dispatcher, a_clock_that_is_set_back_does_not_put_off_tries) {
  Scene s(kPlain);
  s.fire(named("A"), 48h);
  s.answer = away;
  s.run_to(30s);
  EXPECT_EQ(s.dispatcher->waiting(), 1u);
  s.answer = nullptr;
  s.now = s.now - 24h;
  s.run_to(30s - 24h + 1min);
  EXPECT_EQ(s.take().size(), 1u);
  // The same over a restart.
  s.answer = away;
  s.fire(named("C"), 48h);
  s.run_to(30s - 24h + 4min);
  EXPECT_EQ(s.dispatcher->waiting(), 1u);
  s.answer = nullptr;
  s.now = s.now - 24h;
  s.restart();
  s.run_to(30s - 48h + 2h);
  EXPECT_GE(s.take().size(), 1u);
}

TEST(Dispatcher, alerts_over_the_limit_are_counted_and_the_others_are_told) {
  Scene s(kPlain);
  std::vector<Alert> all;
  for (size_t i = 0; i < kAlertsMax + 7; ++i)
    all.push_back({.labels = {{"alertname", "A"}, {"group", "g"}, {"i", std::to_string(i)}}, .annotations = {}, .starts_at = s.now, .ends_at = s.now + 1h, .updated_at = s.now});
  s.dispatcher->put(all, s.now);
  EXPECT_EQ(s.dispatcher->counts().alerts_rejected, 7u);
  EXPECT_EQ(s.dispatcher->alerts_known(), kAlertsMax);
  // One that is known is taken on.
  s.dispatcher->put(std::span(all).first(1), s.now);
  EXPECT_EQ(s.dispatcher->counts().alerts_rejected, 7u);
}

TEST(Dispatcher, thousands_of_alerts_at_once_are_one_message) {
  Scene s(kPlain);
  std::vector<Alert> all;
  for (int i = 0; i < 5000; ++i)
    all.push_back({.labels = {{"alertname", "A"}, {"group", "g"}, {"i", std::to_string(i)}}, .annotations = {}, .starts_at = s.now, .ends_at = s.now + 1h, .updated_at = s.now});
  s.dispatcher->put(all, s.now);
  s.run_to(100s);
  const auto told = s.take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].firing.size(), 5000u);
}

TEST(Dispatcher, a_receiver_that_does_not_answer_holds_up_two_tries_and_no_other_receiver) {
  Scene s(with_route("{receiver: a, group_by: [alertname], group_wait: 1s, routes: [{matchers: [x=y], receiver: b}]}"));
  for (const char* name : {"A", "B", "C", "D"}) s.fire({{"alertname", name}});
  s.fire({{"alertname", "E"}, {"x", "y"}});
  s.now = s.now + 1s;
  s.dispatcher->run_due(s.now);
  std::multiset<std::string> taken;
  while (const auto job = s.dispatcher->take(s.now)) taken.insert(job->delivery.to.receiver);
  EXPECT_EQ(taken, (std::multiset<std::string>{"a", "a", "b"}));
}

TEST(Dispatcher, sorts_alerts_as_alertmanager_does) {
  const auto before = [](signals::Labels a, signals::Labels b) { return comes_before(a, b); };
  EXPECT_TRUE(before({{"job", "a"}, {"z", "1"}}, {{"job", "b"}, {"a", "1"}}));
  EXPECT_TRUE(before({{"job", "a"}}, {{"a", "1"}}));
  EXPECT_TRUE(before({{"instance", "1"}, {"job", "a"}}, {{"instance", "2"}, {"job", "a"}}));
  EXPECT_TRUE(before({{"b", "1"}}, {{"a", "1"}, {"b", "1"}}));
}

}  // namespace
}  // namespace monitorai::forward
