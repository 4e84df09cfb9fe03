#pragma once
// The API of the judge: evaluate answers, read drift and hallucination, make baselines, label, fit. docs/quality.md has every endpoint
// with its JSON. Handlers run on the HTTP workers; judging happens in the queue's thread, which they wait for within a limit.

#include <functional>
#include <memory>
#include <string>

#include "judge/quality/watch/quality_queue.h"
#include "net/http.h"

namespace monitorai::serve {

struct QualityApi {
  judge::QualityQueue* queue = nullptr;
  judge::QualityWatcher* watcher = nullptr;
  const Clock* clock = nullptr;
  std::chrono::milliseconds wait_max{5000};  ///< for the judgement of one request; after that it is judged later, and 202 says so
};

/// `api` is asked at the first request that needs it, since nothing of the judge exists until then. Its error answers 503.
void add_quality_api(net::Router& router, std::function<Result<std::shared_ptr<const QualityApi>>()> api);

}  // namespace monitorai::serve
