#pragma once
// What one scan saw, with the metric families made of it: published whole, so that all scrapes and pages of a moment agree.

#include <memory>
#include <span>
#include <vector>

#include "base/threads.h"
#include "signals/gpu.h"
#include "signals/metric.h"
#include "signals/process.h"

namespace monitorai::serve {

struct Observation {
  TimeMs time;
  std::shared_ptr<const signals::ProcessSnapshot> processes;  ///< never null
  std::shared_ptr<const signals::GpuSnapshot> gpus;           ///< never null
  std::vector<signals::MetricFamily> process_families;
  std::vector<signals::MetricFamily> gpu_families;
  std::vector<signals::MetricFamily> scan_families;  ///< what the collectors tell of themselves
};

/// Null until the first scan is done.
using PublishedObservation = Published<Observation>;

}  // namespace monitorai::serve
