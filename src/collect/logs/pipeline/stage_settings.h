#pragma once
// The stages of promtail's `pipeline_stages` as they are written, with promtail's defaults. The configuration reader fills them;
// Pipeline::make checks and compiles them. Source: grafana.com/docs/loki/latest/send-data/promtail/stages.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace monitorai::collect {

/// Fields found in a line so far, by name.
using Extracted = std::map<std::string, std::string, std::less<>>;
/// A compiled Go template: the text it makes of the fields. Any thread.
using FieldTemplate = std::function<Result<std::string>(const Extracted& fields)>;
/// Compiles a Go template; given by whoever has an engine for them.
using TemplateCompiler = std::function<Result<FieldTemplate>(std::string_view text)>;

struct StageSettings;

struct RegexStage {
  std::string expression;
  std::string source{};  ///< "": the line
};
struct JsonStage {
  std::vector<std::pair<std::string, std::string>> expressions;  ///< name, JMESPath ("": the name)
  std::string source{};
  bool drop_malformed = false;
};
struct LogfmtStage {
  std::vector<std::pair<std::string, std::string>> mapping;  ///< name, field ("": the name)
  std::string source{};
};
struct CriStage {
  size_t max_partial_lines = 100;
};
struct DockerStage {};
struct TimestampStage {
  std::string source;
  std::string format;  ///< a Go layout, or RFC3339, Unix, UnixMs, UnixUs, UnixNs, ANSIC, ...
  std::vector<std::string> fallback_formats{};
  std::string location = "UTC";
  std::string action_on_failure = "fudge";  ///< fudge: the time of the line before and a nanosecond; skip: the time of reading
};
struct LabelsStage {
  std::vector<std::pair<std::string, std::string>> labels;  ///< label, field ("": the name)
};
struct StructuredMetadataStage {
  std::vector<std::pair<std::string, std::string>> fields;
};
struct LabelDropStage {
  std::vector<std::string> names;
};
struct LabelAllowStage {
  std::vector<std::string> names;
};
struct StaticLabelsStage {
  std::vector<std::pair<std::string, std::string>> labels;
};
struct OutputStage {
  std::string source;
};
struct TemplateStage {
  std::string source;
  std::string text;
};
struct MatchStage {
  std::string selector;
  std::string action = "keep";  ///< keep: the stages apply to lines that match; drop: these are dropped
  std::string drop_reason = "match_stage";
  std::vector<StageSettings> stages;  // not {}: clang wants the whole type for it
};
struct DropStage {
  std::vector<std::string> source{};
  std::string separator = ";";
  std::string expression{};
  std::string value{};
  std::optional<std::chrono::milliseconds> older_than{};
  std::optional<size_t> longer_than{};
  std::string drop_reason = "drop_stage";
};
struct MultilineStage {
  std::string firstline;
  std::chrono::milliseconds max_wait{3000};
  size_t max_lines = 128;
};
struct ReplaceStage {
  std::string expression;
  std::string source{};
  std::string replace{};
};
struct LimitStage {
  double rate = 0;   ///< lines a second
  size_t burst = 0;
  bool drop = false;  ///< false: lines over the rate are let pass, for a follower that waits would hold up other files
  std::string by_label_name{};
  size_t max_distinct_labels = 10'000;
};
struct MetricSettings {
  std::string name;
  std::string type;  ///< counter, gauge, histogram
  std::string description{};
  std::string prefix = "promtail_custom_";
  std::string source{};  ///< "": the metric's name
  std::string action{};  ///< inc, add; set, dec, sub of a gauge
  std::string value{};   ///< only lines with this value count
  bool match_all = false;
  bool count_entry_bytes = false;
  std::vector<double> buckets{};
};
struct MetricsStage {
  std::vector<MetricSettings> metrics;
};
struct DecolorizeStage {};
struct PackStage {
  std::vector<std::string> labels;
  bool ingest_timestamp = true;
};
struct TenantStage {};  ///< there is one tenant: it does nothing

struct StageSettings {
  std::string where;  ///< of the configuration, for errors
  std::variant<RegexStage, JsonStage, LogfmtStage, CriStage, DockerStage, TimestampStage, LabelsStage, StructuredMetadataStage, LabelDropStage,
               LabelAllowStage, StaticLabelsStage, OutputStage, TemplateStage, MatchStage, DropStage, MultilineStage, ReplaceStage, LimitStage,
               MetricsStage, DecolorizeStage, PackStage, TenantStage>
      stage;
};

}  // namespace monitorai::collect
