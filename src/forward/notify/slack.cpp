// Slack's attachments, by an incoming webhook or chat.postMessage (docs.slack.dev/reference/messaging/attachments).

#include "base/json_writer.h"
#include "base/text.h"
#include "forward/notify/message.h"

namespace monitorai::forward {
namespace {

void write_if(JsonWriter& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.field(name, text);
}

void write_attachment(JsonWriter& out, const SlackReceiver& receiver, Renderer& renderer) {
  out.begin_object();
  write_if(out, "title", cut_characters(renderer.text(receiver.title), kSlackTitleCharactersMax));
  write_if(out, "title_link", renderer.text(receiver.title_link));
  write_if(out, "pretext", renderer.text(receiver.pretext));
  out.field("text", cut_bytes(renderer.text(receiver.text), kSlackTextBytesMax));
  out.field("fallback", cut_bytes(renderer.text(receiver.fallback), kSlackTextBytesMax));
  out.field("callback_id", renderer.text(receiver.callback_id));
  if (!receiver.fields.empty()) {
    out.key("fields").begin_list();
    for (const SlackField& field : receiver.fields)
      out.begin_object()
          .field("title", renderer.text(field.title))
          .field("value", renderer.text(field.value))
          .field("short", field.is_short.value_or(receiver.short_fields))
          .end_object();
    out.end_list();
  }
  if (!receiver.actions.empty()) {
    out.key("actions").begin_list();
    for (const SlackAction& action : receiver.actions) {
      out.begin_object().field("type", renderer.text(action.type)).field("text", renderer.text(action.text));
      write_if(out, "url", renderer.text(action.url));
      write_if(out, "style", renderer.text(action.style));
      write_if(out, "name", renderer.text(action.name));
      write_if(out, "value", renderer.text(action.value));
      out.end_object();
    }
    out.end_list();
  }
  write_if(out, "image_url", renderer.text(receiver.image_url));
  write_if(out, "thumb_url", renderer.text(receiver.thumb_url));
  out.field("footer", renderer.text(receiver.footer));
  write_if(out, "color", renderer.text(receiver.color));
  out.key("mrkdwn_in").begin_list();
  for (const std::string& part : receiver.mrkdwn_in) out.value(part);
  out.end_list().end_object();
}

}  // namespace

Result<Message> slack_message(const SlackReceiver& receiver, const Integration& integration, Renderer& renderer) {
  MAI_TRY_ASSIGN(std::string url, receiver.api_url.read());
  MAI_TRY_ASSIGN(HttpMessage message, http_message(integration.http, std::move(url)));
  if (!receiver.app_token.empty()) {
    MAI_TRY_ASSIGN(message.settings.bearer_token, receiver.app_token.read());
  }
  JsonWriter out;
  out.begin_object();
  write_if(out, "channel", renderer.text(receiver.channel));
  write_if(out, "username", renderer.text(receiver.username));
  write_if(out, "icon_emoji", renderer.text(receiver.icon_emoji));
  write_if(out, "icon_url", renderer.text(receiver.icon_url));
  if (receiver.link_names) out.field("link_names", true);
  out.key("attachments").begin_list();
  write_attachment(out, receiver, renderer);
  message.body = out.end_list().end_object().take();
  return Message(std::move(message));
}

}  // namespace monitorai::forward
