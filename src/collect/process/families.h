#pragma once
// The metric families of LLM processes and services, and the numbers that the scan keeps about itself.

#include <vector>

#include "collect/process/scanner.h"
#include "signals/metric.h"
#include "signals/process.h"

namespace monitorai::collect {

/// The scan's own account, for monitorai_process_* metrics.
struct ScanStatus {
  ScanCounters counters;
  double last_scan_seconds = 0;   ///< wall time of the last scan
  double scan_seconds_total = 0;  ///< of all scans
  size_t processes = 0;           ///< known now, of all kinds
  size_t kept_files = 0;          ///< stat files held open
};

/// llm_process_* and llm_service_*: one family each, in a fixed order, also when it has no points. Processes that are no LLM are left out.
std::vector<signals::MetricFamily> process_families(const signals::ProcessSnapshot& snapshot);
/// monitorai_process_*.
std::vector<signals::MetricFamily> scan_families(const ScanStatus& status);

}  // namespace monitorai::collect
