#pragma once
// What stays the same while a query runs, and what its workers count together.

#include <atomic>
#include <chrono>
#include <stop_token>

#include "base/pool.h"
#include "query/logql/ast.h"
#include "query/logql/engine.h"
#include "query/promql/evaluator.h"

namespace monitorai::query::logql {

using Status = Result<void, QueryError>;

/// Shared by the workers of one query.
class Run {
 public:
  Run(const signals::LogSource& s, std::string_view query, const LogQlLimits& l, Pool& p, std::stop_token stop)
      : source(s), text(query), limits(l), pool(p), stop_(std::move(stop)), deadline_(std::chrono::steady_clock::now() + l.timeout) {}

  const signals::LogSource& source;
  const std::string_view text;  ///< the query, for the places of errors
  const LogQlLimits& limits;
  Pool& pool;

  std::stop_token stop() const { return stop_; }
  std::chrono::steady_clock::time_point deadline() const { return deadline_; }
  /// Cancelled, out of time?
  Status alive() const;
  /// Counts a block that was read; an error when a limit is passed.
  Status count_block(const signals::LogBlock& block);
  void count_matched(uint64_t lines) { matched_ += lines; }
  void count_streams(uint64_t streams) { streams_ += streams; }
  LogQlStatistics statistics() const;

 private:
  std::stop_token stop_;
  std::chrono::steady_clock::time_point deadline_;
  std::atomic<uint64_t> lines_{0};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> blocks_{0};
  std::atomic<uint64_t> matched_{0};
  std::atomic<uint64_t> streams_{0};
};

/// Reads the lines of [from, to) through a pipeline, and merges the streams.
Result<std::vector<LogStream>, QueryError> read_lines(Run& run, const LogExpr& log, const LogQlRange& range);

/// The rows of a range aggregation over the grid.
Result<ExternalRows, QueryError> aggregate_range(Run& run, const RangeAggregation& node, const Grid& grid);

}  // namespace monitorai::query::logql
