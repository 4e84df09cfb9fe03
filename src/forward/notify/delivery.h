#pragma once
// A delivery: one notification on its way to one integration of a receiver, from the moment it was due until it arrived or was given up.

#include <set>
#include <string>

#include "forward/notify/template_set.h"

namespace monitorai::forward {

enum class DeliveryState {
  waiting,     ///< for its first or next try
  sent,        ///< the receiver took it
  failed,      ///< the receiver refused it for good
  superseded,  ///< a newer one of the same group tells more
  dropped,     ///< its receiver is no longer configured
};
std::string_view delivery_state_name(DeliveryState state);

/// Which integration of which receiver: Alertmanager's "team-a/slack/0".
struct Addressee {
  std::string receiver;
  std::string kind;
  size_t number = 0;
  auto operator<=>(const Addressee&) const = default;
  std::string text() const;
};

/// What a receiver heard last of a group.
struct Heard {
  TimeMs at;
  std::set<uint64_t> firing;  ///< fingerprints
  std::set<uint64_t> resolved;
};

struct Delivery {
  int64_t id = 0;  ///< rises with time
  Addressee to;
  Notification notification;
  DeliveryState state = DeliveryState::waiting;
  TimeMs created;
  TimeMs updated;
  TimeMs next_try;
  uint64_t tries = 0;
  std::string error;  ///< of the newest try
};

/// A line of the delivery log.
struct DeliveryEntry {
  int64_t id = 0;
  Addressee to;
  DeliveryState state = DeliveryState::waiting;
  TimeMs created;
  TimeMs updated;
  TimeMs next_try;
  uint64_t tries = 0;
  std::string error;
  std::string group_key;
  signals::Labels group_labels;
  uint64_t firing = 0;
  uint64_t resolved = 0;
};

}  // namespace monitorai::forward
