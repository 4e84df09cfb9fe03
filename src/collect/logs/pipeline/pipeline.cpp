#include "collect/logs/pipeline/pipeline.h"

#include "base/text.h"
#include "collect/logs/pipeline/pipeline_metrics.h"
#include "collect/logs/pipeline/stage.h"

namespace monitorai::collect {
namespace {

size_t count_stages(const std::vector<StageSettings>& stages, size_t depth) {
  if (depth > kStageDepthMax) return kStagesMax + 1;
  size_t count = stages.size();
  for (const StageSettings& stage : stages)
    if (const auto* match = std::get_if<MatchStage>(&stage.stage)) count += count_stages(match->stages, depth + 1);
  return count;
}

class PipelineRun final : public LineProcessor {
 public:
  PipelineRun(const std::vector<std::shared_ptr<const Stage>>& stages, const signals::Labels& labels) : chain_(stages), labels_(labels) {}

  void line(const RawLine& raw, TimeNs now, std::vector<Entry>& out) override {
    PipelineLine line{.begin = raw.begin, .end = raw.end, .part = raw.part, .now = now, .time = {}, .text = {}, .extracted = {}, .labels = {}, .metadata = {}};
    line.text = valid_utf8(raw.text) ? std::string(raw.text) : to_valid_utf8(raw.text);
    for (const signals::Label& label : labels_) {
      line.labels.emplace(label.name, label.value);
      // promtail's stages find labels among the fields too.
      line.extracted.emplace(label.name, label.value);
    }
    chain_.process(std::move(line), [&](PipelineLine&& done) { give(std::move(done), out); });
  }
  void flush(TimeNs, std::vector<Entry>& out) override {
    chain_.flush([&](PipelineLine&& done) { give(std::move(done), out); });
  }
  std::optional<Held> held() const override { return chain_.held(); }

 private:
  void give(PipelineLine&& line, std::vector<Entry>& out) const {
    Entry entry{.begin = line.begin, .end = line.end, .time = line.time, .exact_time = line.time.has_value(), .text = std::move(line.text)};
    for (const signals::Label& label : labels_)
      if (!line.labels.contains(label.name)) entry.labels.push_back({label.name, ""});
    for (auto& [name, value] : line.labels)
      if (labels_.value(name) != value && signals::valid_label_name(name)) entry.labels.push_back({name, value});
    for (auto& [name, value] : line.metadata)
      if (!value.empty()) entry.metadata.push_back({name, value});
    if (line.part != 0) entry.metadata.push_back({"split_part", fmt::format("{}", line.part)});
    out.push_back(std::move(entry));
  }

  StageChain chain_;
  signals::Labels labels_;
};

class Pipeline final : public PipelinePlan {
 public:
  Pipeline(std::vector<std::shared_ptr<const Stage>> stages, std::shared_ptr<PipelineCounts> counts, std::shared_ptr<PipelineMetrics> metrics)
      : stages_(std::move(stages)), counts_(std::move(counts)), metrics_(std::move(metrics)) {}

  std::unique_ptr<LineProcessor> make_processor(const signals::Labels& labels) const override {
    return std::make_unique<PipelineRun>(stages_, labels);
  }
  uint64_t dropped() const override { return counts_->dropped.load(); }
  void append_families(std::vector<signals::MetricFamily>& out) const override { metrics_->append_families(out); }

 private:
  std::vector<std::shared_ptr<const Stage>> stages_;
  std::shared_ptr<PipelineCounts> counts_;
  std::shared_ptr<PipelineMetrics> metrics_;
};

}  // namespace

StageChain::StageChain(const std::vector<std::shared_ptr<const Stage>>& stages) {
  for (const auto& stage : stages) runs_.push_back(stage->start());
}

void StageChain::process(PipelineLine&& line, const NextStage& out) { enter(0, std::move(line), out); }

void StageChain::enter(size_t stage, PipelineLine&& line, const NextStage& out) {
  if (stage == runs_.size()) return out(std::move(line));
  runs_[stage]->process(std::move(line), [this, stage, &out](PipelineLine&& next) { enter(stage + 1, std::move(next), out); });
}

void StageChain::flush(const NextStage& out) {
  for (size_t i = 0; i < runs_.size(); ++i)
    runs_[i]->flush([this, i, &out](PipelineLine&& next) { enter(i + 1, std::move(next), out); });
}

std::optional<LineProcessor::Held> StageChain::held() const {
  std::optional<LineProcessor::Held> out;
  for (const auto& run : runs_)
    if (const auto held = run->held())
      out = out ? LineProcessor::Held{std::min(out->begin, held->begin), std::max(out->wait, held->wait)} : *held;
  return out;
}

Result<std::vector<std::shared_ptr<const Stage>>> compile_stages(const std::vector<StageSettings>& settings, const StageTools& tools) {
  std::vector<std::shared_ptr<const Stage>> out;
  for (const StageSettings& one : settings) {
    auto stage = std::visit([&](const auto& typed) { return compile(typed, tools); }, one.stage);
    if (!stage) return Error{Code::invalid, fmt::format("{}: {}", one.where, stage.error().message)};
    out.push_back(std::move(*stage));
  }
  return out;
}

Result<std::shared_ptr<const PipelinePlan>> make_pipeline(const std::vector<StageSettings>& stages, const TemplateCompiler& templates) {
  if (count_stages(stages, 0) > kStagesMax)
    return Error{Code::exhausted, fmt::format("cannot use a pipeline of more than {} stages, or nested deeper than {}", kStagesMax, kStageDepthMax)};
  auto counts = std::make_shared<PipelineCounts>();
  auto metrics = std::make_shared<PipelineMetrics>();
  MAI_TRY_ASSIGN(auto compiled, compile_stages(stages, StageTools{templates, counts, metrics}));
  return std::shared_ptr<const PipelinePlan>(std::make_shared<const Pipeline>(std::move(compiled), std::move(counts), std::move(metrics)));
}

}  // namespace monitorai::collect
