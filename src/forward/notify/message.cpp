#include "forward/notify/message.h"

#include <simdjson.h>

#include "base/text.h"

namespace monitorai::forward {
namespace {

constexpr size_t kAnswerShownMax = 300;  ///< bytes of an answer that go into an error

/// Slack answers 200 with {"ok":false,"error":"..."} to its Web API, Telegram likewise.
std::string refusal(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  bool ok = true;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS || root["ok"].get(ok) != simdjson::SUCCESS || ok) return {};
  std::string_view why;
  if (root["error"].get(why) == simdjson::SUCCESS || root["description"].get(why) == simdjson::SUCCESS) return std::string(why);
  return "no reason given";
}

}  // namespace

std::string Renderer::text(std::string_view text_template) {
  auto made = templates_.expand(text_template, notification_);
  if (made) return std::move(*made);
  ++failures_;
  return fmt::format("<error expanding template: {}>", made.error().message);
}

std::string Renderer::html(std::string_view text_template) {
  auto made = templates_.expand_html(text_template, notification_);
  if (made) return std::move(*made);
  ++failures_;
  return fmt::format("&lt;error expanding template: {}&gt;", made.error().message);
}

Result<Message> make_message(const Integration& integration, Renderer& renderer) {
  return std::visit(
      [&](const auto& how) -> Result<Message> {
        using How = std::decay_t<decltype(how)>;
        if constexpr (std::is_same_v<How, WebhookReceiver>) return webhook_message(how, integration, renderer);
        if constexpr (std::is_same_v<How, SlackReceiver>) return slack_message(how, integration, renderer);
        if constexpr (std::is_same_v<How, PagerDutyReceiver>) return pagerduty_message(how, integration, renderer);
        if constexpr (std::is_same_v<How, EmailReceiver>) return email_message(how, renderer);
        if constexpr (std::is_same_v<How, MsTeamsReceiver>) return teams_message(how, integration, renderer);
        if constexpr (std::is_same_v<How, TelegramReceiver>) return telegram_message(how, integration, renderer);
      },
      integration.how);
}

Result<HttpMessage> http_message(const HttpOptions& options, std::string url) {
  HttpMessage out;
  out.url = std::move(url);
  out.settings.total_timeout = kTryTimeout;
  out.settings.body_bytes_max = 64 << 10;
  out.settings.redirects_max = options.follow_redirects ? 5 : 0;
  out.settings.proxy_from_environment = options.proxy_from_environment;
  out.settings.proxy = options.proxy_url;
  out.settings.ca_file = options.ca_file;
  out.settings.certificate_file = options.certificate_file;
  out.settings.key_file = options.key_file;
  out.settings.tls_server_name = options.server_name;
  out.settings.insecure_skip_verify = options.insecure_skip_verify;
  out.settings.user = options.user;
  if (!options.password.empty()) {
    MAI_TRY_ASSIGN(out.settings.password, options.password.read());
  }
  if (!options.credentials.empty()) {
    MAI_TRY_ASSIGN(const std::string credentials, options.credentials.read());
    out.headers.emplace_back("Authorization", fmt::format("{} {}", options.authorization_type, credentials));
  }
  return out;
}

std::string cut_characters(std::string text, size_t characters_max) {
  text = to_valid_utf8(text);
  size_t characters = 0, keep = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0u) == 0x80u) continue;
    if (characters == characters_max - 1) keep = i;
    if (++characters > characters_max) return text.substr(0, keep) + "…";
  }
  return text;
}

std::string cut_bytes(std::string text, size_t bytes_max) {
  text = to_valid_utf8(text);
  if (text.size() <= bytes_max) return text;
  size_t keep = bytes_max - 3;
  while (keep > 0 && (static_cast<unsigned char>(text[keep]) & 0xc0u) == 0x80u) --keep;
  return text.substr(0, keep) + "…";
}

Result<void> judge_answer(const Integration& integration, const net::HttpClientResponse& answer) {
  if (answer.status / 100 == 2) {
    if (integration.kind != "slack" && integration.kind != "telegram") return {};
    const std::string why = refusal(answer.body);
    if (why.empty()) return {};
    const Code code = why == "ratelimited" || why == "rate_limited" ? Code::unavailable : Code::invalid;
    return Error{code, fmt::format("cannot notify by {}: it answered \"{}\"", integration.kind, to_valid_utf8(why))};
  }
  const bool again = answer.status / 100 == 5 || answer.status == 429 || answer.status == 408;
  const std::string body = cut_bytes(std::string(trim(answer.body)), kAnswerShownMax);
  return Error{again ? Code::unavailable : Code::invalid,
               fmt::format("cannot notify by {}: it answered with status {}{}", integration.kind, answer.status, body.empty() ? "" : ": " + body)};
}

}  // namespace monitorai::forward
