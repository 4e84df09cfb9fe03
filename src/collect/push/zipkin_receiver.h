#pragma once
// POST /api/v2/spans: takes Zipkin's spans in JSON, answers as Zipkin does, counts what became of every span. Handlers run on the HTTP
// workers; the writer is the store's.

#include <atomic>

#include "net/http.h"
#include "signals/spans.h"

namespace monitorai::collect {

struct ZipkinCounts {
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> refused_requests{0};  ///< unreadable, or the store took nothing
  std::atomic<uint64_t> spans{0};             ///< accepted
  std::atomic<uint64_t> refused_spans{0};
};

/// 202: taken; a body names what was refused of it. 400: unreadable. 415: protobuf and Thrift are not taken. 429: under pressure, 503: the
/// disk is full or failing; nothing was kept, send it again after Retry-After.
void add_zipkin(net::Router& router, signals::SpanWriter& writer, ZipkinCounts& counts);

}  // namespace monitorai::collect
