#pragma once
// TraceQL over a source of spans: searches for traces, metrics over time, tags and their values. Keeps no state; threads: any.

#include <chrono>
#include <map>
#include <stop_token>

#include "base/clock.h"
#include "query/traceql/parser.h"
#include "signals/spans.h"

namespace monitorai::query {

struct TraceQlLimits {
  size_t traces_max = 1000;              ///< that a search may ask for
  size_t spans_of_trace_max = 200'000;   ///< further ones are not looked at
  size_t series_max = 10'000;            ///< of a metrics query
  size_t steps_max = 11'000;
  size_t tag_batches_max = 256;          ///< blocks that are read for tags and their values, the newest first
  size_t tag_values_max = 5'000;
  std::chrono::milliseconds timeout{30'000};
};

/// A value with its own bytes, as answers give it.
struct TraceTag {
  std::string name;
  TraceValue::Type type = TraceValue::Type::nil;
  std::string value;
  auto operator<=>(const TraceTag&) const = default;
};

struct TraceHit {
  struct Span {
    signals::SpanId id;
    std::string name;
    TimeNs start;
    int64_t duration_ns = 0;
    std::vector<TraceTag> tags;
  };
  struct Set {
    std::vector<Span> spans;  ///< the first spans_per_set of them
    size_t matched = 0;
    std::vector<TraceTag> tags;  ///< of by()
  };
  struct Service {
    uint32_t spans = 0;
    uint32_t errors = 0;
  };
  signals::TraceId id;
  std::string root_service;
  std::string root_name;
  TimeNs start;
  int64_t duration_ns = 0;
  std::vector<Set> sets;
  std::map<std::string, Service> services;
};

struct TraceSearch {
  signals::SpanRange range;
  size_t limit = 20;          ///< traces
  size_t spans_per_set = 3;
  int64_t duration_min_ns = 0;  ///< of the trace
  int64_t duration_max_ns = INT64_MAX;
};
struct TraceSearchResult {
  std::vector<TraceHit> traces;  ///< newest first
  uint64_t spans_read = 0;
};

struct TraceSeries {
  std::vector<TraceTag> labels;
  std::vector<std::pair<TimeMs, double>> samples;
};

struct TraceTags {
  std::vector<std::string> span, resource, event, link, scope;  ///< names, sorted
};

class TraceQlEngine {
 public:
  explicit TraceQlEngine(TraceQlLimits limits = {}) : limits_(limits) {}

  /// Code::invalid: the query is wrong; cancelled: the client went away, or it took longer than the timeout.
  Result<TraceSearchResult> search(const signals::SpanSource& source, std::string_view query, TraceSearch search, std::stop_token cancelled = {}) const;
  /// A sample at each multiple of the step from the range on to its end or the next multiple behind it, of the spans that began in the step before it; with an empty range one
  /// sample, at its end. Code::exhausted: too many series.
  Result<std::vector<TraceSeries>> range(const signals::SpanSource& source, std::string_view query, signals::SpanRange range, std::chrono::milliseconds step,
                                         std::stop_token cancelled = {}) const;
  Result<TraceTags> tags(const signals::SpanSource& source, signals::SpanRange range, std::stop_token cancelled = {}) const;
  /// Values of a field in the spans that fulfil the query's first spanset ("": all), sorted.
  Result<std::vector<TraceTag>> tag_values(const signals::SpanSource& source, std::string_view field, std::string_view query, signals::SpanRange range,
                                           std::stop_token cancelled = {}) const;
  const TraceQlLimits& limits() const { return limits_; }

 private:
  const TraceQlLimits limits_;
};

}  // namespace monitorai::query
