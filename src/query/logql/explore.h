#pragma once
// What the lines hold, for people who do not know yet what to ask: the fields in them, their patterns, and how much of them there is.

#include <map>

#include "query/logql/engine.h"

namespace monitorai::query {

struct DetectedField {
  std::string label;
  std::string_view type;             ///< "string", "int", "float", "boolean", "duration" or "bytes", of the first value that was met
  uint64_t cardinality = 0;          ///< different values in the lines that were read
  std::vector<std::string> parsers;  ///< "json", "logfmt"; empty for structured metadata
  std::vector<std::string> json_path;
};

/// Fields of the newest lines of a log query, at most range.limit of them: structured metadata, what the query's own parsers find and,
/// where it has none, what json or logfmt find. Sorted by name, at most fields_max.
Result<std::vector<DetectedField>, QueryError> detected_fields(const LogQlEngine& engine, const signals::LogSource& source,
                                                               std::string_view query, LogQlRange range, size_t fields_max,
                                                               std::stop_token stop = {});
/// The values of one of these fields, sorted.
Result<std::vector<std::string>, QueryError> detected_field_values(const LogQlEngine& engine, const signals::LogSource& source,
                                                                   std::string_view query, std::string_view field, LogQlRange range,
                                                                   size_t values_max, std::stop_token stop = {});

struct DetectedLabel {
  std::string label;
  uint64_t cardinality = 0;
};
/// The labels of the selected streams with how many values each has; those whose values are all ids (numbers, UUIDs) are left out, as in
/// Loki. Sorted by name.
Result<std::vector<DetectedLabel>, QueryError> detected_labels(const signals::LogSource& source, std::span<const signals::Matcher> matchers,
                                                               signals::LogRange range);

struct LogPattern {
  std::string pattern;                   ///< what differs is "<_>", as the |> filter takes it
  std::map<int64_t, uint64_t> samples;  ///< lines by the second at which their step begins
  uint64_t total = 0;
};
struct PatternLimits {
  size_t lines_max = 200'000;  ///< read, spread over the streams
  size_t patterns_max = 300;   ///< held at once; further lines that fit none are not counted
  size_t line_bytes_max = 3000;
  size_t tokens_max = 200;
};
/// Patterns of the lines of a selector (and pipeline), most frequent first.
Result<std::vector<LogPattern>, QueryError> log_patterns(const LogQlEngine& engine, const signals::LogSource& source, std::string_view query,
                                                         signals::LogRange range, std::chrono::seconds step, PatternLimits limits = {},
                                                         std::stop_token stop = {});

struct VolumeRequest {
  std::vector<signals::Matcher> matchers;
  signals::LogRange range;
  std::vector<std::string> target_labels;  ///< none: the labels that the matchers name; all where they name none
  bool by_labels = false;                  ///< aggregateBy=labels: a sum for each label's name, not for each set of values
  size_t limit = 100;
  std::chrono::seconds step{0};  ///< of volume_range; 0: the whole range at once
};
struct Volume {
  signals::Labels labels;  ///< of the series
  std::string label;       ///< with by_labels: the name
  struct Sample {
    TimeNs time;  ///< where the step ends
    uint64_t bytes = 0;
  };
  std::vector<Sample> samples;  ///< steps without lines are left out
  uint64_t bytes = 0;
};
/// Bytes of text by label values, from the index; the largest first.
Result<std::vector<Volume>, QueryError> log_volume(const signals::LogSource& source, const VolumeRequest& request);

}  // namespace monitorai::query
