#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "query/promql/testing/memory_source.h"
#include "serve/prometheus/api.h"

namespace monitorai::serve {
namespace {

std::vector<RuleGroupView> groups() {
  const TimeMs time{1'700'000'000'123};
  AlertView alert{.labels = {{"alertname", "High"}, {"severity", "page"}},
                  .annotations = {{"summary", "<b>\"x\"</b>"}},
                  .state = "firing",
                  .active_at = time,
                  .keep_firing_since = std::nullopt,
                  .value = 12.5};
  AlertView kept = alert;
  kept.labels = {{"alertname", "High"}, {"severity", "warn"}};
  kept.keep_firing_since = time + std::chrono::minutes(1);
  RuleView alerting{.alerting = true,
                    .name = "High",
                    .query = "x > 5",
                    .labels = {{"severity", "page"}},
                    .annotations = {{"summary", "{{ $value }}"}},
                    .state = "firing",
                    .hold = std::chrono::seconds(90),
                    .keep_firing_for = std::chrono::seconds(0),
                    .alerts = {alert, kept},
                    .health = "ok",
                    .last_error = {},
                    .evaluation_seconds = 0.0005,
                    .evaluated_at = time};
  RuleView recording{.alerting = false,
                     .name = "job:up:sum",
                     .query = "sum by (job) (up)",
                     .labels = {},
                     .annotations = {},
                     .state = {},
                     .hold = {},
                     .keep_firing_for = {},
                     .alerts = {},
                     .health = "err",
                     .last_error = "query timed out",
                     .evaluation_seconds = 1.25,
                     .evaluated_at = time};
  RuleView fresh{.alerting = true,
                 .name = "New",
                 .query = "vector(1)",
                 .labels = {},
                 .annotations = {},
                 .state = "unknown",
                 .hold = {},
                 .keep_firing_for = {},
                 .alerts = {},
                 .health = "unknown",
                 .last_error = {},
                 .evaluation_seconds = 0,
                 .evaluated_at = {}};
  return {{.name = "a",
           .file = "rules/a.yml",
           .interval = std::chrono::seconds(15),
           .limit = 0,
           .rules = {alerting, recording},
           .evaluation_seconds = 1.2505,
           .evaluated_at = time},
          {.name = "b",
           .file = "rules/b.yml",
           .interval = std::chrono::milliseconds(1500),
           .limit = 10,
           .rules = {fresh},
           .evaluation_seconds = 0,
           .evaluated_at = {}}};
}

class RuleEndpoints : public testing::Test {
 protected:
  RuleEndpoints() {
    auto api = std::make_shared<PrometheusApi>();
    api->source = &source_;
    api->engine = &engine_;
    api->clock = &clock_;
    api->rules = groups;
    add_prometheus_api(router_, std::move(api));
  }
  net::HttpResponse ask(std::string path, net::Parameters query = {}) {
    net::HttpRequest request{.method = "GET", .path = std::move(path), .query = std::move(query)};
    return router_.route(request);
  }
  query::MemorySource source_;
  Pool pool_{1};
  query::Engine engine_{{}, pool_};
  FakeClock clock_;
  net::Router router_;
};

/// With MAI_GOLDEN=write the files are made anew: look at the difference before you keep it.
void expect_golden(const std::string& name, const std::string& body) {
  const std::string path = MAI_SOURCE_DIR "/tests/golden/" + name;
  if (const char* mode = std::getenv("MAI_GOLDEN"); mode != nullptr && std::string_view(mode) == "write") {
    std::ofstream(path) << body;
    return;
  }
  const auto golden = read_file(path, 1 << 20);
  ASSERT_TRUE(golden) << path;
  EXPECT_EQ(body, *golden) << name;
}

TEST_F(RuleEndpoints, answer_as_prometheus) {
  expect_golden("prometheus_rules.json", ask("/api/v1/rules").body);
  expect_golden("prometheus_alerts.json", ask("/api/v1/alerts").body);
}

TEST_F(RuleEndpoints, give_what_was_asked_for) {
  const auto f = [&](net::Parameters query, std::vector<std::string> names) {
    const std::string body = ask("/api/v1/rules", query).body;
    std::vector<std::string> found;
    for (const std::string name : {"High", "job:up:sum", "New"})
      if (body.find("\"name\":\"" + name + "\"") != std::string::npos) found.push_back(name);
    EXPECT_EQ(found, names) << body;
  };
  f({}, {"High", "job:up:sum", "New"});
  f({{"type", "alert"}}, {"High", "New"});
  f({{"type", "record"}}, {"job:up:sum"});
  f({{"rule_name[]", "New"}, {"rule_name[]", "High"}}, {"High", "New"});
  f({{"rule_group[]", "b"}}, {"New"});
  f({{"file[]", "rules/a.yml"}}, {"High", "job:up:sum"});
  f({{"match[]", "{severity=\"page\"}"}}, {"High"});
  f({{"match[]", "{severity=\"none\"}"}}, {});
  f({{"group_limit", "1"}}, {"High", "job:up:sum"});
}

TEST_F(RuleEndpoints, pages_follow_each_other) {
  const std::string first = ask("/api/v1/rules", {{"group_limit", "1"}}).body;
  const size_t at = first.find("\"groupNextToken\":\"");
  ASSERT_NE(at, std::string::npos) << first;
  const std::string token = first.substr(at + 18, 16);
  const std::string second = ask("/api/v1/rules", {{"group_limit", "1"}, {"group_next_token", token}}).body;
  EXPECT_NE(second.find("\"name\":\"New\""), std::string::npos) << second;
  EXPECT_EQ(second.find("groupNextToken"), std::string::npos) << second;
}

TEST_F(RuleEndpoints, alerts_can_be_left_out) {
  const std::string body = ask("/api/v1/rules", {{"exclude_alerts", "true"}}).body;
  EXPECT_EQ(body.find("activeAt"), std::string::npos);
  EXPECT_NE(body.find("\"alerts\":null"), std::string::npos);
}

TEST_F(RuleEndpoints, refuse_what_makes_no_sense) {
  const auto f = [&](net::Parameters query, std::string_view said) {
    const net::HttpResponse response = ask("/api/v1/rules", query);
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find(said), std::string::npos) << response.body;
  };
  f({{"type", "both"}}, "not supported value");
  f({{"match[]", "{"}}, "match[]");
  f({{"exclude_alerts", "perhaps"}}, "exclude_alerts");
  f({{"group_limit", "0"}}, "greater than 0");
  f({{"group_limit", "x"}}, "valid number");
  f({{"group_next_token", "abc"}}, "group_limit needs to be present");
  f({{"group_limit", "1"}, {"group_next_token", "abc"}}, "were rule groups changed?");
}

TEST_F(RuleEndpoints, tell_of_groups_in_logql_as_lokis_ruler) {
  std::vector<RuleGroupView> with_logs = groups();
  with_logs[1].logs = true;
  with_logs[1].rules[0].labels = {{"severity", "page"}};
  net::Router router;
  add_ruler_api(router, [&] { return with_logs; });
  const auto f = [&](std::string path) {
    net::HttpRequest request{.method = "GET", .path = std::move(path)};
    return router.route(request).body;
  };
  const std::string group = R"({"name":"b","interval":"1s500ms","limit":10,"rules":[{"alert":"New","expr":")" + with_logs[1].rules[0].query +
                            R"(","labels":{"severity":"page"}}]})";
  EXPECT_EQ(f("/loki/api/v1/rules"), R"({"b.yml":[)" + group + "]}\n");
  EXPECT_EQ(f("/loki/api/v1/rules/b.yml/b"), group + "\n");
  EXPECT_EQ(f("/loki/api/v1/rules/b.yml/x"), "group does not exist\n");
  EXPECT_EQ(f("/loki/api/v1/rules/a.yml"), "no rule groups found\n");
  const std::string rules = f("/prometheus/api/v1/rules");
  EXPECT_NE(rules.find("\"New\""), std::string::npos);
  EXPECT_EQ(rules.find("\"High\""), std::string::npos);
  EXPECT_EQ(f("/prometheus/api/v1/alerts"), R"({"status":"success","data":{"alerts":[]}})");
  net::Router none;
  add_ruler_api(none, [] { return groups(); });
  net::HttpRequest request{.method = "GET", .path = "/loki/api/v1/rules"};
  EXPECT_EQ(none.route(request).status, 404);
}

TEST_F(RuleEndpoints, tell_which_alertmanagers_get_the_alerts) {
  EXPECT_EQ(ask("/api/v1/alertmanagers").body, R"({"status":"success","data":{"activeAlertmanagers":[],"droppedAlertmanagers":[]}})");
  auto api = std::make_shared<PrometheusApi>();
  api->source = &source_;
  api->engine = &engine_;
  api->clock = &clock_;
  api->alertmanagers = [] { return std::vector<std::string>{"http://a:9093", "https://b/am"}; };
  net::Router router;
  add_prometheus_api(router, std::move(api));
  net::HttpRequest request{.method = "GET", .path = "/api/v1/alertmanagers"};
  EXPECT_EQ(router.route(request).body, R"({"status":"success","data":{"activeAlertmanagers":[{"url":"http://a:9093/api/v2/alerts"},)"
                                        R"({"url":"https://b/am/api/v2/alerts"}],"droppedAlertmanagers":[]}})");
}

}  // namespace
}  // namespace monitorai::serve
