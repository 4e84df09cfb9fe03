#pragma once
// The lines that wait for one tail: filled by whoever writes, emptied by the thread "tail". Thread-safe; push() never blocks for long.

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "signals/logs.h"

namespace monitorai::serve {

/// A line that outlives its write.
struct WaitingLine {
  std::shared_ptr<const signals::Labels> stream;
  TimeNs time;
  std::string text;
  std::vector<signals::Label> metadata;
  std::chrono::nanoseconds arrived{0};  ///< by the monotonic clock
};

/// A line that was not sent: what its client is told of it.
struct DroppedLine {
  TimeNs time;
  std::shared_ptr<const signals::Labels> stream;
};

class TailQueue {
 public:
  explicit TailQueue(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Copies the lines; those that do not fit are dropped. True when it was empty.
  bool push(const signals::Labels& stream, std::span<const signals::LogLineView> lines, std::chrono::nanoseconds now);
  /// The lines that arrived until then, in the order of arrival.
  std::vector<WaitingLine> take(std::chrono::nanoseconds arrived_until);
  /// When the oldest arrived; nullopt when it is empty.
  std::optional<std::chrono::nanoseconds> oldest() const;
  /// What was dropped since the last call; the first `shown_max` by name.
  std::vector<DroppedLine> take_dropped();
  void add_dropped(DroppedLine line);
  uint64_t dropped() const;

 private:
  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::vector<WaitingLine> lines_;
  size_t bytes_ = 0;
  std::vector<DroppedLine> dropped_shown_;
  uint64_t dropped_ = 0;
};

}  // namespace monitorai::serve
