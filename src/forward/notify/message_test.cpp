#include "forward/notify/message.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "forward/notify/config.h"

namespace monitorai::forward {
namespace {

const TimeMs kNow{1'700'000'000'000};

Notification sample() {
  return {.receiver = "team",
          .group_key = "{}:{alertname=\"Hot\"}",
          .group_labels = {{"alertname", "Hot"}},
          .external_url = "http://us:3000",
          .alerts = {{.labels = {{"alertname", "Hot"}, {"gpu", "0"}, {"job", "j"}},
                      .annotations = {{"summary", "GPU 0 is <hot> & \"loud\""}},
                      .starts_at = kNow - std::chrono::minutes(5),
                      .ends_at = kNow + std::chrono::minutes(5),
                      .updated_at = kNow,
                      .generator_url = "http://us:3000/graph?g0.expr=1"},
                     {.labels = {{"alertname", "Hot"}, {"gpu", "1"}, {"job", "j"}},
                      .annotations = {{"summary", "GPU 1"}},
                      .starts_at = kNow - std::chrono::minutes(5),
                      .ends_at = kNow,
                      .updated_at = kNow,
                      .generator_url = "javascript:alert(1)"}},
          .time = kNow};
}

std::string expand(std::string_view text, const Notification& notification) {
  const TemplateSet templates({});
  auto made = templates.expand(text, notification);
  return made ? *made : "error: " + made.error().message;
}

TEST(NotificationTemplates, see_what_alertmanagers_see) {
  const auto f = [](std::string_view text) { return expand(text, sample()); };
  EXPECT_EQ(f("{{ .Status }} {{ .Receiver }} {{ .ExternalURL }}"), "firing team http://us:3000");
  EXPECT_EQ(f("{{ len .Alerts }} {{ .Alerts.Firing | len }} {{ len .Alerts.Resolved }}"), "2 1 1");
  EXPECT_EQ(f("{{ range .Alerts }}{{ .Status }}:{{ .Labels.gpu }}:{{ .Annotations.summary }};{{ end }}"),
            "firing:0:GPU 0 is <hot> & \"loud\";resolved:1:GPU 1;");
  EXPECT_EQ(f("{{ .CommonLabels.job }}{{ .CommonLabels.gpu }}{{ .GroupLabels.alertname }}"), "jHot");
  EXPECT_EQ(f("{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}"), "alertname=Hot job=j ");
  EXPECT_EQ(f("{{ .CommonLabels.Names | join \",\" }} {{ .CommonLabels.Values | join \",\" }}"), "alertname,job Hot,j");
  EXPECT_EQ(f("{{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join \" \" }}{{ end }}"), "j");
  EXPECT_EQ(f("{{ (.CommonLabels.Remove (stringSlice \"job\")).SortedPairs.Names | join \" \" }}"), "alertname");
  EXPECT_EQ(f("{{ (index .Alerts 0).StartsAt.Format \"15:04:05\" }} {{ (index .Alerts 0).StartsAt.Unix }}"), "22:08:20 1699999700");
  EXPECT_EQ(f("{{ (index .Alerts 0).Fingerprint | len }}"), "16");
  EXPECT_EQ(f("{{ template \"__subject\" . }}"), "[FIRING:1] Hot (j)");
  EXPECT_EQ(f("{{ \"a b\" | title | toUpper | toLower }} {{ trimSpace \" x \" }} {{ match \"^a\" \"abc\" }}"), "a b x true");
  EXPECT_EQ(f("{{ reReplaceAll \"(a)(b)\" \"$2$1\" \"xabab\" }}"), "xbaba");
  EXPECT_EQ(f("{{ date \"2006\" (index .Alerts 0).StartsAt }} {{ (tz \"Europe/Berlin\" (index .Alerts 0).StartsAt).Format \"15:04\" }}"), "2023 23:08");
  EXPECT_EQ(f("{{ humanizeDuration 3661.0 }} {{ toJson \"a\\\"b\" }} {{ urlUnescape \"a%20b\" }}"), "1h 1m 1s \"a\\\"b\" a b");
}

TEST(NotificationTemplates, alerts_about_answers_and_prompts_carry_figures_and_examples) {
  Notification told = sample();
  told.alerts.resize(1);
  told.alerts[0].annotations = {{"summary", "m: too many"},
                                {"description", "More than usual."},
                                {"figures", "21 of 50 answers flagged: 42.0 % (95 % interval 29.4 to 55.8 %)"},
                                {"worst_answers", "- 0.99 \"<b>450</b> metres\" http://us/traces/1\n- 0.98 http://us/traces/2"},
                                {"what_is_new", "- 40 % of the prompts now"},
                                {"runbook", "Read them."}};
  EXPECT_EQ(expand("{{ template \"slack.default.text\" . }}", told),
            "• m: too many\n   More than usual.\n   Figures: 21 of 50 answers flagged: 42.0 % (95 % interval 29.4 to 55.8 %)\n"
            "   The worst answers:\n- 0.99 \"<b>450</b> metres\" http://us/traces/1\n- 0.98 http://us/traces/2\n"
            "   What is new:\n- 40 % of the prompts now\n   What to do: Read them.\n");
}

TEST(NotificationTemplates, tell_what_is_wrong) {
  const auto f = [](std::string_view text) { return expand(text, sample()); };
  EXPECT_EQ(f("{{ .Nope }}"), "error: can't evaluate field Nope in type *template.Data");
  EXPECT_EQ(f("{{ .Status.Remove 1 }}"), "error: Remove is not a method but has arguments");
  EXPECT_TRUE(f("{{ template \"nope\" }}").starts_with("error: "));
  EXPECT_TRUE(f("{{ if }}").starts_with("error: "));
  EXPECT_TRUE(f("{{ nope 1 }}").starts_with("error: "));
}

TEST(NotificationTemplates, of_files_win_over_the_built_in_ones) {
  const TemplateSet templates({"{{ define \"__subject\" }}mine{{ end }}", "{{ define \"slack.default.title\" }}[{{ template \"__subject\" . }}]{{ end }}"});
  EXPECT_EQ(templates.expand("{{ template \"slack.default.title\" . }}", sample()).value(), "[mine]");
}

TEST(NotificationTemplates, escape_what_goes_into_html) {
  const TemplateSet templates({});
  const auto f = [&](std::string_view text) { return templates.expand_html(text, sample()).value(); };
  EXPECT_EQ(f("<b>{{ (index .Alerts 0).Annotations.summary }}</b>"), "<b>GPU 0 is &lt;hot&gt; &amp; &#34;loud&#34;</b>");
  EXPECT_EQ(f("<a href=\"{{ (index .Alerts 1).GeneratorURL }}\">"), "<a href=\"#ZgotmplZ\">");
  EXPECT_EQ(f("<a href=\"{{ (index .Alerts 0).GeneratorURL }}\">"), "<a href=\"http://us:3000/graph?g0.expr=1\">");
  EXPECT_EQ(f("{{ safeHtml \"<i>\" }}"), "<i>");
  EXPECT_EQ(f("{{ template \"email.default.html\" . }}").find("<hot>"), std::string::npos);
}

HttpMessage message_of(const std::string& receiver, const Notification& notification) {
  const auto read = read_notify_config("route: {receiver: a}\nreceivers:\n- name: a\n  " + receiver, "a.yml");
  for (const auto& problem : read.problems) ADD_FAILURE() << problem.line();
  const TemplateSet templates({});
  Renderer renderer(templates, notification);
  auto made = make_message(read.config.receivers[0].integrations[0], renderer);
  if (!made) ADD_FAILURE() << made.error().message;
  return std::get<HttpMessage>(*made);
}
/// The value at a JSON pointer, as text.
std::string at(const std::string& json, std::string_view pointer) {
  simdjson::dom::parser parser;
  simdjson::dom::element root, value;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return "no JSON";
  if (root.at_pointer(pointer).get(value) != simdjson::SUCCESS) return "absent";
  return simdjson::minify(value);
}

TEST(Webhook, has_alertmanagers_payload) {
  const HttpMessage message = message_of("webhook_configs: [{url: 'http://h/x', max_alerts: 1}]", sample());
  const auto f = [&](std::string_view pointer) { return at(message.body, pointer); };
  EXPECT_EQ(message.url, "http://h/x");
  EXPECT_EQ(f("/version"), "\"4\"");
  EXPECT_EQ(f("/groupKey"), "\"{}:{alertname=\\\"Hot\\\"}\"");
  EXPECT_EQ(f("/truncatedAlerts"), "1");
  EXPECT_EQ(f("/status"), "\"firing\"");
  EXPECT_EQ(f("/commonLabels"), R"({"alertname":"Hot","job":"j"})");
  EXPECT_EQ(f("/commonAnnotations"), "{}");
  EXPECT_EQ(f("/alerts/0/startsAt"), "\"2023-11-14T22:08:20Z\"");
  EXPECT_EQ(f("/alerts/0/endsAt"), "\"0001-01-01T00:00:00Z\"");
  EXPECT_EQ(f("/alerts/0/fingerprint"), "\"" + fingerprint_text(fingerprint(sample().alerts[0].labels)) + "\"");
}

TEST(Slack, sends_an_attachment_with_its_limits) {
  Notification told = sample();
  told.alerts[0].annotations["summary"] = std::string(100'000, 'x');
  const HttpMessage message = message_of(
      "slack_configs: [{api_url: 'http://h/s', channel: '#a', title: '{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}', "
      "fields: [{title: T, value: '{{ .Status }}', short: true}], actions: [{type: button, text: Go, url: '{{ .ExternalURL }}'}]}]",
      told);
  const auto f = [&](std::string_view pointer) { return at(message.body, pointer); };
  EXPECT_EQ(f("/channel"), "\"#a\"");
  EXPECT_EQ(f("/username"), "\"MonitorAI\"");
  EXPECT_EQ(f("/attachments/0/color"), "\"danger\"");
  EXPECT_EQ(f("/attachments/0/fields/0"), R"({"title":"T","value":"firing","short":true})");
  EXPECT_EQ(f("/attachments/0/actions/0/url"), "\"http://us:3000\"");
  EXPECT_EQ(f("/attachments/0/title").size(), 1023u + 3 + 2);
  EXPECT_LT(f("/attachments/0/text").size(), kSlackTextBytesMax + 10);
}

TEST(PagerDuty, triggers_and_resolves_by_the_groups_key) {
  const HttpMessage fires = message_of("pagerduty_configs: [{routing_key: k, severity: Critical, links: [{href: 'http://x/', text: y}]}]", sample());
  EXPECT_EQ(fires.url, "https://events.pagerduty.com/v2/enqueue");
  EXPECT_EQ(at(fires.body, "/event_action"), "\"trigger\"");
  EXPECT_EQ(at(fires.body, "/routing_key"), "\"k\"");
  EXPECT_EQ(at(fires.body, "/payload/severity"), "\"critical\"");
  EXPECT_EQ(at(fires.body, "/payload/summary"), "\"[FIRING:1] Hot (j)\"");
  EXPECT_EQ(at(fires.body, "/payload/custom_details/num_firing"), "\"1\"");
  EXPECT_EQ(at(fires.body, "/links/0/href"), "\"http://x/\"");
  Notification ended = sample();
  ended.alerts.erase(ended.alerts.begin());
  const HttpMessage resolves = message_of("pagerduty_configs: [{routing_key: k}]", ended);
  EXPECT_EQ(at(resolves.body, "/event_action"), "\"resolve\"");
  EXPECT_EQ(at(resolves.body, "/dedup_key"), at(fires.body, "/dedup_key"));
}

TEST(PagerDuty, leaves_details_out_where_the_event_would_be_too_large) {
  Notification told = sample();
  told.alerts[0].annotations["summary"] = std::string(kPagerDutyBytesMax, 'x');
  const HttpMessage message = message_of("pagerduty_configs: [{routing_key: k}]", told);
  EXPECT_LT(message.body.size(), kPagerDutyBytesMax);
  EXPECT_NE(at(message.body, "/payload/custom_details/error"), "absent");
}

TEST(Telegram, escapes_and_cuts) {
  Notification told = sample();
  told.alerts[1].annotations["summary"] = std::string(10'000, 'y');
  const HttpMessage message = message_of("telegram_configs: [{bot_token: T:1, chat_id: -7, message: '{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}'}]", told);
  EXPECT_EQ(message.url, "https://api.telegram.org/botT:1/sendMessage");
  EXPECT_EQ(at(message.body, "/chat_id"), "-7");
  const std::string text = at(message.body, "/text");
  EXPECT_TRUE(text.starts_with("\"GPU 0 is &lt;hot&gt;")) << text.substr(0, 60);
  EXPECT_EQ(text.size(), kTelegramCharactersMax - 1 + 3 + 2);
}

TEST(Teams, sends_a_card_of_each_kind) {
  const HttpMessage old = message_of("msteams_configs: [{webhook_url: 'http://h/'}]", sample());
  EXPECT_EQ(at(old.body, "/@type"), "\"MessageCard\"");
  EXPECT_EQ(at(old.body, "/themeColor"), "\"8C1A1A\"");
  const HttpMessage card = message_of("msteamsv2_configs: [{webhook_url: 'http://h/'}]", sample());
  EXPECT_EQ(at(card.body, "/attachments/0/content/body/0/text"), "\"[FIRING:1] Hot (j)\"");
}

TEST(Message, tells_the_error_in_place_of_a_text_whose_template_fails) {
  const HttpMessage message = message_of("slack_configs: [{api_url: 'http://h/', title: '{{ index .Alerts 7 }}'}]", sample());
  EXPECT_EQ(at(message.body, "/attachments/0/title"), "\"<error expanding template: error calling index: index out of range>\"");
}

TEST(Message, an_answer_says_whether_another_try_can_help) {
  const auto f = [](std::string kind, int status, std::string body) {
    const auto judged = judge_answer({.kind = std::move(kind), .http = {}, .how = {}}, {.status = status, .body = std::move(body)});
    return judged ? "ok" : judged.error().code == Code::unavailable ? "again" : "refused";
  };
  EXPECT_STREQ(f("webhook", 204, ""), "ok");
  EXPECT_STREQ(f("webhook", 500, ""), "again");
  EXPECT_STREQ(f("webhook", 429, ""), "again");
  EXPECT_STREQ(f("webhook", 404, "gone"), "refused");
  EXPECT_STREQ(f("webhook", 301, ""), "refused");
  EXPECT_STREQ(f("slack", 200, "ok"), "ok");
  EXPECT_STREQ(f("slack", 200, "{\"ok\":false,\"error\":\"channel_not_found\"}"), "refused");
  EXPECT_STREQ(f("slack", 200, "{\"ok\":false,\"error\":\"ratelimited\"}"), "again");
  EXPECT_STREQ(f("telegram", 200, "{\"ok\":true}"), "ok");
}

TEST(Mail, has_headers_in_ascii_and_two_parts) {
  net::Mail mail{.from = "a@b",
                 .to = {"c@d"},
                 .headers = {{"Subject", "Über\r\nBcc: evil@x"}, {"To", "c@d"}, {"Bad name", "x"}},
                 .text = "plain",
                 .html = "<b>x</b>",
                 .date = kNow};
  const std::string text = net::mail_text(mail);
  EXPECT_TRUE(text.starts_with("Subject: =?utf-8?B?w5xiZXIgIEJjYzogZXZpbEB4?=\r\n")) << text;
  EXPECT_EQ(text.find("\r\nBcc:"), std::string::npos);
  EXPECT_EQ(text.find("Bad name"), std::string::npos);
  EXPECT_NE(text.find("Date: Tue, 14 Nov 2023 22:13:20 +0000"), std::string::npos);
  EXPECT_NE(text.find("multipart/alternative"), std::string::npos);
  EXPECT_NE(text.find("PGI+eDwvYj4="), std::string::npos);
}

}  // namespace
}  // namespace monitorai::forward
