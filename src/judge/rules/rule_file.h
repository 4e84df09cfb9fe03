#pragma once
// Rule files of Prometheus: groups of recording and alerting rules, as text and as values. Reading checks everything that can be known
// without data: syntax, names, durations, expressions and templates, and reports all problems at once with their places.

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/yaml.h"

namespace monitorai::judge {

/// Names to texts, sorted. Unlike signals::Labels it keeps empty texts: `labels: {instance: ""}` of a rule removes that label.
using TextMap = std::map<std::string, std::string>;

/// In which language the rules of a group ask: PromQL of the metric store, LogQL (metric queries) of the log store. A group says so with
/// `type: logql`.
enum class RuleLanguage { promql, logql };

/// One rule as it stands in a file.
struct RuleSpec {
  enum class Kind { record, alert };
  Kind kind = Kind::record;
  std::string name;                   ///< of the metric that is recorded, or of the alert
  std::string query;                  ///< in the language of the group, printed in its canonical form
  std::chrono::milliseconds hold{0};  ///< `for`
  std::chrono::milliseconds keep_firing_for{0};
  TextMap labels;  ///< those of the group and of the rule; the rule's win
  TextMap annotations;
  int line = 1;  ///< where the rule begins; not compared
  /// Equal rules are the same rule after a reload.
  bool operator==(const RuleSpec& other) const;
};

struct GroupSpec {
  std::string name;
  std::string file;
  std::optional<std::chrono::milliseconds> interval;      ///< nullopt: the configured default
  std::optional<std::chrono::milliseconds> query_offset;  ///< how long before its time a rule looks
  int64_t limit = 0;                                      ///< alerts or series that one rule may make; 0: any number
  RuleLanguage language = RuleLanguage::promql;
  std::vector<RuleSpec> rules;
  bool operator==(const GroupSpec&) const = default;
  /// "file;name", which no two groups share.
  std::string key() const { return file + ';' + name; }
};

inline constexpr size_t kRuleFileBytesMax = size_t{16} << 20;
inline constexpr size_t kRuleFileNodesMax = 1'000'000;
inline constexpr size_t kRuleFilesMax = 10'000;

/// Either problems or groups: a file with a problem gives no groups.
struct ReadRules {
  std::vector<GroupSpec> groups;
  std::vector<yaml::Problem> problems;  ///< where: "file:line:column"
};

/// Thread: any.
ReadRules read_rules(std::string_view text, const std::string& file);
ReadRules read_rule_file(const std::string& file);
/// The files that globs name (sorted, each once), then all their groups. A glob without a `*`, `?` or `[` must name a file that exists.
ReadRules read_rule_files(std::span<const std::string> globs);
/// The files of globs (`*`, `?`, `[...]`), sorted, each once. A name without a wildcard is itself, whether it exists or not.
std::vector<std::string> files_of(std::span<const std::string> globs);

/// Rules that make the same series as one before them: same name and labels. No error in Prometheus, but rarely meant.
std::vector<yaml::Problem> duplicate_rules(std::span<const GroupSpec> groups);

}  // namespace monitorai::judge
