#pragma once
// The parameters of the Prometheus API: times, durations, series selectors, limits. Errors are worded as Prometheus words them.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/http.h"
#include "serve/prometheus/answers.h"
#include "signals/matcher.h"

namespace monitorai::serve {

/// Unix seconds (a decimal number) or RFC 3339. nullopt when it is neither or out of range.
std::optional<TimeMs> parse_api_time(std::string_view text);
/// Seconds (a decimal number) or a Prometheus duration ("5m").
std::optional<std::chrono::milliseconds> parse_api_duration(std::string_view text);

/// The earliest and the latest time that the API knows, for absent bounds.
inline constexpr TimeMs kTimeMin{-62'135'596'800'000};
inline constexpr TimeMs kTimeMax{253'402'300'799'000};

/// A request's parameters, of the URL and of a form body, each read once.
class ApiParameters {
 public:
  explicit ApiParameters(const net::HttpRequest& request) : all_(request.parameters()) {}

  /// The first value; "" when absent.
  std::string_view text(std::string_view name) const;
  std::vector<std::string_view> texts(std::string_view name) const;
  /// `absent` when the parameter is absent or empty.
  Result<TimeMs, ApiError> time(std::string_view name, TimeMs absent) const;
  Result<std::chrono::milliseconds, ApiError> duration(std::string_view name, std::chrono::milliseconds absent) const;
  /// Times `start` and `end`; without them all time.
  Result<TimeRange, ApiError> range() const;
  /// A count of at least 0; 0 when absent: no limit.
  Result<size_t, ApiError> limit(std::string_view name = "limit") const;
  /// Every match[]; an empty list when there is none.
  Result<std::vector<std::vector<signals::Matcher>>, ApiError> selectors() const;

 private:
  net::Parameters all_;
};

}  // namespace monitorai::serve
