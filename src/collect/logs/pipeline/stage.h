#pragma once
// A stage of a pipeline, compiled: what it does to one line, and what it keeps between the lines of one file.

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "collect/logs/pipeline/stage_settings.h"
#include "collect/logs/processor.h"

namespace monitorai::collect {

/// A line on its way through the stages.
struct PipelineLine {
  uint64_t begin = 0, end = 0;
  uint32_t part = 0;
  TimeNs now;                  ///< of reading
  std::optional<TimeNs> time;  ///< what a stage found
  std::string text;
  Extracted extracted;
  Extracted labels;
  Extracted metadata;

  /// The field, or the line where the name is "". nullptr: there is no such field.
  const std::string* source(const std::string& name) const {
    if (name.empty()) return &text;
    const auto found = extracted.find(name);
    return found == extracted.end() ? nullptr : &found->second;
  }
};

using NextStage = std::function<void(PipelineLine&&)>;

/// What a stage keeps for one file. The base does nothing between lines.
class StageRun {
 public:
  virtual ~StageRun() = default;
  virtual void process(PipelineLine&& line, const NextStage& next) = 0;
  /// Gives on what it holds.
  virtual void flush(const NextStage&) {}
  virtual std::optional<LineProcessor::Held> held() const { return std::nullopt; }
};

/// Immutable; makes the runs.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::unique_ptr<StageRun> start() const = 0;
};

/// Counts that stages of all files share.
struct PipelineCounts {
  std::atomic<uint64_t> dropped{0};
};

/// A stage without memory: a function of the line that returns false to drop it.
template <class Apply>
class StatelessStage final : public Stage, public StageRun {
 public:
  explicit StatelessStage(Apply apply) : apply_(std::make_shared<const Apply>(std::move(apply))) {}
  StatelessStage(const StatelessStage&) = default;
  std::unique_ptr<StageRun> start() const override { return std::make_unique<StatelessStage>(*this); }
  void process(PipelineLine&& line, const NextStage& next) override {
    if ((*apply_)(line)) next(std::move(line));
  }

 private:
  std::shared_ptr<const Apply> apply_;
};

template <class Apply>
std::unique_ptr<Stage> stateless(Apply apply) {
  return std::make_unique<StatelessStage<Apply>>(std::move(apply));
}

class PipelineMetrics;

/// What compiling a stage may use.
struct StageTools {
  const TemplateCompiler& templates;
  std::shared_ptr<PipelineCounts> counts;
  std::shared_ptr<PipelineMetrics> metrics;
};

using StageResult = Result<std::unique_ptr<Stage>>;

// extract_stages.cpp
StageResult compile(const RegexStage& settings, const StageTools& tools);
StageResult compile(const JsonStage& settings, const StageTools& tools);
StageResult compile(const LogfmtStage& settings, const StageTools& tools);
StageResult compile(const CriStage& settings, const StageTools& tools);
StageResult compile(const DockerStage& settings, const StageTools& tools);
// change_stages.cpp
StageResult compile(const OutputStage& settings, const StageTools& tools);
StageResult compile(const TemplateStage& settings, const StageTools& tools);
StageResult compile(const ReplaceStage& settings, const StageTools& tools);
StageResult compile(const DecolorizeStage& settings, const StageTools& tools);
StageResult compile(const PackStage& settings, const StageTools& tools);
StageResult compile(const TenantStage& settings, const StageTools& tools);
// label_stages.cpp
StageResult compile(const LabelsStage& settings, const StageTools& tools);
StageResult compile(const StructuredMetadataStage& settings, const StageTools& tools);
StageResult compile(const LabelDropStage& settings, const StageTools& tools);
StageResult compile(const LabelAllowStage& settings, const StageTools& tools);
StageResult compile(const StaticLabelsStage& settings, const StageTools& tools);
// timestamp_stage.cpp
StageResult compile(const TimestampStage& settings, const StageTools& tools);
// flow_stages.cpp
StageResult compile(const MatchStage& settings, const StageTools& tools);
StageResult compile(const DropStage& settings, const StageTools& tools);
StageResult compile(const MultilineStage& settings, const StageTools& tools);
StageResult compile(const LimitStage& settings, const StageTools& tools);
// metrics_stage.cpp
StageResult compile(const MetricsStage& settings, const StageTools& tools);

/// Stages one behind the other, for one file.
class StageChain {
 public:
  explicit StageChain(const std::vector<std::shared_ptr<const Stage>>& stages);
  void process(PipelineLine&& line, const NextStage& out);
  void flush(const NextStage& out);
  std::optional<LineProcessor::Held> held() const;

 private:
  void enter(size_t stage, PipelineLine&& line, const NextStage& out);
  std::vector<std::unique_ptr<StageRun>> runs_;
};

/// Code::invalid with the place of the stage that is wrong.
Result<std::vector<std::shared_ptr<const Stage>>> compile_stages(const std::vector<StageSettings>& settings, const StageTools& tools);

}  // namespace monitorai::collect
