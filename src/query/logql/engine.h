#pragma once
// LogQL over a LogSource: text in, lines or values out. An engine holds no state of its queries; all functions are const and may be
// called from many threads at once and share the pool.

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/pool.h"
#include "query/promql/engine.h"
#include "query/promql/query_error.h"
#include "signals/logs.h"

namespace monitorai::query {

/// What one query may use. The error of a query that hits one names it.
struct LogQlLimits {
  uint64_t lines_returned_max = 5'000;  ///< of a log query: a request for more is refused, as Loki's max_entries_limit_per_query does
  uint64_t lines_scanned_max = 2'000'000'000;
  uint64_t bytes_scanned_max = uint64_t{1} << 40;  ///< of lines' text
  uint64_t series_max = 20'000;                   ///< of one range aggregation
  uint64_t samples_max = 50'000'000;              ///< values held at once: unwrapped samples, rows x steps
  uint64_t steps_max = 11'000;                    ///< of a range query
  size_t line_bytes_max = 1 << 20;                ///< what line_format or label_format may make of one line
  size_t template_steps_max = 100'000;            ///< actions, loop rounds and calls of one execution of a template
  std::chrono::milliseconds timeout{120'000};
};

struct LogQlStatistics {
  uint64_t lines_processed = 0;  ///< of the blocks that were read, whether or not they matched
  uint64_t bytes_processed = 0;  ///< their text
  uint64_t blocks_read = 0;
  uint64_t lines_matched = 0;  ///< that passed the whole pipeline
  uint64_t streams = 0;        ///< that the selectors found
  uint64_t entries_returned = 0;
  std::chrono::nanoseconds parse_time{0};
  std::chrono::nanoseconds evaluation_time{0};
  void merge(const LogQlStatistics& other);
};

struct LogEntry {
  TimeNs time;
  std::string line;
  auto operator<=>(const LogEntry&) const = default;
};

/// Entries whose labels are all the same. Loki's ordinary answer shows `labels`; with categorize-labels it shows `stream` and gives each
/// entry the other two.
struct LogStream {
  signals::Labels labels;               ///< all of them together
  signals::Labels stream;               ///< those of the stream
  signals::Labels structured_metadata;  ///< stored with the lines
  signals::Labels parsed;               ///< made by the pipeline, __error__ among them
  std::vector<LogEntry> entries;        ///< in the direction of the query
};

/// What a query gives. `streams` is of a log query; `metric` of a metric query: a vector, a matrix or a scalar as in PromQL.
struct LogQlResult {
  bool is_log = false;
  std::vector<LogStream> streams;  ///< sorted by labels
  QueryResult metric;
  LogQlStatistics statistics;
};

struct LogQlRange {
  TimeNs from;
  TimeNs to;                               ///< excluded for log queries, the last evaluation of metric queries
  std::chrono::milliseconds step{0};       ///< of metric queries; 0: (to - from) / 250 in whole seconds, at least 1 s, as Loki
  std::chrono::nanoseconds interval{0};    ///< of log queries: at most one line each interval
  uint64_t limit = 100;                    ///< of log queries
  signals::Direction direction = signals::Direction::backward;
};

/// A compiled log query for single lines as they come: live tail, and whoever filters a stream of lines. One thread at a time.
class LogQlTail {
 public:
  struct Line {
    signals::Labels labels;  ///< of the stream, its structured metadata and what the pipeline made
    LogEntry entry;
  };
  LogQlTail(LogQlTail&&) noexcept;
  LogQlTail& operator=(LogQlTail&&) noexcept;
  ~LogQlTail();
  /// What LogSource::select and listen need.
  const std::vector<signals::Matcher>& matchers() const;
  /// The line as the query shows it; nullopt when it is filtered out.
  std::optional<Line> process(const signals::Labels& stream, const signals::LogLineView& line);

 private:
  friend class LogQlEngine;
  struct State;
  explicit LogQlTail(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class LogQlEngine {
 public:
  LogQlEngine(LogQlLimits limits, Pool& pool) : limits_(limits), pool_(&pool) {}

  /// The value at one time. A log query is refused, as Loki does.
  Result<LogQlResult, QueryError> instant(const signals::LogSource& source, std::string_view query, TimeNs time,
                                          std::stop_token stop = {}) const;
  /// Lines of [from, to), or a matrix of the values at from, from + step, ... <= to.
  Result<LogQlResult, QueryError> range(const signals::LogSource& source, std::string_view query, const LogQlRange& range,
                                        std::stop_token stop = {}) const;
  /// QueryError of kind parse for metric queries.
  Result<LogQlTail, QueryError> tail(std::string_view query) const;

  /// The query over several lines where it is long: /loki/api/v1/format_query.
  Result<std::string, QueryError> format(std::string_view query) const;
  /// The matchers of a selector `{...}`, as the series, labels and volume calls have it; "" and `{}` select all.
  Result<std::vector<signals::Matcher>, QueryError> selector(std::string_view text) const;

  LogQlEngine with(LogQlLimits limits) const { return LogQlEngine(limits, *pool_); }
  const LogQlLimits& limits() const { return limits_; }
  Pool& pool() const { return *pool_; }

 private:
  LogQlLimits limits_;
  Pool* pool_;
};

}  // namespace monitorai::query
