#pragma once
// The notation of series in test scripts: `http_requests{job="a"} 0+10x5 _ _x3 stale 1 -Inf`.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "signals/labels.h"

namespace monitorai::query {

struct NotatedSeries {
  signals::Labels labels;
  std::vector<std::optional<double>> values;  ///< nullopt: no sample
  bool has_native_histograms = false;         ///< `{{...}}` stood among the values; they are left out as no sample
};

/// Series of more values than this are refused.
inline constexpr size_t kNotatedValuesMax = 1'000'000;

Result<NotatedSeries> parse_series(std::string_view line);
/// As Go reads a number: 0x10, 1e3, +Inf, nan.
std::optional<double> parse_go_number(std::string_view text);

}  // namespace monitorai::query
