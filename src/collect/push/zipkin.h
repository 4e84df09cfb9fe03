#pragma once
// Zipkin's v2 spans in JSON, decoded to ours: the adapter of simdjson for them. Tags become attributes, annotations events, a tag `error`
// the status; a server's half of a shared span becomes a child of the client's. Source: zipkin.io/zipkin-api, zipkin2-api.yaml.

#include <memory>

#include "signals/spans.h"

namespace monitorai::collect {

inline constexpr size_t kZipkinSpansMax = 1'000'000;

/// A decoded request, with all that its spans point into.
struct ZipkinSpans {
  signals::SpanBatch batch;
  size_t sent = 0;
  size_t invalid = 0;  ///< without ids, or with ids that are none
  std::string first_problem;
};

/// Code::invalid: not JSON, or no list of spans; Code::exhausted: more than kZipkinSpansMax.
Result<std::unique_ptr<ZipkinSpans>> read_zipkin(std::string_view json);

}  // namespace monitorai::collect
