#pragma once
// Metrics of OTLP as series, named and labelled as Prometheus's own OTLP endpoint does it: job and instance from the resource, the rest of
// the resource as target_info, histograms as classic ones (exponential ones too: a bucket for each of theirs). Delta points are refused.
// Source: opentelemetry-proto v1 metrics.proto; prometheus.io/docs/guides/opentelemetry; the compatibility specification.

#include <deque>
#include <memory>

#include "signals/samples.h"
#include "signals/spans.h"

namespace monitorai::otlp {

/// A decoded request. Views point into its own bytes, so it does not move.
struct MetricRequest {
  signals::SpanArena arena;
  std::vector<signals::SeriesWrite> series;
  std::vector<signals::MetadataWrite> metadata;
  size_t points = 0;       ///< data points sent
  size_t delta = 0;        ///< refused: of delta temporality
  size_t invalid = 0;      ///< refused: without a name, buckets that do not fit their bounds
  std::string first_problem;
};

/// Points without a time get `now`. Code::invalid: not protobuf.
Result<std::unique_ptr<MetricRequest>> read_metrics(std::string protobuf, TimeMs now);

}  // namespace monitorai::otlp
