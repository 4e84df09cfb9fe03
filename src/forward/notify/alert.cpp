#include "forward/notify/alert.h"

#include <fmt/format.h>

#include "text/go_time.h"

namespace monitorai::forward {
namespace {

bool overlap(const Alert& known, const Alert& told) {
  const auto inside = [&](TimeMs time) { return time > known.starts_at && time < known.ends_at; };
  return inside(told.ends_at) || inside(told.starts_at);
}

}  // namespace

uint64_t fingerprint(const signals::Labels& labels) {
  uint64_t hash = 14695981039346656037u;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    hash = (hash ^ 0xffu) * 1099511628211u;
  };
  for (const signals::Label& label : labels) {
    add(label.name);
    add(label.value);
  }
  return hash;
}

std::string fingerprint_text(uint64_t fingerprint) { return fmt::format("{:016x}", fingerprint); }

Alert merged(const Alert& known, const Alert& told, TimeMs now) {
  Alert out = told;
  if (!overlap(known, told)) return out;
  out.starts_at = std::min(known.starts_at, told.starts_at);
  if (told.resolved(now)) {
    if (known.resolved(now)) out.ends_at = std::max(known.ends_at, told.ends_at);
  } else if (!known.timeout) {
    out.ends_at = std::max(known.ends_at, told.ends_at);
  }
  return out;
}

std::string rfc3339_text(TimeMs time) {
  if (time.ms == 0) return "0001-01-01T00:00:00Z";
  return text::format_time({.ns = time.ms * 1'000'000}, "2006-01-02T15:04:05.999999999Z07:00");
}

}  // namespace monitorai::forward
