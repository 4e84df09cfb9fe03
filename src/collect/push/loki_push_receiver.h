#pragma once
// POST /loki/api/v1/push: takes Loki's pushes in both encodings, answers as Loki does, counts what became of every line. Handlers run on
// the HTTP workers; the writer is the store's.

#include <atomic>

#include "net/http.h"
#include "signals/logs.h"

namespace monitorai::collect {

struct LokiPushCounts {
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> refused_requests{0};  ///< unreadable, of the wrong kind, or the store took nothing
  std::atomic<uint64_t> lines{0};             ///< accepted
  std::atomic<uint64_t> line_bytes{0};        ///< of the lines offered to the store
  std::atomic<uint64_t> refused_lines{0};     ///< invalid, too old, too new, too long, over a limit
  std::atomic<uint64_t> duplicate_lines{0};
};

/// 204: all kept. 400: unreadable, or something was refused for good and the rest was kept; the body names the first problem. 413: too
/// large. 415: an unknown content encoding. 422: no streams. 429: under pressure, 503: the disk is full or failing; nothing was kept, send
/// it again after Retry-After.
void add_loki_push(net::Router& router, signals::LogWriter& writer, LokiPushCounts& counts);

}  // namespace monitorai::collect
