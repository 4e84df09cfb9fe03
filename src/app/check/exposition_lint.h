#pragma once
// Checks a text that Prometheus would scrape: everything that a strict parser refuses, with its line, and what the naming rules of
// Prometheus advise against. Stricter than a scrape: families must not be interleaved, and histograms must add up. Pure; any thread.
//
// Sources: https://prometheus.io/docs/instrumenting/exposition_formats/, https://prometheus.io/docs/practices/naming/ and the
// OpenMetrics 1.0.0 specification.

#include <string>
#include <string_view>
#include <vector>

namespace monitorai::app {

inline constexpr size_t kFindingsMax = 100;  ///< more are counted, not listed

struct Finding {
  enum class Kind { error, advice };
  Kind kind = Kind::error;
  size_t line = 1;
  std::string text;
};

struct LintResult {
  std::vector<Finding> findings;  ///< in the order of lines; at most kFindingsMax
  size_t errors = 0;
  size_t advice = 0;
  size_t families = 0;
  size_t samples = 0;
};

/// `open_metrics`: by the rules of OpenMetrics 1.0 instead of text 0.0.4.
LintResult lint_exposition(std::string_view text, bool open_metrics);

}  // namespace monitorai::app
