#pragma once
// An alert as notifiers know it: labels, annotations, and since when and until when it fires. As in Alertmanager.

#include <map>
#include <string>

#include "base/clock.h"
#include "signals/labels.h"

namespace monitorai::forward {

using TextMap = std::map<std::string, std::string>;

/// 64 bits of FNV-1a over the labels: the value that Alertmanager shows as an alert's fingerprint.
uint64_t fingerprint(const signals::Labels& labels);
/// 16 hex digits.
std::string fingerprint_text(uint64_t fingerprint);

struct Alert {
  signals::Labels labels;  ///< its identity
  TextMap annotations;
  TimeMs starts_at;
  TimeMs ends_at;  ///< in the future: it fires, and counts as resolved from then on unless its sender repeats it
  TimeMs updated_at;
  bool timeout = false;  ///< ends_at was not told but follows from resolve_timeout
  std::string generator_url;

  bool resolved(TimeMs now) const { return ends_at <= now; }
};

/// What is known after the same alert was told again: times join when both tell of one period, else the newer counts.
Alert merged(const Alert& known, const Alert& told, TimeMs now);

/// "2026-11-23T13:00:00.25Z", as Go's RFC 3339 with up to nine digits; time zero is "0001-01-01T00:00:00Z".
std::string rfc3339_text(TimeMs time);

}  // namespace monitorai::forward
