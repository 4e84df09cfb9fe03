#pragma once
// The HTTP answers of a simulated vLLM or llama-server: what a monitor asks for, and one sentence for every chat: no inference.

#include <memory>

#include "app/demo/parts.h"
#include "app/demo/server_metrics.h"
#include "base/threads.h"
#include "net/http.h"

namespace monitorai::app::demo {

/// `metrics` is published by the process's main loop and read by the server's threads.
net::Router endpoints(const Part& part, std::shared_ptr<const Published<ServerMetrics>> metrics);

}  // namespace monitorai::app::demo
