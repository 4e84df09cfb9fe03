#pragma once
// A pipeline of stages as promtail's `pipeline_stages` describes it, checked and compiled. Immutable: any thread, any number of files.

#include <memory>

#include "collect/logs/processor.h"

namespace monitorai::collect {

class PipelinePlan {
 public:
  virtual ~PipelinePlan() = default;
  /// The state of one file. `context` are its labels, which match stages may select by.
  virtual std::unique_ptr<LineProcessor> make_processor(const signals::Labels& labels) const = 0;
};

}  // namespace monitorai::collect
