#pragma once
// The answers of Loki's API, for the commands: lines of log queries and of live tails. The adapter of simdjson for them.

#include <string>
#include <string_view>
#include <vector>

#include "app/query/api_client.h"
#include "base/clock.h"
#include "signals/labels.h"

namespace monitorai::app {

struct AnsweredLine {
  TimeNs time;
  std::string text;
  size_t stream = 0;  ///< index in AnsweredLogs::streams
};

struct AnsweredLogs {
  std::vector<signals::Labels> streams;
  std::vector<AnsweredLine> lines;  ///< in the order of the answer, stream by stream
  size_t dropped = 0;               ///< entries that a live tail says it lost
};

/// What a query gave: lines, or the samples of a metric query.
struct LogAnswer {
  bool is_log = false;
  AnsweredLogs logs;
  Answer metric;
};

/// Of query and query_range.
Result<LogAnswer> read_log_answer(std::string_view json);
/// One message of a live tail.
Result<AnsweredLogs> read_tail_message(std::string_view json);
/// POSTs a query to Loki's API. An error is the server's text.
Result<LogAnswer> ask_logs(const ApiAddress& address, const std::string& path, const net::Parameters& parameters);

}  // namespace monitorai::app
