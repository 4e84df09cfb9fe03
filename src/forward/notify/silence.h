#pragma once
// Silences: for a time, alerts that match are not told of. Acknowledgements: somebody looks after an alert, so it is not repeated.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "forward/notify/matchers.h"

namespace monitorai::forward {

inline constexpr size_t kSilencesMax = 10'000;
inline constexpr size_t kSilenceBytesMax = 64 << 10;  ///< of one, all texts together
/// How long an ended silence can still be looked at.
inline constexpr std::chrono::hours kSilenceRetention{120};

struct Silence {
  std::string id;  ///< a UUID
  Matchers matchers;
  TimeMs starts_at;
  TimeMs ends_at;
  TimeMs updated_at;
  std::string created_by;
  std::string comment;

  /// "pending", "active", "expired"
  std::string_view state(TimeMs now) const { return now < starts_at ? "pending" : now < ends_at ? "active" : "expired"; }
  bool active(TimeMs now) const { return starts_at <= now && now < ends_at; }
};

/// What makes a silence unusable: "" for nothing.
std::string silence_problem(const Silence& silence, TimeMs now);
/// Whether `changed` may take the place of `known` under its id, or has to become a silence of its own beside the ended one.
bool may_replace(const Silence& known, const Silence& changed, TimeMs now);
/// A random UUID (version 4).
std::string new_silence_id();

struct Acknowledgement {
  std::string by;
  std::string comment;
  TimeMs at;
};

}  // namespace monitorai::forward
