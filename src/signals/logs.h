#pragma once
// Log lines of streams: the ports through which they are written to a store, selected from it and followed live. The embedded store, a
// fake in tests and a remote Loki all implement them; query and serve know nothing else.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "signals/labels.h"
#include "signals/matcher.h"
#include "signals/samples.h"

namespace monitorai::signals {

/// [from, to): Loki's ranges include their start and exclude their end.
struct LogRange {
  TimeNs from;
  TimeNs to;
  bool empty() const { return to <= from; }
  bool contains(TimeNs t) const { return from <= t && t < to; }
  auto operator<=>(const LogRange&) const = default;
};

// ---- writing ----

/// Views live until write() returns. Structured metadata is sorted by name, without doubles and without empty values.
struct LogLineView {
  TimeNs time;
  std::string_view line;  ///< valid UTF-8, without the line's end; may hold '\n' inside (a traceback)
  std::span<const LabelView> metadata{};
  /// The line as it came, where it was masked on its way: for listeners that judge it, and never stored.
  const LogLineView* original = nullptr;
};

/// Lines of one stream, in any order of time. The labels are sorted by name, without doubles and without empty values.
struct StreamWrite {
  std::span<const LabelView> labels;
  std::span<const LogLineView> lines;
};

/// What became of a write. Good lines of a mixed request are kept.
struct LogWriteOutcome {
  size_t accepted = 0;
  size_t duplicates = 0;      ///< same stream, time, text and metadata: dropped silently, so that a replay adds nothing
  size_t out_of_order = 0;    ///< further behind the newest line of its stream than the out-of-order window allows
  size_t too_old = 0;         ///< before retention
  size_t too_new = 0;         ///< further in the future than the limit
  size_t too_long = 0;        ///< longer than the line limit
  size_t over_limit = 0;      ///< of streams refused by the stream or label limits
  size_t invalid = 0;         ///< labels that are no labels, no labels at all, text that is not UTF-8
  std::string first_problem;  ///< for the answer to the sender: names a stream and the reason; "" when all went well
  size_t refused() const { return out_of_order + too_old + too_new + too_long + over_limit + invalid; }
};

/// Thread: any. Returning means acknowledged: it survives kill -9 and is found by the next query. Code::unavailable: the disk is full or
/// failing, nothing was kept, try again later. Code::exhausted: under pressure, nothing was kept, try again with a pause.
class LogWriter {
 public:
  virtual ~LogWriter() = default;
  virtual Result<LogWriteOutcome> write(std::span<const StreamWrite> streams) = 0;
};

// ---- reading ----

enum class Direction { forward, backward };

/// Consecutive lines of one stream, ascending by time (equal times in the order of arrival), whatever the direction of the reading.
/// The text is one piece, each line followed by '\n', so that a search may run over all of it at once.
struct LogBlock {
  std::span<const int64_t> times_ns;
  std::string_view text;
  std::span<const uint32_t> ends;  ///< of each line in `text`, before its '\n'; the next line starts at ends[i] + 1

  size_t size() const { return times_ns.size(); }
  size_t begin_of(size_t i) const { return i == 0 ? 0 : ends[i - 1] + 1; }
  std::string_view line(size_t i) const { return text.substr(begin_of(i), ends[i] - begin_of(i)); }

  /// Structured metadata: of line i, the set `sets[set_of[i]]`; both are empty where no line of the block has any.
  std::span<const std::vector<Label>> sets;
  std::span<const uint32_t> set_of;
  std::span<const Label> metadata(size_t i) const {
    return set_of.empty() ? std::span<const Label>{} : std::span<const Label>{sets[set_of[i]]};
  }
};

/// Reads one stream, block by block. One thread at a time.
class LogCursor {
 public:
  virtual ~LogCursor() = default;
  /// The times that the next block lies in, from the index, without decompressing it; nullopt at the end.
  virtual std::optional<LogRange> peek() const = 0;
  /// The next block, cut to the range that was asked for; nullptr at the end. It lives until the next call.
  virtual Result<const LogBlock*> next() = 0;
};

/// Literals of which every line that the reader wants contains all: blocks that cannot hold one of them are skipped without being
/// decompressed. A hint: lines without them may be returned too. Case-sensitive bytes.
using Needles = std::vector<std::string>;

struct StreamUsage {
  uint64_t lines = 0;
  uint64_t bytes = 0;   ///< of the lines' text, before compression
  uint64_t blocks = 0;
};

/// The streams that a selector found: an immutable snapshot. All functions are const and may be called from many threads at once.
class StreamSet {
 public:
  virtual ~StreamSet() = default;
  virtual size_t size() const = 0;
  /// Lives as long as the set.
  virtual const Labels& labels(size_t stream) const = 0;
  /// Blocks follow each other in the direction and do not overlap in time (a shared bound is possible).
  virtual Result<std::unique_ptr<LogCursor>> read(size_t stream, LogRange range, Direction direction, const Needles& needles) const = 0;
  /// From the index: a block that lies in the range in part counts in proportion.
  virtual StreamUsage usage(size_t stream, LogRange range) const = 0;
};

/// Called on the thread that wrote, once the lines are searchable. Must not block: copy and return.
using LogListener = std::function<void(const Labels& stream, std::span<const LogLineView> lines)>;

/// Thread: any.
class LogSource {
 public:
  virtual ~LogSource() = default;
  /// Streams that all matchers select; no matchers select all. Ranges are hints for streams and exact for lines.
  virtual Result<std::unique_ptr<StreamSet>> select(std::span<const Matcher> matchers, LogRange range) const = 0;
  /// Sorted; at most limit (0: all).
  virtual Result<std::vector<std::string>> label_names(std::span<const Matcher> matchers, LogRange range, size_t limit) const = 0;
  virtual Result<std::vector<std::string>> label_values(std::string_view name, std::span<const Matcher> matchers, LogRange range, size_t limit) const = 0;
  /// Calls the listener for each accepted write to a selected stream, until what is returned is destroyed (which waits for a running
  /// call to end).
  virtual std::shared_ptr<void> listen(std::vector<Matcher> matchers, LogListener listener) const = 0;
};

}  // namespace monitorai::signals
