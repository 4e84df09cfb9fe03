#include "store/logs/log_stream_set.h"

#include <cmath>

namespace monitorai::store {

using signals::Direction;
using signals::LogCursor;
using signals::LogRange;
using signals::Needles;
using signals::StreamUsage;

Result<std::unique_ptr<LogCursor>> StoredStreams::read(size_t stream, LogRange range, Direction direction, const Needles& needles) const {
  return std::unique_ptr<LogCursor>(std::make_unique<StoredLogCursor>(views_[stream], range, direction, GramQuery(needles)));
}

StreamUsage StoredStreams::usage(size_t stream, LogRange range) const {
  StreamUsage out;
  const auto add = [&](int64_t from_ns, int64_t to_ns, uint64_t lines, uint64_t bytes) {
    const int64_t from = std::max(from_ns, range.from.ns);
    const int64_t to = std::min(to_ns, range.to.ns - 1);
    if (from > to) return;
    const double share = (static_cast<double>(to - from) + 1) / (static_cast<double>(to_ns - from_ns) + 1);
    const auto part = [&](uint64_t all) { return static_cast<uint64_t>(std::llround(share * static_cast<double>(all))); };
    out.lines += part(lines);
    out.bytes += part(bytes);
    ++out.blocks;
  };
  const StreamView& view = views_[stream];
  // The text of a block holds a '\n' a line, which is not the sender's.
  for (const StreamView::Day& day : view.days)
    for (const BlockEntry& entry : view.entries(day, range)) add(entry.from_ns, entry.to_ns, entry.lines, entry.text_bytes - entry.lines);
  for (const LogHead::Snapshot& memory : view.memory)
    add(memory.from_ns, memory.to_ns, memory.size, memory.block.text.size() - memory.size);
  return out;
}

}  // namespace monitorai::store
