#pragma once
// Spans as OTLP has them: ExportTraceServiceRequest (= TracesData = Tempo's Trace) in protobuf, read into views and written.
// Source: opentelemetry-proto v1, trace.proto. JSON comes and goes through otlp/json.h.

#include <memory>

#include "signals/spans.h"

namespace monitorai::otlp {

/// Spans of one request; the limit of a trace that is written, too.
inline constexpr size_t kSpansMax = 1'000'000;
/// Events and links of one span; further ones are dropped and added to its dropped counts.
inline constexpr size_t kEventsMax = 1024;

/// A decoded request. Its spans are views into its own bytes.
struct TraceRequest {
  signals::SpanBatch batch;
  size_t spans_sent = 0;
  size_t invalid = 0;             ///< spans without ids
  size_t ends_before_start = 0;   ///< kept, with a duration of 0
  size_t attributes_dropped = 0;  ///< beyond the limits
  size_t attributes_cut = 0;
  std::string first_problem;
};

/// Code::invalid: not protobuf; Code::exhausted: more than kSpansMax spans.
Result<std::unique_ptr<TraceRequest>> read_traces(std::string protobuf);

/// Groups by origin, in the order of the spans. A TraceRequest reads it back.
std::string write_traces(std::span<const signals::Span> spans);

}  // namespace monitorai::otlp
