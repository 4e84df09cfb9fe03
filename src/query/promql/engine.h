#pragma once
// PromQL over a MetricSource: text in, value out. An engine holds no state of its queries but their number; instant() and range() may be
// called from many threads at once and share the pool.

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/pool.h"
#include "query/promql/parser.h"
#include "query/promql/query_error.h"
#include "signals/samples.h"

namespace monitorai::query {

/// What one query may use. The error of a query that hits one names it.
struct Limits {
  uint64_t samples_max = 50'000'000;  ///< values held at once: rows x steps of intermediate results, samples of one series
  uint64_t steps_max = 11'000;        ///< of a range query
  std::chrono::milliseconds timeout{120'000};
  size_t concurrent_max = 20;  ///< queries of one engine, and of those made from it, that are evaluated at one time
};

struct EngineOptions {
  std::chrono::milliseconds lookback{300'000};      ///< how old the sample of an instant selector may be (this age excluded)
  std::chrono::milliseconds subquery_step{60'000};  ///< of `[1h:]`
  ParseOptions parse{};
  /// Metric names go when the query ends instead of in each function; off in Prometheus unless a feature flag asks for it.
  bool delayed_name_removal = false;
  /// x / 0 is NaN, as in Loki, instead of an infinity.
  bool nan_divided_by_zero = false;
};

struct ResultSeries {
  signals::Labels labels;
  std::vector<signals::Sample> samples;
};

struct Statistics {
  uint64_t samples_read = 0;  ///< from the source
  uint64_t series_selected = 0;
  uint64_t samples_held = 0;  ///< as Limits::samples_max counts
  std::chrono::nanoseconds parse_time{0};
  std::chrono::nanoseconds evaluation_time{0};
};

struct QueryResult {
  ValueType type = ValueType::none;
  /// scalar: one series without labels; vector: one sample each, in order where the query sorts; matrix: sorted by labels.
  std::vector<ResultSeries> series;
  std::string text;  ///< of type string
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
  Statistics statistics;
};

class Engine {
 public:
  Engine(Limits limits, Pool& pool, EngineOptions options = {}) : limits_(limits), pool_(&pool), options_(std::move(options)) {}

  /// The value at one time.
  Result<QueryResult, QueryError> instant(const signals::MetricSource& source, std::string_view query, TimeMs time,
                                          std::stop_token stop = {}) const;
  /// The values at from, from + step, ... <= to: a matrix. The expression must be a scalar or an instant vector.
  Result<QueryResult, QueryError> range(const signals::MetricSource& source, std::string_view query, TimeRange range,
                                        std::chrono::milliseconds step, std::stop_token stop = {}) const;

  /// The same pool under other limits and options, for one request.
  Engine with(Limits limits, EngineOptions options) const {
    Engine out(limits, *pool_, std::move(options));
    out.load_ = load_;
    return out;
  }
  /// Queries that are evaluated now, and those refused so far because there were too many.
  size_t running() const { return load_->running.load(std::memory_order_relaxed); }
  uint64_t refused() const { return load_->refused.load(std::memory_order_relaxed); }

  const Limits& limits() const { return limits_; }
  const EngineOptions& options() const { return options_; }

 private:
  struct Load {
    std::atomic<size_t> running{0};
    std::atomic<uint64_t> refused{0};
  };
  class Place;

  Limits limits_;
  Pool* pool_;
  EngineOptions options_;
  std::shared_ptr<Load> load_ = std::make_shared<Load>();
};

}  // namespace monitorai::query
