#include "forward/notify/config.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace monitorai::forward {
namespace {

std::vector<std::string> problems(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& problem : read_notify_config(text, "a.yml").problems) out.push_back(problem.line());
  return out;
}
using Lines = std::vector<std::string>;

TEST(NotifyConfig, reads_routes_with_what_they_inherit) {
  const auto read = read_notify_config(R"(
global: {resolve_timeout: 10m}
route:
  receiver: a
  group_by: [alertname, cluster]
  group_wait: 5s
  routes:
  - matchers: ['severity="critical"']
    receiver: b
    repeat_interval: 10m
    routes: [{match: {team: x}, match_re: {env: "p.*"}, group_by: ['...']}]
receivers: [{name: a}, {name: b}]
)", "a.yml");
  EXPECT_TRUE(read.problems.empty()) << read.problems[0].line();
  EXPECT_EQ(read.config.resolve_timeout, std::chrono::minutes(10));
  const Route& deep = read.config.route.routes[0].routes[0];
  EXPECT_EQ(deep.key, "{}/{severity=\"critical\"}/{env=~\"p.*\",team=\"x\"}");
  EXPECT_EQ(deep.receiver, "b");
  EXPECT_EQ(deep.group_wait, std::chrono::seconds(5));
  EXPECT_EQ(deep.repeat_interval, std::chrono::minutes(10));
  EXPECT_TRUE(deep.group_by_all);
}

TEST(NotifyConfig, names_the_place_of_every_problem) {
  EXPECT_EQ(problems(""), Lines{"a.yml:1:1: the file is empty: it needs a route and a receiver"});
  EXPECT_EQ(problems("receivers: [{name: a}]"), Lines{"a.yml:1:1: no route: every alert needs one"});
  EXPECT_EQ(problems("route: {receiver: b}\nreceivers: [{name: a}, {name: a}]"),
            (Lines{"a.yml:2:24: the name of the receiver \"a\" is not unique", "a.yml:1:8: there is no receiver \"b\""}));
  EXPECT_EQ(problems("route: {receiver: a, group_wiat: 1s}\nreceivers: [{name: a}]"),
            Lines{"a.yml:1:22: unknown key group_wiat of a route: did you mean group_wait?"});
  EXPECT_EQ(problems("route: {receiver: a, group_wait: 1parsec}\nreceivers: [{name: a}]").size(), 1u);
  EXPECT_EQ(problems("route: {receiver: a, routes: [{matchers: ['x=~\"(\"']}]}\nreceivers: [{name: a}]").size(), 1u);
  EXPECT_EQ(problems("route: {receiver: a, routes: [{mute_time_intervals: [n]}]}\nreceivers: [{name: a}]"),
            Lines{"a.yml:1:31: mute_time_intervals: there is no time interval \"n\""});
  EXPECT_EQ(problems("route: {receiver: a, matchers: [a=b]}\nreceivers: [{name: a}]"),
            Lines{"a.yml:1:8: the root route must not have matchers: it takes every alert"});
}

TEST(NotifyConfig, checks_receivers) {
  const auto of = [](const std::string& receiver) { return problems("route: {receiver: a}\nreceivers:\n- name: a\n  " + receiver); };
  EXPECT_EQ(of("webhook_configs: [{url: 'http://h/'}]"), Lines{});
  EXPECT_EQ(of("webhook_configs: [{}]"), Lines{"a.yml:4:21: a webhook_config has neither url nor url_file"});
  EXPECT_EQ(of("webhook_configs: [{url: 'http://h/', url_file: x}]").size(), 2u);
  EXPECT_EQ(of("slack_configs: [{channel: '#a'}]").size(), 1u);
  EXPECT_EQ(of("slack_configs: [{api_url: 'https://h/', text: '{{ .Nope'}]").size(), 1u);
  EXPECT_EQ(of("slack_configs: [{api_url: <secret>}]").size(), 2u);
  EXPECT_EQ(of("pagerduty_configs: [{service_key: x}]").size(), 2u);
  EXPECT_EQ(of("telegram_configs: [{bot_token: x, chat_id: -100, parse_mode: Plain}]").size(), 1u);
  EXPECT_EQ(of("email_configs: [{to: a@b}]").size(), 2u);
  EXPECT_EQ(of("opsgenie_configs: [{}]"),
            Lines{"a.yml:4:21: opsgenie_configs is not supported here: send to a real Alertmanager with alerting.alertmanagers"});
}

TEST(NotifyConfig, shows_no_secret) {
  const auto read = read_notify_config(R"(
global: {slack_api_url: 'https://hooks/SECRET1', smtp_auth_password: SECRET2, telegram_bot_token: SECRET3}
route: {receiver: a}
receivers:
- name: a
  webhook_configs: [{url: 'http://h/SECRET4', max_alerts: 3, http_config: {basic_auth: {username: u, password: SECRET5}}}]
  pagerduty_configs: [{routing_key: SECRET6, url: 'http://shown/'}]
  slack_configs: [{api_url: 'http://h/SECRET7', channel: '#shown'}]
  msteams_configs: [{webhook_url: 'http://h/SECRET8'}]
  telegram_configs: [{bot_token: SECRET9, chat_id: 1}]
)", "a.yml");
  ASSERT_TRUE(read.problems.empty()) << read.problems[0].line();
  const std::string& shown = read.config.shown;
  EXPECT_EQ(shown.find("SECRET"), std::string::npos) << shown;
  EXPECT_NE(shown.find("max_alerts: 3"), std::string::npos) << shown;
  EXPECT_NE(shown.find("#shown"), std::string::npos);
  // What is shown is a configuration again, but for its secrets.
  std::vector<yaml::Problem> found;
  yaml::read_yaml(shown, "shown.yml", found);
  EXPECT_TRUE(found.empty());
}

TEST(NotifyConfig, reads_template_files_beside_it) {
  TemporaryDirectory folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "x.tmpl", "{{ define \"mine\" }}hello{{ end }}"));
  const std::string config = "templates: ['*.tmpl']\nroute: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://h/', text: '{{ template \"mine\" . }}'}]}]\n";
  ASSERT_TRUE(write_file_atomically(folder.path() / "a.yml", config));
  const auto read = read_notify_file((folder.path() / "a.yml").native());
  EXPECT_TRUE(read.problems.empty()) << read.problems[0].line();
  EXPECT_EQ(read.config.templates.size(), 1u);
}

TEST(Secret, comes_from_the_text_a_file_or_the_environment) {
  TemporaryDirectory folder;
  const auto path = folder.path() / "key";
  ASSERT_TRUE(write_file_atomically(path, " abc\n"));
  EXPECT_EQ(Secret::file(path.native()).read().value(), "abc");
  EXPECT_EQ(Secret::written("plain").read().value(), "plain");
  ::setenv("MAI_TEST_SECRET", "from outside", 1);
  EXPECT_EQ(Secret::written("${MAI_TEST_SECRET}").read().value(), "from outside");
  EXPECT_FALSE(Secret::written("${MAI_TEST_NO_SUCH}").read());
  EXPECT_FALSE(Secret::file("/nowhere/key").read());
}

TEST(Matchers, are_read_as_alertmanager_writes_them) {
  const auto f = [](std::string_view text) {
    const auto parsed = parse_matchers(text);
    return parsed ? matchers_text(*parsed) : "error";
  };
  EXPECT_EQ(f("a=b"), "{a=\"b\"}");
  EXPECT_EQ(f("{a=\"b\", c!=d,e=~\"x,y\"}"), "{a=\"b\",c!=\"d\",e=~\"x,y\"}");
  EXPECT_EQ(f("a !~ \"x|y\""), "{a!~\"x|y\"}");
  EXPECT_EQ(f("a="), "{a=\"\"}");
  EXPECT_EQ(f("a=\"q\\\"\\\\\\n\""), "{a=\"q\\\"\\\\\\n\"}");
  EXPECT_EQ(f(""), "{}");
  for (const char* bad : {"a", "=b", "{a=b", "a=\"b", "a=b\"c", "a=~\"(\"", "1a=b", "a=\"b\"c"}) EXPECT_EQ(f(bad), "error") << bad;
}

TEST(TimeInterval, knows_weekdays_days_from_the_end_and_zones) {
  // 2023-11-30 is a Thursday and the month's last day.
  const TimeMs time{1'701'342'000'000};  // 11:00 UTC
  const auto f = [&](TimeInterval interval) { return interval.contains(time); };
  EXPECT_TRUE(f({}));
  EXPECT_TRUE(f({.weekdays = {*parse_weekdays("monday:friday")}}));
  EXPECT_FALSE(f({.weekdays = {*parse_weekdays("sunday")}}));
  EXPECT_TRUE(f({.days = {*parse_days_of_month("-1")}}));
  EXPECT_FALSE(f({.days = {*parse_days_of_month("1:29")}}));
  EXPECT_TRUE(f({.days = {*parse_days_of_month("28:-1")}}));
  EXPECT_TRUE(f({.months = {*parse_months("november:12")}, .years = {*parse_years("2023:2024")}}));
  EXPECT_TRUE(f({.times = {{*parse_time_of_day("11:00"), *parse_time_of_day("11:01")}}}));
  EXPECT_FALSE(f({.times = {{*parse_time_of_day("10:00"), *parse_time_of_day("11:00")}}}));
  EXPECT_TRUE(f({.times = {{*parse_time_of_day("12:00"), *parse_time_of_day("12:30")}}, .location = "Europe/Berlin"}));
  for (const char* bad : {"24:01", "9:00", "12:60", "", "aa:bb"}) EXPECT_FALSE(parse_time_of_day(bad)) << bad;
  for (const char* bad : {"moonday", "friday:monday", "1:2"}) EXPECT_FALSE(parse_weekdays(bad)) << bad;
  for (const char* bad : {"0", "32", "5:1", "-1:3", "x"}) EXPECT_FALSE(parse_days_of_month(bad)) << bad;
  EXPECT_FALSE(parse_months("13"));
  EXPECT_FALSE(known_location("Europe/Atlantis"));
}

}  // namespace
}  // namespace monitorai::forward
