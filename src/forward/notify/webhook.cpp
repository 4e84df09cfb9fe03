// Alertmanager's webhook payload, version 4
// (prometheus.io/docs/alerting/latest/configuration/#webhook_config).

#include "base/json_writer.h"
#include "forward/notify/message.h"

namespace monitorai::forward {
namespace {

template <class Map>
void write_map(JsonWriter& out, std::string_view name, const Map& map) {
  out.key(name).begin_object();
  for (const auto& [key, value] : map) out.field(key, value);
  out.end_object();
}

}  // namespace

Result<Message> webhook_message(const WebhookReceiver& receiver, const Integration& integration, Renderer& renderer) {
  MAI_TRY_ASSIGN(std::string url, receiver.url.read());
  MAI_TRY_ASSIGN(HttpMessage message, http_message(integration.http, std::move(url)));
  if (receiver.timeout.count() > 0) message.settings.total_timeout = std::min(receiver.timeout, kTryTimeout);
  const Notification& told = renderer.told();
  const size_t shown = receiver.alerts_max == 0 ? told.alerts.size() : std::min(receiver.alerts_max, told.alerts.size());
  JsonWriter out;
  out.begin_object().field("receiver", told.receiver).field("status", told.status()).key("alerts").begin_list();
  for (size_t i = 0; i < shown; ++i) {
    const Alert& alert = told.alerts[i];
    const bool resolved = alert.resolved(told.time);
    out.begin_object().field("status", resolved ? "resolved" : "firing");
    write_map(out, "labels", alert.labels);
    write_map(out, "annotations", alert.annotations);
    out.field("startsAt", rfc3339_text(alert.starts_at)).field("endsAt", rfc3339_text(resolved ? alert.ends_at : TimeMs{}));
    out.field("generatorURL", alert.generator_url).field("fingerprint", fingerprint_text(fingerprint(alert.labels))).end_object();
  }
  out.end_list();
  write_map(out, "groupLabels", told.group_labels);
  write_map(out, "commonLabels", told.common_labels());
  write_map(out, "commonAnnotations", told.common_annotations());
  out.field("externalURL", told.external_url).field("version", "4").field("groupKey", told.group_key);
  out.field("truncatedAlerts", told.alerts.size() - shown).end_object();
  message.body = out.take();
  return Message(std::move(message));
}

}  // namespace monitorai::forward
