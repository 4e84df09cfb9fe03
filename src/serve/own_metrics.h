#pragma once
// Metric families about this program: the process_* of every Prometheus client, and monitorai_* of its parts. Made at each scrape; any
// thread.

#include <vector>

#include "net/http_counters.h"
#include "signals/metric.h"

namespace monitorai::serve {

/// monitorai_build_info and process_* (from /proc/self; what cannot be read is absent). `started` is the start of the program.
void append_program_families(std::vector<signals::MetricFamily>& out, TimeMs started);
/// monitorai_log_messages_total{level}.
void append_log_families(std::vector<signals::MetricFamily>& out);
/// monitorai_http_*.
void append_http_families(std::vector<signals::MetricFamily>& out, const net::HttpCounts& counts);

}  // namespace monitorai::serve
