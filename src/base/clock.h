#pragma once
// Time as a dependency: whoever needs it takes a Clock& in its constructor, and tests hand in a FakeClock that they move.

#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>

namespace monitorai {

/// Milliseconds since 1970-01-01 UTC, the resolution of Prometheus timestamps.
struct TimeMs {
  int64_t ms = 0;
  auto operator<=>(const TimeMs&) const = default;
};
inline TimeMs operator+(TimeMs t, std::chrono::milliseconds d) { return {t.ms + d.count()}; }
inline TimeMs operator-(TimeMs t, std::chrono::milliseconds d) { return {t.ms - d.count()}; }
inline std::chrono::milliseconds operator-(TimeMs a, TimeMs b) { return std::chrono::milliseconds{a.ms - b.ms}; }

/// Both bounds inclusive.
struct TimeRange {
  TimeMs from;
  TimeMs to;
  auto operator<=>(const TimeRange&) const = default;
};

/// Nanoseconds since 1970-01-01 UTC, the resolution of log lines and spans.
struct TimeNs {
  int64_t ns = 0;
  auto operator<=>(const TimeNs&) const = default;
};
inline TimeNs operator+(TimeNs t, std::chrono::nanoseconds d) { return {t.ns + d.count()}; }
inline TimeNs operator-(TimeNs t, std::chrono::nanoseconds d) { return {t.ns - d.count()}; }
inline std::chrono::nanoseconds operator-(TimeNs a, TimeNs b) { return std::chrono::nanoseconds{a.ns - b.ns}; }

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time: may jump both ways.
  virtual TimeMs now() const = 0;
  /// Time since some fixed point of this boot: never goes back. For intervals.
  virtual std::chrono::nanoseconds monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimeMs now() const override {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
  }
  std::chrono::nanoseconds monotonic() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
};

/// Stands still until a test moves it. advance() moves both clocks; set() jumps the wall clock alone.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(TimeMs start = {1'700'000'000'000}) : wall_ms_(start.ms) {}
  TimeMs now() const override { return {wall_ms_.load()}; }
  std::chrono::nanoseconds monotonic() const override { return std::chrono::nanoseconds{monotonic_ns_.load()}; }
  void advance(std::chrono::milliseconds by) {
    wall_ms_ += by.count();
    monotonic_ns_ += by.count() * 1'000'000;
  }
  void set(TimeMs wall) { wall_ms_ = wall.ms; }

 private:
  std::atomic<int64_t> wall_ms_;
  std::atomic<int64_t> monotonic_ns_{1'000'000'000};
};

}  // namespace monitorai
