#include "store/logs/log_stream.h"

#include <algorithm>

namespace monitorai::store {

using signals::LogRange;

DayBlocks& LogStream::day_of(const std::shared_ptr<LogPartition>& partition) {
  const auto at = std::lower_bound(days.begin(), days.end(), partition->begin_ms(),
                                   [](const auto& day, int64_t begin_ms) { return day->partition->begin_ms() < begin_ms; });
  if (at != days.end() && (*at)->partition == partition) return **at;
  auto fresh = std::make_shared<DayBlocks>();
  fresh->partition = partition;
  return **days.insert(at, std::move(fresh));
}

StreamView StreamView::of(std::shared_ptr<const LogStream> stream) {
  StreamView out;
  const std::lock_guard lock(stream->mutex);
  for (const auto& head : stream->waiting) out.memory.push_back(LogHead::snapshot(head));
  if (stream->head != nullptr) out.memory.push_back(LogHead::snapshot(stream->head));
  std::erase_if(out.memory, [](const auto& snapshot) { return snapshot.size == 0; });
  for (const auto& day : stream->days) out.days.push_back({day, day->entries.size(), day->from_ns, day->to_ns});
  out.stream = std::move(stream);
  return out;
}

bool StreamView::touches(LogRange range) const {
  const auto in = [&](const auto& part) { return part.from_ns < range.to.ns && part.to_ns >= range.from.ns; };
  return std::any_of(memory.begin(), memory.end(), in) || std::any_of(days.begin(), days.end(), in);
}

std::vector<BlockEntry> StreamView::entries(const Day& day, LogRange range) const {
  std::vector<BlockEntry> out;
  if (day.from_ns >= range.to.ns || day.to_ns < range.from.ns) return out;
  const std::lock_guard lock(stream->mutex);
  for (size_t i = 0; i < day.count; ++i) {
    const BlockEntry& entry = day.blocks->entries[i];
    if (entry.from_ns < range.to.ns && entry.to_ns >= range.from.ns) out.push_back(entry);
  }
  return out;
}

}  // namespace monitorai::store
