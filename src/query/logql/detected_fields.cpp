#include <algorithm>
#include <set>

#include "base/text.h"
#include "query/logql/explore.h"
#include "query/logql/json.h"
#include "query/logql/parser.h"
#include "query/logql/pipeline.h"
#include "query/logql/template_values.h"
#include "query/logql/units.h"

namespace monitorai::query {
namespace {

using namespace logql;

constexpr size_t kJsonNodesMax = 2000;

std::string_view type_of(std::string_view value) {
  if (parse_integer<int64_t>(value)) return "int";
  if (parse_number(value)) return "float";
  const std::string small = lower(value);
  if (small == "true" || small == "false") return "boolean";
  if (parse_go_duration(value)) return "duration";
  if (parse_bytes(value)) return "bytes";
  return "string";
}

class FieldCollector {
 public:
  struct Field {
    std::string_view type;
    std::set<std::string, std::less<>> values;
    std::set<std::string> parsers;
    std::vector<std::string> json_path;
  };
  std::map<std::string, Field, std::less<>> fields;

  void add(std::string_view name, std::string_view value, std::string_view parser, std::span<const std::string> path = {}) {
    if (name.empty() || value.empty() || name.starts_with("__error")) return;
    auto found = fields.find(name);
    if (found == fields.end()) {
      if (fields.size() >= kFieldsMax) return;
      found = fields.emplace(std::string(name), Field{type_of(value), {}, {}, {path.begin(), path.end()}}).first;
    }
    found->second.values.emplace(value);
    if (!parser.empty()) found->second.parsers.emplace(parser);
  }

  void add_json(const JsonTree& tree, const std::string& prefix, std::vector<std::string>& path, const signals::Labels& stored) {
    for (size_t i = 0; i < tree.items.size(); ++i) {
      const JsonTree& item = tree.items[i];
      arena_.clear();
      std::string name(sanitize_name(tree.names[i], arena_));
      if (!prefix.empty()) name = name.empty() ? prefix : prefix + "_" + name;
      path.push_back(tree.names[i]);
      if (item.kind == JsonTree::Kind::object) {
        add_json(item, name, path, stored);
      } else if (item.kind != JsonTree::Kind::array && item.kind != JsonTree::Kind::null) {
        if (stored.has(name)) name += kExtractedSuffix;
        add(name, item.kind == JsonTree::Kind::number ? fmt::format("{}", item.number) : text_of(item), "json", path);
      }
      path.pop_back();
    }
  }

 private:
  static constexpr size_t kFieldsMax = 10'000;
  Arena arena_;
};

std::vector<std::string> parsers_of(const LogExpr& log) {
  std::vector<std::string> out;
  for (const Stage& stage : log.stages) {
    if (std::holds_alternative<JsonStage>(stage.what) || std::holds_alternative<UnpackStage>(stage.what)) out.emplace_back("json");
    if (std::holds_alternative<LogfmtStage>(stage.what)) out.emplace_back("logfmt");
    if (std::holds_alternative<RegexpStage>(stage.what)) out.emplace_back("regexp");
    if (std::holds_alternative<PatternStage>(stage.what)) out.emplace_back("pattern");
  }
  return out;
}

Result<FieldCollector, QueryError> collect(const LogQlEngine& engine, const signals::LogSource& source, std::string_view query,
                                           LogQlRange range, std::stop_token stop) {
  const auto parsed = logql::parse(query);
  if (!parsed) return QueryError{QueryError::Kind::parse, parsed.error().text(query)};
  if (!parsed->log) return QueryError{QueryError::Kind::parse, "fields are detected in log queries only"};
  range.direction = signals::Direction::backward;
  range.limit = std::min(range.limit, engine.limits().lines_returned_max);
  MAI_TRY_ASSIGN(const LogQlResult lines, engine.range(source, query, range, std::move(stop)));
  const std::vector<std::string> parsers = parsers_of(*parsed->log);
  LogExpr logfmt_only;
  logfmt_only.stages.push_back({{}, LogfmtStage{}});
  const auto logfmt = Pipeline::compile(logfmt_only, Wanted{}, {});
  Line line;
  std::vector<LineLabels::Entry> found;
  FieldCollector out;
  for (const LogStream& stream : lines.streams) {
    for (const signals::Label& label : stream.structured_metadata) out.add(label.name, label.value, "");
    for (const signals::Label& label : stream.parsed)
      out.add(label.name, label.value, parsers.empty() ? "" : parsers.size() == 1 ? parsers.front() : parsers.back());
    if (!parsers.empty()) continue;
    for (const LogEntry& entry : stream.entries) {
      if (trim(entry.line).starts_with("{")) {
        if (const auto tree = parse_json_tree(entry.line, kJsonNodesMax); tree && tree->kind == JsonTree::Kind::object) {
          std::vector<std::string> path;
          out.add_json(*tree, "", path, stream.labels);
          continue;
        }
      }
      if (entry.line.find('=') == std::string::npos) continue;
      line.start(0, entry.line, 0, stream.labels, {});
      logfmt->run_alone(line);
      line.labels.collect(found);
      for (const LineLabels::Entry& e : found)
        if (e.category == Category::parsed) out.add(e.name, e.value, "logfmt");
    }
  }
  return out;
}

}  // namespace

Result<std::vector<DetectedField>, QueryError> detected_fields(const LogQlEngine& engine, const signals::LogSource& source,
                                                               std::string_view query, LogQlRange range, size_t fields_max,
                                                               std::stop_token stop) {
  MAI_TRY_ASSIGN(FieldCollector found, collect(engine, source, query, range, std::move(stop)));
  std::vector<DetectedField> out;
  for (auto& [name, field] : found.fields) {
    if (out.size() == fields_max) break;
    out.push_back({name, field.type, field.values.size(), {field.parsers.begin(), field.parsers.end()}, std::move(field.json_path)});
  }
  return out;
}

Result<std::vector<std::string>, QueryError> detected_field_values(const LogQlEngine& engine, const signals::LogSource& source,
                                                                   std::string_view query, std::string_view field, LogQlRange range,
                                                                   size_t values_max, std::stop_token stop) {
  MAI_TRY_ASSIGN(const FieldCollector found, collect(engine, source, query, range, std::move(stop)));
  std::vector<std::string> out;
  const auto of_name = found.fields.find(field);
  if (of_name == found.fields.end()) return out;
  for (const std::string& value : of_name->second.values) {
    if (out.size() == values_max) break;
    out.push_back(value);
  }
  return out;
}

Result<std::vector<DetectedLabel>, QueryError> detected_labels(const signals::LogSource& source, std::span<const signals::Matcher> matchers,
                                                               signals::LogRange range) {
  auto selected = source.select(matchers, range);
  if (!selected) return QueryError::from(selected.error());
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> values;
  for (size_t i = 0; i < (*selected)->size(); ++i)
    for (const signals::Label& label : (*selected)->labels(i)) values[label.name].insert(label.value);
  const auto is_id = [](const std::string& value) {
    const bool number = parse_number(value).has_value();
    const bool uuid = value.size() == 36 && value[8] == '-' && value[13] == '-' && value[18] == '-' && value[23] == '-';
    return number || uuid;
  };
  std::vector<DetectedLabel> out;
  for (const auto& [name, of_name] : values)
    if (!std::all_of(of_name.begin(), of_name.end(), is_id)) out.push_back({name, of_name.size()});
  return out;
}

}  // namespace monitorai::query
