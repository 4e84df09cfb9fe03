#pragma once
// A pipeline of promtail's stages: lines of a file in, entries out, each stage in its order. Immutable; one run a file.

#include "collect/logs/pipeline/stage_settings.h"
#include "collect/logs/pipeline_plan.h"

namespace monitorai::collect {

inline constexpr size_t kStagesMax = 200;         ///< of one pipeline, nested ones included
inline constexpr size_t kStageDepthMax = 8;       ///< of match stages in each other
inline constexpr size_t kExtractedBytesMax = 1 << 20;  ///< of one line: further fields are left out

/// Code::invalid with the place of what is wrong. `templates` is used here only.
Result<std::shared_ptr<const PipelinePlan>> make_pipeline(const std::vector<StageSettings>& stages, const TemplateCompiler& templates);

}  // namespace monitorai::collect
