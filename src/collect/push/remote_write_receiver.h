#pragma once
// POST /api/v1/write: takes remote_write 1.0, answers by its specification, counts what became of every sample. Handlers run on the
// HTTP workers; the writer is the store's.

#include <atomic>

#include "net/http.h"
#include "signals/samples.h"

namespace monitorai::collect {

struct RemoteWriteCounts {
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> refused_requests{0};  ///< unreadable, of the wrong kind, or the store took nothing
  std::atomic<uint64_t> samples{0};           ///< accepted
  std::atomic<uint64_t> refused_samples{0};   ///< invalid, out of order, too old, too new, over a limit
  std::atomic<uint64_t> duplicate_samples{0};
  std::atomic<uint64_t> native_histograms{0};
};

/// 204: all kept. 400: something was refused for good, the rest was kept; the body names the first problem. 413: too large. 415: not
/// remote_write 1.0. 429: under pressure, 503: the disk is full or failing; nothing was kept, send it again after Retry-After.
void add_remote_write(net::Router& router, signals::MetricWriter& writer, RemoteWriteCounts& counts);

}  // namespace monitorai::collect
