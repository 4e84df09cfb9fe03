// Microsoft Teams (connectors' MessageCard, workflows' Adaptive Card) and Telegram's Bot API.

#include "base/json_writer.h"
#include "base/text.h"
#include "forward/notify/message.h"

namespace monitorai::forward {
namespace {

constexpr std::string_view kRed = "8C1A1A", kGreen = "2DC72D", kGrey = "808080";

void write_card(JsonWriter& out, const MsTeamsReceiver& receiver, Renderer& renderer) {
  const Notification& told = renderer.told();
  const std::string title = renderer.text(receiver.title), text = cut_bytes(renderer.text(receiver.text), kTeamsBytesMax);
  if (!receiver.adaptive_card) {
    out.begin_object().field("@context", "http://schema.org/extensions").field("@type", "MessageCard").field("type", "MessageCard").field("title", title);
    out.field("summary", renderer.text(receiver.summary)).field("text", text);
    out.field("themeColor", told.alerts.empty() ? kGrey : told.firing() > 0 ? kRed : kGreen).end_object();
    return;
  }
  out.begin_object().field("type", "message").key("attachments").begin_list().begin_object();
  out.field("contentType", "application/vnd.microsoft.card.adaptive").key("contentUrl").value(std::optional<bool>()).key("content").begin_object();
  out.field("$schema", "http://adaptivecards.io/schemas/adaptive-card.json").field("type", "AdaptiveCard").field("version", "1.2");
  out.key("body").begin_list();
  out.begin_object().field("type", "TextBlock").field("text", title).field("weight", "Bolder").field("size", "Medium").field("wrap", true);
  out.field("style", "heading").field("color", told.firing() > 0 ? "Attention" : "Good").end_object();
  out.begin_object().field("type", "TextBlock").field("text", text).field("wrap", true).end_object().end_list();
  out.key("msteams").begin_object().field("width", "full").end_object();
  out.end_object().end_object().end_list().end_object();
}

}  // namespace

Result<Message> teams_message(const MsTeamsReceiver& receiver, const Integration& integration, Renderer& renderer) {
  MAI_TRY_ASSIGN(std::string url, receiver.url.read());
  MAI_TRY_ASSIGN(HttpMessage message, http_message(integration.http, std::move(url)));
  JsonWriter out;
  write_card(out, receiver, renderer);
  message.body = out.take();
  return Message(std::move(message));
}

Result<Message> telegram_message(const TelegramReceiver& receiver, const Integration& integration, Renderer& renderer) {
  MAI_TRY_ASSIGN(const std::string token, receiver.token.read());
  MAI_TRY_ASSIGN(HttpMessage message, http_message(integration.http, fmt::format("{}/bot{}/sendMessage", receiver.api_url, token)));
  JsonWriter out;
  // Values are escaped in HTML: an alert about "<none>" would be refused otherwise.
  const std::string text = receiver.parse_mode == "HTML" ? renderer.html(receiver.message) : renderer.text(receiver.message);
  out.begin_object().key("chat_id").value(parse_integer<int64_t>(receiver.chat).value_or(0));
  out.field("text", cut_characters(std::string(trim(text)), kTelegramCharactersMax));
  if (!receiver.parse_mode.empty()) out.field("parse_mode", receiver.parse_mode);
  out.field("disable_web_page_preview", true).field("disable_notification", receiver.silent);
  if (receiver.thread != 0) out.field("message_thread_id", receiver.thread);
  message.body = out.end_object().take();
  return Message(std::move(message));
}

}  // namespace monitorai::forward
