#include "judge/rules/rule_file.h"

#include <glob.h>

#include <set>

#include "base/files.h"
#include "base/text.h"
#include "judge/rules/alert_template.h"
#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "query/promql/parser.h"
#include "query/promql/printer.h"
#include "signals/labels.h"

namespace monitorai::judge {
namespace {

using yaml::Problem;
using yaml::YamlEntry;
using yaml::YamlNode;

constexpr std::string_view kGroupKeys[] = {"name", "interval", "query_offset", "limit", "rules", "labels", "type"};
constexpr std::string_view kRuleKeys[] = {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"};

/// Prometheus 3 takes any UTF-8 as a name.
bool valid_name(std::string_view name) { return !name.empty() && valid_utf8(name); }

class Reader {
 public:
  Reader(const std::string& file, ReadRules& out) : file_(file), out_(out) {}

  void file(const YamlNode& document) {
    if (document.kind == YamlNode::Kind::null) return;
    if (!is_map(document, "the file")) return;
    for (const YamlEntry& entry : document.entries) {
      if (entry.key == "groups")
        groups(entry.value);
      else
        problem(entry.line, entry.column, fmt::format("unknown key {}: a rule file holds groups", entry.key));
    }
  }

 private:
  void problem(int line, int column, std::string text) {
    out_.problems.push_back({fmt::format("{}:{}:{}", file_, line, column), context_ + std::move(text)});
  }
  void problem(const YamlNode& node, std::string text) { problem(node.line, node.column, std::move(text)); }

  bool is_map(const YamlNode& node, std::string_view what) {
    if (node.kind == YamlNode::Kind::map) return true;
    problem(node, fmt::format("{} is {}, not a map", what, yaml::kind_name(node.kind)));
    return false;
  }

  void groups(const YamlNode& list) {
    if (list.kind == YamlNode::Kind::null) return;
    if (list.kind != YamlNode::Kind::list) return problem(list, fmt::format("groups is {}, not a list", yaml::kind_name(list.kind)));
    std::set<std::string> names;
    for (const YamlNode& item : list.items) {
      GroupSpec group = read_group(item);
      if (!group.name.empty() && !names.insert(group.name).second)
        problem(item, fmt::format("groupname: \"{}\" is repeated in the same file", group.name));
      out_.groups.push_back(std::move(group));
    }
  }

  void unknown_key(const YamlEntry& entry, std::span<const std::string_view> known, std::string_view of) {
    const std::vector<std::string> names(known.begin(), known.end());
    const auto near = nearest(entry.key, names);
    problem(entry.line, entry.column,
            fmt::format("unknown key {} of a {}: {}", entry.key, of,
                        near ? fmt::format("did you mean {}?", *near) : "its keys are " + join(names, ", ")));
  }

  GroupSpec read_group(const YamlNode& node) {
    GroupSpec group{.name = {}, .file = file_, .interval = {}, .query_offset = {}, .limit = 0, .language = RuleLanguage::promql, .rules = {}};
    if (!is_map(node, "a group")) return group;
    const YamlNode* rules = nullptr;
    TextMap labels;
    for (const YamlEntry& entry : node.entries)
      if (entry.key == "name") text(entry, group.name);
    if (group.name.empty()) problem(node, "Groupname must not be empty");
    context_ = fmt::format("group \"{}\": ", group.name);
    for (const YamlEntry& entry : node.entries) {
      if (entry.key == "interval") {
        const auto value = duration(entry);
        if (value && value->count() > 0) group.interval = value;
      } else if (entry.key == "query_offset") {
        group.query_offset = duration(entry);
      } else if (entry.key == "limit") {
        std::string digits;
        text(entry, digits);
        const auto number = parse_integer<int64_t>(digits);
        if (!number && !digits.empty()) problem(entry.value, fmt::format("limit is a whole number, not \"{}\"", digits));
        group.limit = number.value_or(0);
      } else if (entry.key == "rules") {
        rules = &entry.value;
      } else if (entry.key == "labels") {
        labels = map_of_texts(entry);
        check_label_names(entry.value, labels);
      } else if (entry.key == "type") {
        std::string type;
        text(entry, type);
        if (type == "logql")
          group.language = RuleLanguage::logql;
        else if (type != "prometheus" && type != "promql")
          problem(entry.value, fmt::format("type is promql or logql, not \"{}\"", type));
      } else if (entry.key != "name") {
        unknown_key(entry, kGroupKeys, "group");
      }
    }
    language_ = group.language;
    if (rules != nullptr && rules->kind != YamlNode::Kind::null) {
      if (rules->kind != YamlNode::Kind::list)
        problem(*rules, fmt::format("rules is {}, not a list", yaml::kind_name(rules->kind)));
      else
        for (size_t i = 0; i < rules->items.size(); ++i) group.rules.push_back(read_rule(rules->items[i], group.name, i + 1, labels));
    }
    context_.clear();
    return group;
  }

  RuleSpec read_rule(const YamlNode& node, const std::string& group, size_t number, const TextMap& group_labels) {
    RuleSpec rule;
    rule.line = node.line;
    const std::string around = std::exchange(context_, fmt::format("group \"{}\", rule {}: ", group, number));
    if (is_map(node, "a rule")) read_fields(node, group, number, rule);
    for (const auto& [name, value] : group_labels) rule.labels.try_emplace(name, value);
    context_ = around;
    return rule;
  }

  void read_fields(const YamlNode& node, const std::string& group, size_t number, RuleSpec& rule) {
    std::string record, alert, expr;
    const YamlNode *record_at = nullptr, *alert_at = nullptr, *expr_at = nullptr, *labels_at = nullptr, *annotations_at = nullptr;
    for (const YamlEntry& entry : node.entries) {
      if (entry.key == "record") text(entry, record), record_at = &entry.value;
      if (entry.key == "alert") text(entry, alert), alert_at = &entry.value;
    }
    context_ = fmt::format("group \"{}\", rule {}, \"{}\": ", group, number, alert.empty() ? record : alert);
    for (const YamlEntry& entry : node.entries) {
      if (entry.key == "expr") {
        text(entry, expr);
        expr_at = &entry.value;
      } else if (entry.key == "for") {
        rule.hold = duration(entry).value_or(std::chrono::milliseconds(0));
      } else if (entry.key == "keep_firing_for") {
        rule.keep_firing_for = duration(entry).value_or(std::chrono::milliseconds(0));
      } else if (entry.key == "labels") {
        rule.labels = map_of_texts(entry);
        labels_at = &entry.value;
      } else if (entry.key == "annotations") {
        rule.annotations = map_of_texts(entry);
        annotations_at = &entry.value;
      } else if (entry.key != "record" && entry.key != "alert") {
        unknown_key(entry, kRuleKeys, "rule");
      }
    }
    if (!record.empty() && !alert.empty()) problem(*alert_at, "only one of 'record' and 'alert' must be set");
    if (record.empty() && alert.empty()) problem(node, "one of 'record' or 'alert' must be set");
    rule.kind = alert.empty() ? RuleSpec::Kind::record : RuleSpec::Kind::alert;
    rule.name = alert.empty() ? record : alert;
    if (expr.empty())
      problem(expr_at != nullptr ? *expr_at : node, "field 'expr' must be set in rule");
    else
      read_expr(expr, *expr_at, rule);
    if (!record.empty()) check_record(*record_at, rule);
    if (labels_at != nullptr) check_label_names(*labels_at, rule.labels);
    if (annotations_at != nullptr) check_annotation_names(*annotations_at, rule.annotations);
    if (!alert.empty()) {
      if (labels_at != nullptr) check_templates(*labels_at, "label", alert);
      if (annotations_at != nullptr) check_templates(*annotations_at, "annotation", alert);
    }
  }

  void read_expr(const std::string& expr, const YamlNode& at, RuleSpec& rule) {
    if (language_ == RuleLanguage::logql) return read_log_query(expr, at, rule);
    const auto parsed = query::parse(expr);
    if (!parsed) return problem(at, fmt::format("could not parse expression: {}", parsed.error().text(expr)));
    rule.query = query::print(**parsed);
  }

  void read_log_query(const std::string& expr, const YamlNode& at, RuleSpec& rule) {
    const auto parsed = query::logql::parse(expr);
    if (!parsed) return problem(at, fmt::format("could not parse expression: {}", parsed.error().text(expr)));
    if (parsed->log) return problem(at, "a rule needs a number: put a range aggregation such as count_over_time round the log query");
    rule.query = query::logql::print(*parsed);
  }

  void check_record(const YamlNode& at, const RuleSpec& rule) {
    if (!rule.annotations.empty()) problem(at, "invalid field 'annotations' in recording rule");
    if (rule.hold.count() != 0) problem(at, "invalid field 'for' in recording rule");
    if (rule.keep_firing_for.count() != 0) problem(at, "invalid field 'keep_firing_for' in recording rule");
    if (!valid_name(rule.name)) problem(at, fmt::format("invalid recording rule name: {}", to_valid_utf8(rule.name)));
    if (rule.name.find_first_of("{}") != std::string::npos)
      problem(at, fmt::format("braces present in the recording rule name; should it be in expr?: {}", rule.name));
  }

  void check_label_names(const YamlNode& at, const TextMap& labels) {
    for (const auto& [name, value] : labels) {
      if (!valid_name(name) || name == signals::kMetricName) problem(at, fmt::format("invalid label name: {}", to_valid_utf8(name)));
      if (!valid_utf8(value)) problem(at, fmt::format("invalid label value: {}", to_valid_utf8(value)));
    }
  }

  void check_annotation_names(const YamlNode& at, const TextMap& annotations) {
    for (const auto& [name, value] : annotations)
      if (!valid_name(name)) problem(at, fmt::format("invalid annotation name: {}", to_valid_utf8(name)));
  }

  void check_templates(const YamlNode& map, std::string_view what, std::string_view alert) {
    for (const YamlEntry& entry : map.entries)
      if (const auto parsed = AlertTemplate::parse(entry.value.text, alert); !parsed)
        problem(entry.value, fmt::format("{} \"{}\": {}", what, entry.key, parsed.error().message));
  }

  void text(const YamlEntry& entry, std::string& out) {
    if (entry.value.kind == YamlNode::Kind::scalar)
      out = entry.value.text;
    else if (entry.value.kind != YamlNode::Kind::null)
      problem(entry.value, fmt::format("{} is text, not {}", entry.key, yaml::kind_name(entry.value.kind)));
  }

  std::optional<std::chrono::milliseconds> duration(const YamlEntry& entry) {
    std::string written;
    text(entry, written);
    if (entry.value.kind != YamlNode::Kind::scalar) return std::nullopt;
    const auto parsed = parse_duration(written);
    if (!parsed) {
      problem(entry.value, fmt::format("{}: {}", entry.key, parsed.error().message));
      return std::nullopt;
    }
    return *parsed;
  }

  TextMap map_of_texts(const YamlEntry& entry) {
    TextMap out;
    if (entry.value.kind == YamlNode::Kind::null || !is_map(entry.value, entry.key)) return out;
    for (const YamlEntry& one : entry.value.entries) text(one, out[one.key]);
    return out;
  }

  const std::string& file_;
  ReadRules& out_;
  std::string context_;
  RuleLanguage language_ = RuleLanguage::promql;  ///< of the group that is read
};

bool has_wildcard(std::string_view glob) { return glob.find_first_of("*?[") != std::string_view::npos; }

}  // namespace

bool RuleSpec::operator==(const RuleSpec& other) const {
  return kind == other.kind && name == other.name && query == other.query && hold == other.hold &&
         keep_firing_for == other.keep_firing_for && labels == other.labels && annotations == other.annotations;
}

ReadRules read_rules(std::string_view text, const std::string& file) {
  ReadRules out;
  const YamlNode document = yaml::read_yaml(text, file, out.problems, {.bytes_max = kRuleFileBytesMax, .nodes_max = kRuleFileNodesMax});
  if (out.problems.empty()) Reader(file, out).file(document);
  if (!out.problems.empty()) out.groups.clear();
  return out;
}

ReadRules read_rule_file(const std::string& file) {
  const auto text = read_file(file, kRuleFileBytesMax);
  if (!text) return {.groups = {}, .problems = {{file, text.error().message}}};
  return read_rules(*text, file);
}

ReadRules read_rule_files(std::span<const std::string> globs) {
  ReadRules out;
  const std::vector<std::string> files = files_of(globs);
  if (files.size() > kRuleFilesMax) {
    out.problems.push_back({"rules", fmt::format("{} files are more than the limit of {}", files.size(), kRuleFilesMax)});
    return out;
  }
  for (const std::string& file : files) {
    ReadRules one = read_rule_file(file);
    std::move(one.groups.begin(), one.groups.end(), std::back_inserter(out.groups));
    std::move(one.problems.begin(), one.problems.end(), std::back_inserter(out.problems));
  }
  if (!out.problems.empty()) out.groups.clear();
  return out;
}

std::vector<std::string> files_of(std::span<const std::string> globs) {
  std::set<std::string> files;
  for (const std::string& pattern : globs) {
    if (!has_wildcard(pattern)) {
      files.insert(pattern);
      continue;
    }
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
      for (size_t i = 0; i < found.gl_pathc; ++i) files.emplace(found.gl_pathv[i]);
    ::globfree(&found);
  }
  return {files.begin(), files.end()};
}

std::vector<yaml::Problem> duplicate_rules(std::span<const GroupSpec> groups) {
  std::vector<yaml::Problem> out;
  std::map<std::pair<std::string, TextMap>, std::string> seen;
  for (const GroupSpec& group : groups) {
    for (const RuleSpec& rule : group.rules) {
      const std::string where = fmt::format("{}:{}", group.file, rule.line);
      const auto [first, fresh] = seen.try_emplace({rule.name, rule.labels}, where);
      if (!fresh)
        out.push_back({where, fmt::format("group \"{}\", \"{}\": a rule of the same name and labels stands in {}", group.name, rule.name,
                                          first->second)});
    }
  }
  return out;
}

}  // namespace monitorai::judge
