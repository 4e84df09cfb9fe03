#include "app/config/promtail.h"

#include <set>

#include "app/config/field_reading.h"
#include "base/files.h"
#include "collect/logs/glob.h"
#include "collect/logs/pipeline/pipeline.h"

namespace monitorai::app {
namespace {

using collect::FollowJob;
using collect::FollowTarget;
using collect::StageSettings;
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// A map of names to texts; an empty value is "".
auto into_pairs(Pairs& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    if (node.kind != YamlNode::Kind::map) return reading.add(node.line, fmt::format("it is a map, not {}", kind_name(node.kind)));
    for (const YamlEntry& entry : node.entries) into(out.emplace_back(entry.key, "").second, reading)(entry.value);
  };
}

auto into_number(double& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    const auto number = parse_number(node.text);
    if (number) out = *number;
    else reading.add(node.line, "it is a number");
  };
}

/// "8kb", "8KiB", "100": sizes as promtail has them.
std::optional<size_t> size_of(std::string_view text) {
  const size_t digits = text.find_first_not_of("0123456789");
  const auto count = parse_integer<uint64_t>(text.substr(0, digits));
  std::string unit = digits == std::string_view::npos ? "" : lower(trim(text.substr(digits)));
  std::erase(unit, 'i');
  constexpr std::array<std::string_view, 3> kUnits{"b", "kb", "mb"};
  if (!count) return std::nullopt;
  if (unit.empty()) return *count;
  for (size_t i = 0; i < kUnits.size(); ++i)
    if (unit == kUnits[i]) return *count << (10 * i);
  return std::nullopt;
}

/// One or several texts.
auto into_texts(std::vector<std::string>& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    if (node.kind == YamlNode::Kind::list) into(out, reading)(node);
    else into(out.emplace_back(), reading)(node);
  };
}

collect::MetricSettings read_metric(const YamlEntry& entry, const Reading& reading) {
  collect::MetricSettings metric{.name = entry.key, .type = {}};
  std::string idle;
  const auto ignored = [](const YamlNode&) {};
  const auto buckets = [&](const YamlNode& node) {
    read_list(node, "buckets", reading, [&](const YamlNode& item) { into_number(metric.buckets.emplace_back(), reading)(item); });
  };
  read_map(entry.value, "a metric", reading,
           {{"type", into(metric.type, reading)},
            {"description", into(metric.description, reading)},
            {"prefix", into(metric.prefix, reading)},
            {"source", into(metric.source, reading)},
            {"max_idle_duration", ignored},
            {"config", [&](const YamlNode& node) {
               read_map(node, "config", reading,
                        {{"action", into(metric.action, reading)},
                         {"value", into(metric.value, reading)},
                         {"match_all", into(metric.match_all, reading)},
                         {"count_entry_bytes", into(metric.count_entry_bytes, reading)},
                         {"buckets", buckets}});
             }}});
  return metric;
}

using StageReader = std::function<void(const YamlNode&, const Reading&, StageSettings&)>;

struct StageKind {
  std::string_view name;
  StageReader read;
};

/// A stage with a table of fields, made by `fields` for the stage that is being read.
template <class Stage>
StageKind kind(std::string_view name, std::vector<Field> (*fields)(Stage&, const Reading&)) {
  return {name, [name, fields](const YamlNode& node, const Reading& reading, StageSettings& out) {
            Stage stage{};
            read_map(node, std::string(name), reading, fields(stage, reading));
            out.stage = std::move(stage);
          }};
}

/// A stage whose whole value is a map or a list.
template <class Stage, class Member>
StageKind whole(std::string_view name, Member Stage::*member) {
  return {name, [member](const YamlNode& node, const Reading& reading, StageSettings& out) {
            Stage stage{};
            if constexpr (std::is_same_v<Member, Pairs>) into_pairs(stage.*member, reading)(node);
            else into(stage.*member, reading)(node);
            out.stage = std::move(stage);
          }};
}

std::vector<StageSettings> read_stages(const YamlNode& list, const Reading& reading);

void read_match(const YamlNode& node, const Reading& reading, StageSettings& out) {
  collect::MatchStage stage;
  std::string name;
  read_map(node, "match", reading,
           {{"selector", into(stage.selector, reading)},
            {"pipeline_name", into(name, reading)},
            {"action", into(stage.action, reading)},
            {"drop_counter_reason", into(stage.drop_reason, reading)},
            {"stages", [&](const YamlNode& stages) { stage.stages = read_stages(stages, reading); }}});
  out.stage = std::move(stage);
}

void read_drop(const YamlNode& node, const Reading& reading, StageSettings& out) {
  collect::DropStage stage;
  read_map(node, "drop", reading,
           {{"source", into_texts(stage.source, reading)},
            {"separator", into(stage.separator, reading)},
            {"expression", into(stage.expression, reading)},
            {"value", into(stage.value, reading)},
            {"older_than", [&](const YamlNode& value) { into(stage.older_than.emplace(), reading)(value); }},
            {"longer_than", [&](const YamlNode& value) {
               stage.longer_than = size_of(value.text);
               if (!stage.longer_than) reading.add(value.line, "it is a size such as 8kb");
             }},
            {"drop_counter_reason", into(stage.drop_reason, reading)}});
  out.stage = std::move(stage);
}

void read_metrics(const YamlNode& node, const Reading& reading, StageSettings& out) {
  collect::MetricsStage stage;
  if (node.kind != YamlNode::Kind::map) reading.add(node.line, fmt::format("metrics is a map of metrics, not {}", kind_name(node.kind)));
  for (const YamlEntry& entry : node.entries) stage.metrics.push_back(read_metric(entry, reading));
  out.stage = std::move(stage);
}

const std::vector<StageKind>& stage_kinds() {
  using namespace collect;
  static const std::vector<StageKind> kinds{
      kind<RegexStage>("regex", [](RegexStage& s, const Reading& r) -> std::vector<Field> {
        return {{"expression", into(s.expression, r)}, {"source", into(s.source, r)}};
      }),
      kind<JsonStage>("json", [](JsonStage& s, const Reading& r) -> std::vector<Field> {
        return {{"expressions", into_pairs(s.expressions, r)}, {"source", into(s.source, r)}, {"drop_malformed", into(s.drop_malformed, r)}};
      }),
      kind<LogfmtStage>("logfmt", [](LogfmtStage& s, const Reading& r) -> std::vector<Field> {
        return {{"mapping", into_pairs(s.mapping, r)}, {"source", into(s.source, r)}};
      }),
      kind<CriStage>("cri", [](CriStage& s, const Reading& r) -> std::vector<Field> {
        return {{"max_partial_lines", into_count(s.max_partial_lines, r)},
                {"max_partial_line_size", [](const YamlNode&) {}},
                {"max_partial_line_size_truncate", [](const YamlNode&) {}}};
      }),
      kind<DockerStage>("docker", [](DockerStage&, const Reading&) -> std::vector<Field> { return {}; }),
      kind<TimestampStage>("timestamp", [](TimestampStage& s, const Reading& r) -> std::vector<Field> {
        return {{"source", into(s.source, r)},
                {"format", into(s.format, r)},
                {"fallback_formats", into(s.fallback_formats, r)},
                {"location", into(s.location, r)},
                {"action_on_failure", into(s.action_on_failure, r)}};
      }),
      whole("labels", &LabelsStage::labels),
      whole("structured_metadata", &StructuredMetadataStage::fields),
      whole("labeldrop", &LabelDropStage::names),
      whole("label_drop", &LabelDropStage::names),
      whole("labelallow", &LabelAllowStage::names),
      whole("static_labels", &StaticLabelsStage::labels),
      kind<OutputStage>("output", [](OutputStage& s, const Reading& r) -> std::vector<Field> { return {{"source", into(s.source, r)}}; }),
      kind<TemplateStage>("template", [](TemplateStage& s, const Reading& r) -> std::vector<Field> {
        return {{"source", into(s.source, r)}, {"template", into(s.text, r)}};
      }),
      {"match", read_match},
      {"drop", read_drop},
      kind<MultilineStage>("multiline", [](MultilineStage& s, const Reading& r) -> std::vector<Field> {
        return {{"firstline", into(s.firstline, r)}, {"max_wait_time", into(s.max_wait, r)}, {"max_lines", into_count(s.max_lines, r)}};
      }),
      kind<ReplaceStage>("replace", [](ReplaceStage& s, const Reading& r) -> std::vector<Field> {
        return {{"expression", into(s.expression, r)}, {"source", into(s.source, r)}, {"replace", into(s.replace, r)}};
      }),
      kind<LimitStage>("limit", [](LimitStage& s, const Reading& r) -> std::vector<Field> {
        return {{"rate", into_number(s.rate, r)},
                {"burst", into_count(s.burst, r)},
                {"drop", into(s.drop, r)},
                {"by_label_name", into(s.by_label_name, r)},
                {"max_distinct_labels", into_count(s.max_distinct_labels, r)},
                {"drop_counter_reason", [](const YamlNode&) {}}};
      }),
      {"metrics", read_metrics},
      kind<DecolorizeStage>("decolorize", [](DecolorizeStage&, const Reading&) -> std::vector<Field> { return {}; }),
      kind<PackStage>("pack", [](PackStage& s, const Reading& r) -> std::vector<Field> {
        return {{"labels", into(s.labels, r)}, {"ingest_timestamp", into(s.ingest_timestamp, r)}};
      }),
      kind<TenantStage>("tenant", [](TenantStage&, const Reading&) -> std::vector<Field> {
        const auto ignored = [](const YamlNode&) {};
        return {{"source", ignored}, {"value", ignored}, {"label", ignored}};
      }),
  };
  return kinds;
}

std::vector<StageSettings> read_stages(const YamlNode& list, const Reading& reading) {
  std::vector<StageSettings> out;
  read_list(list, "pipeline_stages", reading, [&](const YamlNode& node) {
    if (node.kind != YamlNode::Kind::map || node.entries.size() != 1) return reading.add(node.line, "a stage is a map of one name to its fields");
    const YamlEntry& entry = node.entries[0];
    const auto found = std::find_if(stage_kinds().begin(), stage_kinds().end(), [&](const StageKind& one) { return one.name == entry.key; });
    if (found == stage_kinds().end()) {
      std::vector<std::string> names;
      for (const StageKind& one : stage_kinds()) names.emplace_back(one.name);
      const auto near = nearest(entry.key, names);
      return reading.add(entry.line, near ? fmt::format("unknown stage {}: did you mean {}?", entry.key, *near)
                                          : fmt::format("stage {} is not supported", entry.key));
    }
    StageSettings& stage = out.emplace_back();
    stage.where = fmt::format("{}:{}", reading.file, entry.line);
    found->read(entry.value, reading, stage);
  });
  return out;
}

/// A group of static_configs: the labels __path__ and __path_exclude__ say which files.
void read_static(const YamlNode& node, const Reading& reading, FollowJob& job) {
  std::vector<std::string> targets;
  signals::Labels labels;
  read_map(node, "a group of targets", reading,
           {{"targets", into(targets, reading)}, {"labels", [&](const YamlNode& value) { labels = read_labels(value, reading); }}});
  FollowTarget target{.path = std::string(labels.value("__path__")), .exclude = std::string(labels.value("__path_exclude__"))};
  target.labels = labels.with("__path__", "").with("__path_exclude__", "");
  if (target.path.empty()) return reading.add(node.line, "a group of targets: the label __path__ is missing");
  job.targets.push_back(std::move(target));
}

FollowJob read_job(const YamlNode& node, const Reading& reading) {
  FollowJob job;
  std::vector<StageSettings> stages;
  bool has_stages = false;
  const auto ignored = [](const YamlNode&) {};
  read_map(node, "a job", reading,
           {{"job_name", into(job.name, reading)},
            {"static_configs", [&](const YamlNode& list) { read_list(list, "static_configs", reading, [&](const YamlNode& one) { read_static(one, reading, job); }); }},
            {"relabel_configs", [&](const YamlNode& list) { read_relabelling(list, reading, job.relabel_configs); }},
            {"pipeline_stages", [&](const YamlNode& list) {
               has_stages = list.kind != YamlNode::Kind::null;
               stages = read_stages(list, reading);
             }},
            {"encoding", [&](const YamlNode& value) {
               if (lower(value.text) != "utf-8" && lower(value.text) != "utf8") reading.add(value.line, "only files in UTF-8 are followed");
             }},
            {"decompression", ignored}});
  if (job.name.empty()) reading.add(node.line, "a job: job_name is missing");
  for (const FollowTarget& target : job.targets)
    if (const auto glob = collect::Glob::parse(target.path); !glob) reading.add(node.line, glob.error().message);
  if (!has_stages || !reading.problems.empty()) return job;
  auto pipeline = collect::make_pipeline(stages, compile_field_template);
  if (pipeline) {
    job.pipeline = std::move(*pipeline);
  } else {
    // "promtail.yml:7: cannot ...": the stage says where it is.
    const std::string& message = pipeline.error().message;
    const size_t colon = message.find(": ");
    const bool placed = message.starts_with(reading.file) && colon != std::string::npos;
    reading.problems.push_back({placed ? message.substr(0, colon) : fmt::format("{}:{}", reading.file, node.line), placed ? message.substr(colon + 2) : message});
  }
  return job;
}

}  // namespace

std::vector<StageSettings> read_pipeline_stages(const YamlNode& list, std::string_view file, std::vector<Problem>& problems) {
  return read_stages(list, Reading{file, problems});
}

std::vector<FollowJob> read_promtail_jobs(const YamlNode& list, std::string_view file, std::vector<Problem>& problems) {
  std::vector<FollowJob> out;
  std::set<std::string> names;
  if (list.kind != YamlNode::Kind::null && list.kind != YamlNode::Kind::list) {
    problems.push_back({fmt::format("{}:{}", file, list.line), fmt::format("it is a list of jobs, not {}", kind_name(list.kind))});
    return out;
  }
  for (const YamlNode& node : list.items) {
    if (out.size() >= kPromtailJobsMax) {
      problems.push_back({fmt::format("{}:{}", file, node.line), fmt::format("more than {} jobs", kPromtailJobsMax)});
      break;
    }
    std::vector<Problem> found;
    FollowJob job = read_job(node, Reading{file, found});
    if (found.empty() && !names.insert(job.name).second)
      found.push_back({fmt::format("{}:{}", file, node.line), fmt::format("there is another job {}", job.name)});
    if (found.empty()) out.push_back(std::move(job));
    problems.insert(problems.end(), found.begin(), found.end());
  }
  return out;
}

std::vector<FollowJob> read_promtail_file(const std::string& path, std::vector<Problem>& problems) {
  const auto text = read_file(path, kYamlBytesMax);
  if (!text) {
    problems.push_back({path, text.error().message});
    return {};
  }
  const size_t before = problems.size();
  const YamlNode document = read_yaml(*text, path, problems);
  if (problems.size() > before) return {};
  for (const YamlEntry& entry : document.entries)
    if (entry.key == "scrape_configs") return read_promtail_jobs(entry.value, path, problems);
  problems.push_back({path, "it has no scrape_configs"});
  return {};
}

}  // namespace monitorai::app
