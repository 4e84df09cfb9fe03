#pragma once
// A file that is to be followed, and how its lines are treated. Immutable.

#include <memory>
#include <string>

#include "collect/logs/pipeline_plan.h"
#include "collect/logs/positions.h"

namespace monitorai::collect {

struct FileSource {
  std::string path;       ///< where it is opened
  std::string origin;     ///< the job's name, or kDetectedOrigin
  LineFormat format = LineFormat::plain;
  std::shared_ptr<const PipelinePlan> pipeline{};  ///< null: recognised as BuiltinSettings says
  std::shared_ptr<const FileContext> context;
};

}  // namespace monitorai::collect
