#include "forward/notify/receiver_reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "forward/notify/http_options.h"

namespace monitorai::forward {
namespace {

using yaml::YamlNode;

/// Receivers of Alertmanager that a real one has to serve.
constexpr std::array<std::string_view, 11> kElsewhere{"opsgenie_configs", "wechat_configs",     "pushover_configs", "victorops_configs",
                                                      "sns_configs",      "webex_configs",      "discord_configs",  "jira_configs",
                                                      "rocketchat_configs", "incidentio_configs", "mattermost_configs"};

}  // namespace

void ReceiverReader::templated(Fields& fields, std::string_view key, std::string& out) {
  fields.text(key, out, [&](std::string_view text) { return templates_.problem(text); });
}

void ReceiverReader::read_http(const YamlNode* node, HttpOptions& out) {
  if (node == nullptr) return;
  Fields fields(problems_, *node, "http_config");
  read_http_fields(fields, problems_, out);
  fields.end();
}

void ReceiverReader::email_account(Fields& fields, std::string_view prefix, EmailReceiver& out) {
  const auto key = [&](std::string_view name) { return fmt::format("{}{}", prefix, name); };
  templated(fields, key("from"), out.from);
  fields.text(key("smarthost"), out.smarthost, [](std::string_view text) {
    const size_t colon = text.rfind(':');
    return colon == std::string_view::npos || !parse_integer<uint16_t>(text.substr(colon + 1)) ? std::string("it is HOST:PORT") : std::string();
  });
  fields.text(key("hello"), out.hello);
  fields.text(key("auth_username"), out.user);
  fields.secret(key("auth_password"), out.password);
  fields.ignore(key("auth_identity"));
  fields.ignore(key("auth_secret"));
  fields.ignore(key("auth_secret_file"));
  fields.flag(key("require_tls"), out.require_tls);
}

void ReceiverReader::read_global(const YamlNode& node) {
  Fields fields(problems_, node, "global");
  fields.duration("resolve_timeout", global_.resolve_timeout);
  read_http(fields.find("http_config"), global_.http);
  fields.secret("slack_api_url", global_.slack_api_url);
  fields.secret("slack_app_token", global_.slack_app_token);
  fields.text("slack_app_url", global_.slack_app_url, address_problem);
  fields.text("pagerduty_url", global_.pagerduty_url, address_problem);
  fields.text("telegram_api_url", global_.telegram_api_url, address_problem);
  fields.secret("telegram_bot_token", global_.telegram_bot_token);
  email_account(fields, "smtp_", global_.email);
  for (const std::string_view key : {"opsgenie_api_key", "opsgenie_api_key_file", "opsgenie_api_url", "wechat_api_url", "wechat_api_secret",
                                     "wechat_api_corp_id", "victorops_api_key", "victorops_api_key_file", "victorops_api_url", "webex_api_url",
                                     "jira_api_url", "rocketchat_api_url", "smtp_tls_config", "smtp_force_implicit_tls"})
    fields.ignore(key);
  fields.end();
}

Integration ReceiverReader::integration(Fields& fields, std::string_view kind, bool send_resolved) {
  Integration out;
  out.kind = kind;
  out.http = global_.http;
  out.send_resolved = send_resolved;
  fields.flag("send_resolved", out.send_resolved);
  return out;
}

void ReceiverReader::add(Receiver& receiver, Integration integration) {
  integration.number = static_cast<size_t>(
      std::count_if(receiver.integrations.begin(), receiver.integrations.end(), [&](const Integration& other) { return other.kind == integration.kind; }));
  receiver.integrations.push_back(std::move(integration));
}

Receiver ReceiverReader::read(const YamlNode& node) {
  Receiver out;
  Fields fields(problems_, node, "a receiver");
  fields.text("name", out.name);
  if (out.name.empty()) fields.problem("a receiver has no name");
  fields.each("webhook_configs", [&](const YamlNode& one) { read_webhook(one, out); });
  fields.each("slack_configs", [&](const YamlNode& one) { read_slack(one, out); });
  fields.each("pagerduty_configs", [&](const YamlNode& one) { read_pagerduty(one, out); });
  fields.each("email_configs", [&](const YamlNode& one) { read_email(one, out); });
  fields.each("msteams_configs", [&](const YamlNode& one) { read_msteams(one, false, out); });
  fields.each("msteamsv2_configs", [&](const YamlNode& one) { read_msteams(one, true, out); });
  fields.each("telegram_configs", [&](const YamlNode& one) { read_telegram(one, out); });
  for (const std::string_view key : kElsewhere)
    if (const YamlNode* there = fields.find(key))
      problems_.add(*there, fmt::format("{} is not supported here: send to a real Alertmanager with alerting.alertmanagers", key));
  fields.end();
  return out;
}

void ReceiverReader::read_webhook(const YamlNode& node, Receiver& out) {
  Fields fields(problems_, node, "a webhook_config");
  Integration made = integration(fields, "webhook", true);
  WebhookReceiver webhook;
  fields.secret("url", webhook.url);
  if (webhook.url.empty()) fields.problem("a webhook_config has neither url nor url_file");
  int64_t most = 0;
  fields.number("max_alerts", 0, 1'000'000, most);
  webhook.alerts_max = static_cast<size_t>(most);
  fields.duration("timeout", webhook.timeout);
  read_http(fields.find("http_config"), made.http);
  fields.end();
  made.how = std::move(webhook);
  add(out, std::move(made));
}

void ReceiverReader::read_slack(const YamlNode& node, Receiver& out) {
  Fields fields(problems_, node, "a slack_config");
  Integration made = integration(fields, "slack", false);
  SlackReceiver slack;
  fields.secret("api_url", slack.api_url);
  fields.secret("app_token", slack.app_token);
  std::string app_url = global_.slack_app_url;
  fields.text("app_url", app_url, address_problem);
  if (slack.api_url.empty() && slack.app_token.empty()) {
    slack.app_token = global_.slack_app_token;
    if (slack.app_token.empty()) slack.api_url = global_.slack_api_url;
  }
  if (!slack.app_token.empty() && slack.api_url.empty()) slack.api_url = Secret::literal(app_url);
  if (slack.api_url.empty()) fields.problem("no Slack address: give slack_api_url in global, or api_url or api_url_file here");
  for (const auto& [key, place] : std::initializer_list<std::pair<std::string_view, std::string*>>{{"channel", &slack.channel},
                                                                                                     {"username", &slack.username},
                                                                                                     {"color", &slack.color},
                                                                                                     {"title", &slack.title},
                                                                                                     {"title_link", &slack.title_link},
                                                                                                     {"pretext", &slack.pretext},
                                                                                                     {"text", &slack.text},
                                                                                                     {"footer", &slack.footer},
                                                                                                     {"fallback", &slack.fallback},
                                                                                                     {"callback_id", &slack.callback_id},
                                                                                                     {"icon_emoji", &slack.icon_emoji},
                                                                                                     {"icon_url", &slack.icon_url},
                                                                                                     {"image_url", &slack.image_url},
                                                                                                     {"thumb_url", &slack.thumb_url}})
    templated(fields, key, *place);
  fields.flag("link_names", slack.link_names);
  fields.flag("short_fields", slack.short_fields);
  fields.texts("mrkdwn_in", slack.mrkdwn_in);
  fields.each("fields", [&](const YamlNode& one) {
    Fields own(problems_, one, "a field of Slack");
    SlackField field;
    templated(own, "title", field.title);
    templated(own, "value", field.value);
    if (own.find("short") != nullptr) own.flag("short", field.is_short.emplace());
    if (field.title.empty() || field.value.empty()) own.problem("a field of Slack needs title and value");
    own.end();
    slack.fields.push_back(std::move(field));
  });
  fields.each("actions", [&](const YamlNode& one) {
    Fields own(problems_, one, "an action of Slack");
    SlackAction action;
    for (const auto& [key, place] : std::initializer_list<std::pair<std::string_view, std::string*>>{
             {"type", &action.type}, {"text", &action.text}, {"url", &action.url}, {"style", &action.style}, {"name", &action.name}, {"value", &action.value}})
      templated(own, key, *place);
    if (action.type.empty() || action.text.empty()) own.problem("an action of Slack needs type and text");
    own.ignore("confirm");
    own.end();
    slack.actions.push_back(std::move(action));
  });
  read_http(fields.find("http_config"), made.http);
  fields.end();
  made.how = std::move(slack);
  add(out, std::move(made));
}

void ReceiverReader::read_pagerduty(const YamlNode& node, Receiver& out) {
  Fields fields(problems_, node, "a pagerduty_config");
  Integration made = integration(fields, "pagerduty", true);
  PagerDutyReceiver pager;
  pager.url = global_.pagerduty_url;
  fields.secret("routing_key", pager.routing_key);
  for (const std::string_view key : {"service_key", "service_key_file"})
    if (const YamlNode* old = fields.find(key)) problems_.add(*old, "service_key is of PagerDuty's first Events API: make a routing_key (Events API v2)");
  if (pager.routing_key.empty()) fields.problem("a pagerduty_config has neither routing_key nor routing_key_file");
  fields.text("url", pager.url, address_problem);
  for (const auto& [key, place] : std::initializer_list<std::pair<std::string_view, std::string*>>{{"client", &pager.client},
                                                                                                     {"client_url", &pager.client_url},
                                                                                                     {"description", &pager.description},
                                                                                                     {"severity", &pager.severity},
                                                                                                     {"source", &pager.source},
                                                                                                     {"component", &pager.component},
                                                                                                     {"group", &pager.group},
                                                                                                     {"class", &pager.class_name}})
    templated(fields, key, *place);
  if (pager.source.empty()) pager.source = pager.client;
  fields.map("details", pager.details);
  for (const auto& [name, text] : pager.details)
    if (const std::string wrong = templates_.problem(text); !wrong.empty()) fields.problem(fmt::format("detail {} of a pagerduty_config: {}", name, wrong));
  pager.details.try_emplace("firing", R"({{ template "pagerduty.default.instances" .Alerts.Firing }})");
  pager.details.try_emplace("resolved", R"({{ template "pagerduty.default.instances" .Alerts.Resolved }})");
  pager.details.try_emplace("num_firing", "{{ .Alerts.Firing | len }}");
  pager.details.try_emplace("num_resolved", "{{ .Alerts.Resolved | len }}");
  fields.each("images", [&](const YamlNode& one) {
    Fields own(problems_, one, "an image of PagerDuty");
    PagerDutyImage& image = pager.images.emplace_back();
    templated(own, "src", image.src);
    templated(own, "alt", image.alt);
    templated(own, "href", image.href);
    own.end();
  });
  fields.each("links", [&](const YamlNode& one) {
    Fields own(problems_, one, "a link of PagerDuty");
    PagerDutyLink& link = pager.links.emplace_back();
    templated(own, "href", link.href);
    templated(own, "text", link.text);
    own.end();
  });
  read_http(fields.find("http_config"), made.http);
  fields.end();
  made.how = std::move(pager);
  add(out, std::move(made));
}

void ReceiverReader::read_email(const YamlNode& node, Receiver& out) {
  Fields fields(problems_, node, "an email_config");
  Integration made = integration(fields, "email", false);
  EmailReceiver email = global_.email;
  templated(fields, "to", email.to);
  if (email.to.empty()) fields.problem("an email_config has no address `to`");
  email_account(fields, "", email);
  if (email.smarthost.empty()) fields.problem("no mail server: give smtp_smarthost in global, or smarthost here");
  if (email.from.empty()) fields.problem("no sender: give smtp_from in global, or from here");
  TextMap headers;
  fields.map("headers", headers);
  for (const auto& [name, text] : headers) {
    if (const std::string wrong = templates_.problem(text); !wrong.empty()) fields.problem(fmt::format("header {}: {}", name, wrong));
    email.headers.emplace_back(name, text);
  }
  templated(fields, "html", email.html);
  templated(fields, "text", email.text);
  if (const YamlNode* tls = fields.find("tls_config")) {
    Fields own(problems_, *tls, "tls_config");
    own.text("ca_file", email.ca_file);
    own.text("server_name", email.server_name);
    own.flag("insecure_skip_verify", email.insecure_skip_verify);
    own.end();
  }
  fields.end();
  made.how = std::move(email);
  add(out, std::move(made));
}

void ReceiverReader::read_msteams(const YamlNode& node, bool adaptive_card, Receiver& out) {
  Fields fields(problems_, node, adaptive_card ? "an msteamsv2_config" : "an msteams_config");
  Integration made = integration(fields, adaptive_card ? "msteamsv2" : "msteams", true);
  MsTeamsReceiver teams;
  teams.adaptive_card = adaptive_card;
  fields.secret("webhook_url", teams.url);
  if (teams.url.empty()) fields.problem("Microsoft Teams: neither webhook_url nor webhook_url_file is given");
  templated(fields, "title", teams.title);
  if (!adaptive_card) templated(fields, "summary", teams.summary);
  templated(fields, "text", teams.text);
  read_http(fields.find("http_config"), made.http);
  fields.end();
  made.how = std::move(teams);
  add(out, std::move(made));
}

void ReceiverReader::read_telegram(const YamlNode& node, Receiver& out) {
  Fields fields(problems_, node, "a telegram_config");
  Integration made = integration(fields, "telegram", true);
  TelegramReceiver telegram;
  telegram.api_url = global_.telegram_api_url;
  fields.text("api_url", telegram.api_url, address_problem);
  fields.secret("bot_token", telegram.token);
  if (telegram.token.empty()) telegram.token = global_.telegram_bot_token;
  if (telegram.token.empty()) fields.problem("a telegram_config has neither bot_token nor bot_token_file");
  int64_t chat = 0;
  fields.number("chat_id", INT64_MIN, INT64_MAX, chat);
  if (chat == 0) fields.problem("a telegram_config has no chat_id");
  telegram.chat = fmt::format("{}", chat);
  fields.number("message_thread_id", 0, INT64_MAX, telegram.thread);
  templated(fields, "message", telegram.message);
  fields.flag("disable_notifications", telegram.silent);
  fields.text("parse_mode", telegram.parse_mode, [](std::string_view mode) {
    return mode.empty() || mode == "HTML" || mode == "Markdown" || mode == "MarkdownV2" ? std::string() : std::string("it is HTML, Markdown, MarkdownV2 or \"\"");
  });
  read_http(fields.find("http_config"), made.http);
  fields.end();
  made.how = std::move(telegram);
  add(out, std::move(made));
}

}  // namespace monitorai::forward
