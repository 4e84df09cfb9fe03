#pragma once
// A pipeline of stages as promtail's `pipeline_stages` describes it, checked and compiled. Immutable: any thread, any number of files.

#include <memory>
#include <vector>

#include "collect/logs/processor.h"
#include "signals/metric.h"

namespace monitorai::collect {

class PipelinePlan {
 public:
  virtual ~PipelinePlan() = default;
  /// The state of one file with these labels, which match stages select by.
  virtual std::unique_ptr<LineProcessor> make_processor(const signals::Labels& labels) const = 0;
  /// Lines that stages dropped.
  virtual uint64_t dropped() const { return 0; }
  /// The metrics that its metrics stages define.
  virtual void append_families(std::vector<signals::MetricFamily>&) const {}
};

}  // namespace monitorai::collect
