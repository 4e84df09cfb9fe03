// Stages that set and remove labels and structured metadata.

#include "collect/logs/pipeline/stage.h"

namespace monitorai::collect {
namespace {

Result<void> check_names(const auto& pairs) {
  for (const auto& [name, field] : pairs)
    if (!signals::valid_label_name(name)) return Error{Code::invalid, fmt::format("cannot use \"{}\" as a label: it is no name", name)};
  return {};
}

}  // namespace

StageResult compile(const LabelsStage& settings, const StageTools&) {
  MAI_TRY(check_names(settings.labels));
  return stateless([settings](PipelineLine& line) {
    for (const auto& [name, field] : settings.labels)
      if (const auto found = line.extracted.find(field.empty() ? name : field); found != line.extracted.end() && !found->second.empty())
        line.labels[name] = found->second;
    return true;
  });
}

StageResult compile(const StructuredMetadataStage& settings, const StageTools&) {
  MAI_TRY(check_names(settings.fields));
  return stateless([settings](PipelineLine& line) {
    for (const auto& [name, field] : settings.fields)
      if (const auto found = line.extracted.find(field.empty() ? name : field); found != line.extracted.end() && !found->second.empty())
        line.metadata[name] = found->second;
    return true;
  });
}

StageResult compile(const LabelDropStage& settings, const StageTools&) {
  return stateless([settings](PipelineLine& line) {
    for (const std::string& name : settings.names) line.labels.erase(name);
    return true;
  });
}

StageResult compile(const LabelAllowStage& settings, const StageTools&) {
  return stateless([settings](PipelineLine& line) {
    std::erase_if(line.labels, [&](const auto& one) {
      return std::find(settings.names.begin(), settings.names.end(), one.first) == settings.names.end();
    });
    return true;
  });
}

StageResult compile(const StaticLabelsStage& settings, const StageTools&) {
  MAI_TRY(check_names(settings.labels));
  return stateless([settings](PipelineLine& line) {
    for (const auto& [name, value] : settings.labels) line.labels[name] = value;
    return true;
  });
}

}  // namespace monitorai::collect
