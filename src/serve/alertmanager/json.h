#pragma once
// Bodies of the API: what clients post, and what they get.

#include <vector>

#include "base/json_writer.h"
#include "forward/notify/dispatcher.h"

namespace monitorai::serve {

/// Alerts as they are posted; absent times are 0. Those that cannot be used are told in `problems`. The error: the body is no list.
Result<std::vector<forward::Alert>> read_posted_alerts(std::string_view json, size_t count_max, std::vector<std::string>& problems);
Result<forward::Silence> read_posted_silence(std::string_view json);

struct PostedAcknowledgement {
  uint64_t fingerprint = 0;
  forward::Acknowledgement acknowledgement;
};
Result<PostedAcknowledgement> read_posted_acknowledgement(std::string_view json);
/// 16 hex digits.
std::optional<uint64_t> parse_fingerprint(std::string_view text);

void write_alert(JsonWriter& out, const forward::AlertStatus& alert);
/// Of an alert that is acknowledged: which one, by whom, why, since when.
void write_acknowledgement(JsonWriter& out, const forward::AlertStatus& alert);
void write_silence(JsonWriter& out, const forward::Silence& silence, TimeMs now);
void write_delivery(JsonWriter& out, const forward::DeliveryEntry& entry);
/// "2026-11-23T13:00:00.000Z"
std::string date_time(TimeMs time);

}  // namespace monitorai::serve
