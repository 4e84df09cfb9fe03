#pragma once
// Metrics as collectors make them and exposition prints them: families of points, one Batch a tick.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "signals/labels.h"

namespace monitorai::signals {

enum class MetricType { counter, gauge, histogram, summary, info, stateset, unknown };

struct Exemplar {
  Labels labels;
  double value = 0;
  std::optional<TimeMs> time;
};

/// One sample of a family. `suffix` is what follows the family's name: "" for a gauge, "_total" for a counter,
/// "_bucket" / "_sum" / "_count" for a histogram, "_info" for an info.
struct MetricPoint {
  Labels labels;
  double value = 0;
  std::string_view suffix{};  ///< a string literal
  std::optional<Exemplar> exemplar{};
};

/// Points that share a name, a type and a HELP text. The name carries the unit (`_seconds`, `_bytes`) and no suffix:
/// the counter family `llm_process_cpu_seconds` has points `llm_process_cpu_seconds_total`.
struct MetricFamily {
  std::string name;
  std::string help;
  MetricType type = MetricType::gauge;
  std::string unit{};  ///< "seconds", "bytes", ...; must then end the name (OpenMetrics)
  std::vector<MetricPoint> points{};

  void gauge(Labels labels, double value) { points.push_back({std::move(labels), value}); }
  void counter(Labels labels, double value) { points.push_back({std::move(labels), value, "_total"}); }
  void info(Labels labels) { points.push_back({std::move(labels), 1, "_info"}); }
  /// Absent is not zero: a value that could not be read makes no point.
  template <class T>
  void gauge_if(const Labels& labels, const std::optional<T>& value) {
    if (value) gauge(labels, static_cast<double>(*value));
  }
  template <class T>
  void counter_if(const Labels& labels, const std::optional<T>& value) {
    if (value) counter(labels, static_cast<double>(*value));
  }
};

/// What one collector saw at one moment. A series that was in this collector's previous batch and is not in this one has ended.
struct Batch {
  std::string source;  ///< "process", "gpu", "self", "scrape:<target>": who made it
  TimeMs time;
  std::vector<MetricFamily> families;
};

/// Where batches go: the store, the exposition endpoints, a forwarder. Thread: any; must not block on a disk.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<void> accept(std::shared_ptr<const Batch> batch) = 0;
};

}  // namespace monitorai::signals
