#pragma once
// Test scripts of LogQL, in the manner of promqltest: `clear`, `load` streams, `eval instant | range | logs`, with what is expected indented
// below. docs/logql.md describes the language. A script is parsed once and may be run over any storage.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/logql/engine.h"
#include "query/logql/testing/memory_log_source.h"
#include "query/promql/testing/series_notation.h"

namespace monitorai::query {

struct LogLoadCommand {
  struct Stream {
    signals::Labels labels;
    std::vector<MemoryLogSource::StoredLine> lines;
  };
  std::vector<Stream> streams;
};

struct LogEvalCommand {
  enum class Kind { instant, range, logs };
  Kind kind = Kind::instant;
  std::string query;
  TimeNs from;  ///< of an instant query: its time
  TimeNs to;
  std::chrono::milliseconds step{0};
  std::chrono::nanoseconds interval{0};
  uint64_t limit = 1000;
  signals::Direction direction = signals::Direction::forward;

  bool fails = false;
  std::string fail_message;  ///< found somewhere in the error
  bool ordered = false;
  bool expects_empty = false;
  std::optional<double> scalar;
  std::vector<NotatedSeries> series;
  struct ExpectedLine {
    signals::Labels labels;
    TimeNs time;
    std::string line;
  };
  std::vector<ExpectedLine> lines;
};

struct LogClearCommand {};

struct LogCommand {
  size_t line = 0;  ///< from 1
  std::variant<LogClearCommand, LogLoadCommand, LogEvalCommand> what;
};

/// Code::invalid with the line where the script is wrong.
Result<std::vector<LogCommand>> parse_log_script(std::string_view text);

}  // namespace monitorai::query
