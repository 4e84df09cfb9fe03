// PagerDuty's Events API v2 (developer.pagerduty.com/docs/events-api-v2-overview): the group's key is the incident's, so that repetitions
// join it and the end of the last alert resolves it.

#include <openssl/sha.h>

#include <array>

#include "base/json_writer.h"
#include "base/text.h"
#include "forward/notify/message.h"

namespace monitorai::forward {
namespace {

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string out;
  for (const unsigned char byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

void write_if(JsonWriter& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.field(name, text);
}

std::string body_of(const PagerDutyReceiver& receiver, const std::string& key, Renderer& renderer, bool details) {
  const Notification& told = renderer.told();
  JsonWriter out;
  out.begin_object().field("routing_key", key).field("dedup_key", sha256_hex(told.group_key));
  out.field("event_action", told.firing() > 0 ? "trigger" : "resolve");
  out.key("payload").begin_object();
  const std::string summary = cut_characters(renderer.text(receiver.description), kPagerDutySummaryCharactersMax);
  out.field("summary", summary.empty() ? std::string("alert") : summary);
  out.field("source", renderer.text(receiver.source)).field("severity", lower(renderer.text(receiver.severity)));
  write_if(out, "component", renderer.text(receiver.component));
  write_if(out, "group", renderer.text(receiver.group));
  write_if(out, "class", renderer.text(receiver.class_name));
  out.key("custom_details").begin_object();
  if (details)
    for (const auto& [name, text] : receiver.details) out.field(name, renderer.text(text));
  else
    out.field("error", fmt::format("Custom details have been removed because the event would be larger than {} KiB.", kPagerDutyBytesMax >> 10));
  out.end_object().end_object();
  write_if(out, "client", renderer.text(receiver.client));
  write_if(out, "client_url", renderer.text(receiver.client_url));
  if (!receiver.images.empty()) {
    out.key("images").begin_list();
    for (const PagerDutyImage& image : receiver.images) {
      const std::string src = renderer.text(image.src);
      if (src.empty()) continue;
      out.begin_object().field("src", src);
      write_if(out, "alt", renderer.text(image.alt));
      write_if(out, "href", renderer.text(image.href));
      out.end_object();
    }
    out.end_list();
  }
  if (!receiver.links.empty()) {
    out.key("links").begin_list();
    for (const PagerDutyLink& link : receiver.links) {
      const std::string href = renderer.text(link.href);
      if (href.empty()) continue;
      out.begin_object().field("href", href);
      write_if(out, "text", renderer.text(link.text));
      out.end_object();
    }
    out.end_list();
  }
  return out.end_object().take();
}

}  // namespace

Result<Message> pagerduty_message(const PagerDutyReceiver& receiver, const Integration& integration, Renderer& renderer) {
  MAI_TRY_ASSIGN(HttpMessage message, http_message(integration.http, receiver.url));
  MAI_TRY_ASSIGN(std::string key, receiver.routing_key.read());
  key = trim(renderer.text(key));
  message.body = body_of(receiver, key, renderer, true);
  if (message.body.size() > kPagerDutyBytesMax) message.body = body_of(receiver, key, renderer, false);
  return Message(std::move(message));
}

}  // namespace monitorai::forward
