#pragma once
// Whether the wall clock may be believed. Deleting by age cannot be undone, so a clock that jumps (a dead battery, a wrong time server, a
// machine that was asleep) must hold for a while before anything is deleted by it. Thread: whoever does the upkeep.

#include <optional>

#include "base/clock.h"

namespace monitorai::store {

class ClockWatch {
 public:
  /// What wall time may gain or lose against the monotonic clock between two looks before it counts as a jump.
  static constexpr std::chrono::milliseconds kJumpMin = std::chrono::minutes(10);
  /// How long a clock must hold after a jump.
  static constexpr std::chrono::nanoseconds kHoldsAfter = std::chrono::hours(1);

  explicit ClockWatch(const Clock& clock) : clock_(clock), offset_(offset()) {}

  /// Looks at both clocks; true while no jump was seen for kHoldsAfter. To be called often: jumps are seen between two calls.
  bool holds() {
    const auto now = offset();
    if (now - offset_ >= kJumpMin || offset_ - now >= kJumpMin) distrust();
    offset_ = now;
    return !distrusted_since_ || clock_.monotonic() - *distrusted_since_ >= kHoldsAfter;
  }
  /// As if a jump had been seen now.
  void distrust() { distrusted_since_ = clock_.monotonic(); }

 private:
  std::chrono::milliseconds offset() const {
    return std::chrono::milliseconds(clock_.now().ms) - std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic());
  }

  const Clock& clock_;
  std::chrono::milliseconds offset_;
  std::optional<std::chrono::nanoseconds> distrusted_since_;
};

}  // namespace monitorai::store
