#pragma once
// The parameters of Loki's API: times, durations, limits, directions, selectors. Errors are worded as Loki words them.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/http.h"
#include "query/logql/engine.h"
#include "serve/loki/answers.h"
#include "signals/logs.h"

namespace monitorai::serve {

inline constexpr uint64_t kLokiLimitDefault = 100;
inline constexpr std::chrono::hours kLokiSinceDefault{1};        ///< of queries
inline constexpr std::chrono::hours kLokiLabelsSinceDefault{6};  ///< of labels, their values and series

/// Nanoseconds (more than ten digits), seconds (up to ten digits, or with a point) or RFC 3339. The error is Go's.
Result<TimeNs, LokiError> parse_loki_time(std::string_view text);
/// Seconds (a number) or a Prometheus duration.
Result<std::chrono::nanoseconds, LokiError> parse_loki_duration(std::string_view text);

/// A request's parameters, of the URL and of a form body.
class LokiParameters {
 public:
  explicit LokiParameters(const net::HttpRequest& request) : all_(request.parameters()) {}

  /// The first value; "" when absent.
  std::string_view text(std::string_view name) const;
  std::vector<std::string_view> texts(std::string_view name) const;
  /// `start`, `end` and `since`: the last `since` up to `end`, or now where that is earlier.
  Result<signals::LogRange, LokiError> range(TimeMs now, std::chrono::hours since = kLokiSinceDefault) const;
  /// `absent` when it is absent.
  Result<TimeNs, LokiError> time(std::string_view name, TimeNs absent) const;
  Result<std::chrono::nanoseconds, LokiError> duration(std::string_view name, std::chrono::nanoseconds absent) const;
  /// At least 1.
  Result<uint64_t, LokiError> limit(std::string_view name = "limit", uint64_t absent = kLokiLimitDefault) const;
  Result<signals::Direction, LokiError> direction() const;
  /// `step`, or what Loki takes where it is absent: the range / 250 in whole seconds, at least 1.
  Result<std::chrono::milliseconds, LokiError> step(signals::LogRange range) const;

 private:
  net::Parameters all_;
};

}  // namespace monitorai::serve
