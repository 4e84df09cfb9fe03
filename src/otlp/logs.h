#pragma once
// Log records of OTLP as lines of streams, named as Loki's own OTLP endpoint names them: the resource's service, namespace, instance and
// place become labels, everything else structured metadata; the body is the line.
// Source: opentelemetry-proto v1 logs.proto; grafana.com/docs/loki/latest/send-data/otel (format considerations).

#include <deque>
#include <memory>

#include "signals/logs.h"
#include "signals/spans.h"

namespace monitorai::otlp {

/// A decoded request. Views point into its own bytes, so it does not move.
struct LogRequest {
  signals::SpanArena arena;
  std::deque<std::vector<signals::LabelView>> labels;
  std::deque<std::vector<signals::LogLineView>> lines;
  std::vector<signals::StreamWrite> streams;
  size_t records = 0;
  size_t invalid = 0;  ///< without a body and without attributes
  size_t attributes_cut = 0;
};

/// Records without a time get the observed one, and without that `now`. Code::invalid: not protobuf.
Result<std::unique_ptr<LogRequest>> read_logs(std::string protobuf, TimeNs now);

}  // namespace monitorai::otlp
