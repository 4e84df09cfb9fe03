#include "app/config/records.h"

#include "app/config/schema.h"
#include "base/regex.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

using Texts = std::vector<std::string>;
using Ports = std::vector<uint16_t>;

/// Reads one value of a field; "" or what is wrong with it.
std::string read_one(const YamlNode& node, std::string& out) {
  if (node.kind != YamlNode::Kind::scalar) return fmt::format("it is text, not {}", kind_name(node.kind));
  out = node.text;
  return {};
}

std::string read_one(const YamlNode& node, bool& out) {
  const std::string word = lower(node.text);
  if (word != "on" && word != "true" && word != "yes" && word != "off" && word != "false" && word != "no") return "it is on or off";
  out = word == "on" || word == "true" || word == "yes";
  return {};
}

std::string read_one(const YamlNode& node, double& out) {
  const auto number = parse_number(node.text);
  if (!number || !(*number >= -1000 && *number <= 1000)) return "it is a number between -1000 and 1000";
  out = *number;
  return {};
}

std::string read_one(const YamlNode& node, uint16_t& out) {
  const auto port = parse_integer<uint16_t>(node.text);
  if (!port || *port == 0) return "it is a port, 1 to 65535";
  out = *port;
  return {};
}

/// A list; one value stands for a list of one.
template <class T>
std::string read_one(const YamlNode& node, std::vector<T>& out) {
  out.clear();
  const std::span<const YamlNode> items = node.kind == YamlNode::Kind::list ? std::span(node.items) : std::span(&node, 1);
  if (items.size() > kRecordTextsMax) return fmt::format("more than {} values", kRecordTextsMax);
  for (const YamlNode& item : items) {
    T value{};
    if (std::string problem = read_one(item, value); !problem.empty()) return problem;
    out.push_back(std::move(value));
  }
  return {};
}

std::string print_one(const std::string& value) { return yaml_scalar(value); }
std::string print_one(bool value) { return value ? "on" : "off"; }
std::string print_one(double value) { return format_number(value); }
std::string print_one(uint16_t value) { return fmt::format("{}", value); }
template <class T>
std::string print_one(const std::vector<T>& values) {
  Texts parts;
  for (const T& value : values) parts.push_back(print_one(value));
  return fmt::format("[{}]", join(parts, ", "));
}

template <class Record>
void read_record(const YamlNode& node, std::string_view file, Record& out, std::vector<Problem>& problems) {
  const auto fields = record_fields<Record>();
  for (const YamlEntry& entry : node.entries) {
    const std::string where = fmt::format("{}:{}", file, entry.line);
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == entry.key; });
    if (field == fields.end()) {
      Texts names;
      for (const auto& f : fields) names.emplace_back(f.name);
      const auto near = nearest(entry.key, names);
      problems.push_back({where, near ? fmt::format("unknown field {}: did you mean {}?", entry.key, *near)
                                      : fmt::format("unknown field {}: there are {}", entry.key, join(names, ", "))});
      continue;
    }
    const std::string problem = std::visit([&](auto place) { return read_one(entry.value, out.*place); }, field->place);
    if (!problem.empty()) problems.push_back({where, fmt::format("{}: {}", entry.key, problem)});
  }
}

}  // namespace

template <class Record>
void read_records(const YamlNode& node, std::string_view file, std::vector<Record>& out, std::vector<Problem>& problems) {
  const auto add = [&](int line, std::string text) { problems.push_back({fmt::format("{}:{}", file, line), std::move(text)}); };
  if (node.kind != YamlNode::Kind::list) return add(node.line, fmt::format("it is a list, not {}", kind_name(node.kind)));
  if (node.items.size() > kRecordsMax) return add(node.line, fmt::format("more than {} entries", kRecordsMax));
  std::vector<Record> records;
  const size_t problems_before = problems.size();
  for (const YamlNode& item : node.items) {
    if (item.kind != YamlNode::Kind::map) {
      add(item.line, fmt::format("an entry is a map of fields, not {}", kind_name(item.kind)));
      continue;
    }
    Record record;
    const size_t before = problems.size();
    read_record(item, file, record, problems);
    if (problems.size() == before)
      if (std::string problem = record_problem(record); !problem.empty()) add(item.line, std::move(problem));
    records.push_back(std::move(record));
  }
  if (problems.size() == problems_before) out = std::move(records);
}

template <class Record>
std::string print_records(const std::vector<Record>& records) {
  const Record defaults;
  Texts parts;
  for (const Record& record : records) {
    Texts fields;
    for (const auto& field : record_fields<Record>())
      std::visit(
          [&](auto place) {
            if (record.*place != defaults.*place) fields.push_back(fmt::format("{}: {}", field.name, print_one(record.*place)));
          },
          field.place);
    parts.push_back(fmt::format("{{{}}}", join(fields, ", ")));
  }
  return fmt::format("[{}]", join(parts, ", "));
}

template <>
std::span<const RecordField<Token>> record_fields<Token>() {
  static const std::vector<RecordField<Token>> fields{{"name", &Token::name}, {"sha256", &Token::sha256}, {"scope", &Token::scope}};
  return fields;
}

template <>
std::string record_problem(const Token& token) {
  if (token.name.empty()) return "name is missing";
  const bool hex = std::all_of(token.sha256.begin(), token.sha256.end(),
                               [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
  if (token.sha256.size() != 64 || !hex) return "sha256 is not 64 hex digits (`monitorai passwd --token NAME` prints them)";
  if (token.scope != "read" && token.scope != "write") return fmt::format("scope: \"{}\" is not one of read, write", token.scope);
  return {};
}

template <>
std::span<const RecordField<collect::Signature>> record_fields<collect::Signature>() {
  using S = collect::Signature;
  static const std::vector<RecordField<S>> fields{{"framework", &S::framework},
                                                  {"title", &S::title},
                                                  {"kind", &S::kind},
                                                  {"titles", &S::titles},
                                                  {"executables", &S::executables},
                                                  {"scripts", &S::scripts},
                                                  {"modules", &S::modules},
                                                  {"commands", &S::commands},
                                                  {"when", &S::when},
                                                  {"alias_flags", &S::alias_flags},
                                                  {"model_flags", &S::model_flags},
                                                  {"model_environment", &S::model_environment},
                                                  {"model_is_word", &S::model_is_word},
                                                  {"libraries", &S::libraries},
                                                  {"ports", &S::ports},
                                                  {"metrics_path", &S::metrics_path},
                                                  {"weight", &S::weight}};
  return fields;
}

template <>
std::string record_problem(const collect::Signature& signature) {
  constexpr std::array<std::string_view, 7> kKinds{"llm", "embedding", "speech", "image", "vision", "ml", "tool"};
  if (signature.framework.empty()) return "framework is missing";
  if (std::find(kKinds.begin(), kKinds.end(), signature.kind) == kKinds.end())
    return fmt::format("kind: \"{}\" is not one of {}", signature.kind, fmt::join(kKinds, ", "));
  if (signature.titles.empty() && signature.executables.empty() && signature.scripts.empty() && signature.modules.empty() &&
      signature.libraries.empty())
    return "nothing to find it by: give titles, executables, scripts, modules or libraries";
  return {};
}

template <>
std::span<const RecordField<collect::MaskRule>> record_fields<collect::MaskRule>() {
  using Rule = collect::MaskRule;
  static const std::vector<RecordField<Rule>> fields{{"name", &Rule::name}, {"pattern", &Rule::pattern}, {"replacement", &Rule::replacement}};
  return fields;
}

template <>
std::string record_problem(const collect::MaskRule& rule) {
  if (rule.name.empty()) return "name is missing";
  if (rule.pattern.empty()) return "pattern is missing";
  if (const auto regex = Regex::searching(rule.pattern); !regex) return fmt::format("pattern: {}", regex.error().message);
  return {};
}

template <>
std::span<const RecordField<judge::ModelPrice>> record_fields<judge::ModelPrice>() {
  using Price = judge::ModelPrice;
  static const std::vector<RecordField<Price>> fields{{"model", &Price::model}, {"input", &Price::input}, {"output", &Price::output}, {"cached", &Price::cached}};
  return fields;
}

template <>
std::string record_problem(const judge::ModelPrice& price) {
  if (price.model.empty()) return "model is missing";
  if (price.input < 0 || price.output < 0) return "prices are not below 0";
  return {};
}

template <>
std::span<const RecordField<judge::LogPattern>> record_fields<judge::LogPattern>() {
  using Pattern = judge::LogPattern;
  static const std::vector<RecordField<Pattern>> fields{{"name", &Pattern::name}, {"pattern", &Pattern::pattern}};
  return fields;
}

template <>
std::string record_problem(const judge::LogPattern& pattern) {
  return judge::pattern_problem(pattern);
}

template void read_records(const YamlNode&, std::string_view, std::vector<judge::LogPattern>&, std::vector<Problem>&);
template std::string print_records(const std::vector<judge::LogPattern>&);
template void read_records(const YamlNode&, std::string_view, std::vector<judge::ModelPrice>&, std::vector<Problem>&);
template std::string print_records(const std::vector<judge::ModelPrice>&);
template void read_records(const YamlNode&, std::string_view, std::vector<collect::MaskRule>&, std::vector<Problem>&);
template std::string print_records(const std::vector<collect::MaskRule>&);
template void read_records(const YamlNode&, std::string_view, std::vector<Token>&, std::vector<Problem>&);
template std::string print_records(const std::vector<Token>&);
template void read_records(const YamlNode&, std::string_view, std::vector<collect::Signature>&, std::vector<Problem>&);
template std::string print_records(const std::vector<collect::Signature>&);

}  // namespace monitorai::app
