#pragma once
// Reads what a Prometheus target answers: text 0.0.4 and OpenMetrics 1.0, with Prometheus 3's quoted names. Line by line over the bytes
// of the answer, without copies: views live as long as the text. Sources: prometheus.io/docs/instrumenting/exposition_formats, the
// OpenMetrics 1.0 specification. Pure functions, any thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "signals/samples.h"

namespace monitorai::collect {

enum class ExpositionFormat { prometheus_text, open_metrics };

/// By the answer's Content-Type; anything that is not application/openmetrics-text is text 0.0.4.
ExpositionFormat exposition_format(std::string_view content_type);

/// Labels of one exposed series. `owned` holds the values that had escapes; move-only so that views stay true.
struct ExposedLabels {
  std::vector<signals::LabelView> labels;  ///< sorted by name, `__name__` among them
  std::vector<std::unique_ptr<std::string>> owned;
};

struct ExposedExemplar {
  std::string_view labels_text;  ///< `{trace_id="..."}`: for parse_series
  double value = 0;
  std::optional<TimeMs> time;
};

/// One sample line. `series_text` is the line up to the value (`up{job="a"}`): a key for caches; parse_series() reads it.
struct ExposedSample {
  std::string_view series_text;
  double value = 0;
  std::optional<TimeMs> time;
  std::optional<ExposedExemplar> exemplar;
};

/// Takes what the parser reads, in order.
class ExpositionVisitor {
 public:
  virtual ~ExpositionVisitor() = default;
  virtual Result<void> sample(const ExposedSample& sample) = 0;
  virtual void type(std::string_view family, signals::MetricType type) = 0;
  /// `text` is unescaped and lives during the call.
  virtual void help(std::string_view family, std::string_view text) = 0;
  virtual void unit(std::string_view family, std::string_view text) = 0;
};

/// Code::invalid with the line number at the first line that is wrong (what the visitor saw before it is then to be thrown away, as
/// Prometheus does); OpenMetrics must end with `# EOF`. An error of the visitor ends the parse and is returned.
Result<void> parse_exposition(std::string_view text, ExpositionFormat format, ExpositionVisitor& visitor);

/// Reads `name{a="b"}`, `{"quoted name", a="b"}` or `{a="b"}`. Code::invalid on syntax, a name that occurs twice, or bad UTF-8.
Result<ExposedLabels> parse_series(std::string_view series_text);

}  // namespace monitorai::collect
