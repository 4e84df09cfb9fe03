#include "serve/loki/tail_queue.h"

#include <algorithm>

#include "serve/loki/live_tail.h"

namespace monitorai::serve {
namespace {

/// What a queued line costs beside its text.
constexpr size_t kLineOverhead = sizeof(WaitingLine) + 32;

}  // namespace

bool TailQueue::push(const signals::Labels& stream, std::span<const signals::LogLineView> lines, std::chrono::nanoseconds now) {
  const auto shared = std::make_shared<const signals::Labels>(stream);
  const std::lock_guard lock(mutex_);
  const bool was_empty = lines_.empty();
  for (const signals::LogLineView& line : lines) {
    size_t bytes = line.line.size() + kLineOverhead;
    for (const auto& [name, value] : line.metadata) bytes += name.size() + value.size() + sizeof(signals::Label);
    // One line always fits: the limit is for what waits behind it.
    if (!lines_.empty() && bytes_ + bytes > bytes_max_) {
      ++dropped_;
      if (dropped_shown_.size() < kTailDroppedShownMax) dropped_shown_.push_back({line.time, shared});
      continue;
    }
    bytes_ += bytes;
    WaitingLine waiting{.stream = shared, .time = line.time, .text = std::string(line.line), .metadata = {}, .arrived = now};
    for (const auto& [name, value] : line.metadata) waiting.metadata.push_back({std::string(name), std::string(value)});
    lines_.push_back(std::move(waiting));
  }
  return was_empty && !lines_.empty();
}

std::vector<WaitingLine> TailQueue::take(std::chrono::nanoseconds arrived_until) {
  const std::lock_guard lock(mutex_);
  const auto end = std::find_if(lines_.begin(), lines_.end(), [&](const WaitingLine& line) { return line.arrived > arrived_until; });
  if (end == lines_.end()) {
    bytes_ = 0;
    return std::exchange(lines_, {});
  }
  std::vector<WaitingLine> out(std::make_move_iterator(lines_.begin()), std::make_move_iterator(end));
  lines_.erase(lines_.begin(), end);
  for (const WaitingLine& line : out) {
    size_t bytes = line.text.size() + kLineOverhead;
    for (const auto& [name, value] : line.metadata) bytes += name.size() + value.size() + sizeof(signals::Label);
    bytes_ -= bytes;
  }
  return out;
}

std::optional<std::chrono::nanoseconds> TailQueue::oldest() const {
  const std::lock_guard lock(mutex_);
  return lines_.empty() ? std::nullopt : std::optional(lines_.front().arrived);
}

std::vector<DroppedLine> TailQueue::take_dropped() {
  const std::lock_guard lock(mutex_);
  return std::exchange(dropped_shown_, {});
}

void TailQueue::add_dropped(DroppedLine line) {
  const std::lock_guard lock(mutex_);
  ++dropped_;
  if (dropped_shown_.size() < kTailDroppedShownMax) dropped_shown_.push_back(std::move(line));
}

uint64_t TailQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace monitorai::serve
