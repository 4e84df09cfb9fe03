#pragma once
// One sample line of an exposition, cut into its parts and checked as strictly as the formats define it.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace monitorai::app {

struct SampleLine {
  std::string name;
  std::map<std::string, std::string> labels;  ///< unescaped
  double value = 0;
  std::optional<double> timestamp;  ///< as it stands: milliseconds in text 0.0.4, seconds in OpenMetrics
  bool has_exemplar = false;
};

/// Code::invalid with what is wrong, without the line number.
Result<SampleLine> parse_sample_line(std::string_view line, bool open_metrics);

}  // namespace monitorai::app
