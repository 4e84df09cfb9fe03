#include "query/logql/template.h"

#include <algorithm>

#include "query/logql/template_values.h"

namespace monitorai::query::logql {
namespace {

using templates::Object;
using templates::Run;
using templates::Value;
using templates::ValueResult;
using Items = std::vector<std::pair<Value, Value>>;

/// The labels of the line, as they are when they are asked for.
class LabelsObject final : public Object {
 public:
  explicit LabelsObject(Line& line) : line_(line) {}
  std::string_view type_name() const override { return "map[string]string"; }
  std::string text() const override {
    std::string out = "map[";
    for (const LineLabels::Entry& e : sorted()) out += fmt::format("{}{}:{}", out.size() > 4 ? " " : "", e.name, e.value);
    return out + "]";
  }
  std::optional<Value> field(Run&, std::string_view name) const override { return Value::of(line_.labels.value(name)); }
  ValueResult index(Run&, const Value& key) const override {
    if (!key.is(Value::Kind::text)) return templates::wrong_type("string", key);
    return Value::of(line_.labels.value(key.text));
  }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(sorted().size()); }
  bool items(Run&, Items& out) const override {
    for (const LineLabels::Entry& e : sorted()) out.emplace_back(Value::of(e.name), Value::of(e.value));
    return true;
  }

 private:
  std::vector<LineLabels::Entry> sorted() const {
    std::vector<LineLabels::Entry> all;
    line_.labels.collect(all);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
  }
  Line& line_;
};

/// A list or a map of JSON.
class JsonObject final : public Object {
 public:
  explicit JsonObject(const JsonTree& tree) : tree_(tree) {}
  std::string_view type_name() const override { return is_list() ? "[]interface {}" : "map[string]interface {}"; }
  std::string text() const override { return text_of(tree_); }
  bool truth() const override { return !tree_.items.empty(); }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(tree_.items.size()); }
  std::optional<Value> field(Run& run, std::string_view name) const override {
    if (is_list()) return std::nullopt;
    const auto found = std::find(tree_.names.begin(), tree_.names.end(), name);
    return found == tree_.names.end() ? Value{} : value_of(run, tree_.items[static_cast<size_t>(found - tree_.names.begin())]);
  }
  ValueResult index(Run& run, const Value& key) const override {
    if (!is_list()) {
      if (!key.is(Value::Kind::text)) return templates::wrong_type("string", key);
      return *field(run, key.text);
    }
    if (!key.is(Value::Kind::integer)) return templates::wrong_type("int", key);
    if (key.integer < 0 || key.integer >= static_cast<int64_t>(tree_.items.size())) return fmt::format("index out of range: {}", key.integer);
    return value_of(run, tree_.items[static_cast<size_t>(key.integer)]);
  }
  bool items(Run& run, Items& out) const override {
    std::vector<size_t> order(tree_.items.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    if (!is_list()) std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return tree_.names[a] < tree_.names[b]; });
    for (const size_t i : order)
      out.emplace_back(is_list() ? Value::of(static_cast<int64_t>(i)) : Value::of(std::string_view(tree_.names[i])), value_of(run, tree_.items[i]));
    return true;
  }

 private:
  bool is_list() const { return tree_.kind == JsonTree::Kind::array; }
  const JsonTree& tree_;
};

}  // namespace

std::string text_of(const JsonTree& tree) {
  switch (tree.kind) {
    case JsonTree::Kind::array: {
      std::string out = "[";
      for (const JsonTree& item : tree.items) out += (out.size() > 1 ? " " : "") + text_of(item);
      return out + "]";
    }
    case JsonTree::Kind::object: {
      std::vector<std::string> parts;
      for (size_t i = 0; i < tree.items.size(); ++i) parts.push_back(tree.names[i] + ":" + text_of(tree.items[i]));
      std::sort(parts.begin(), parts.end());
      std::string out = "map[";
      for (const std::string& part : parts) out += (out.size() > 4 ? " " : "") + part;
      return out + "]";
    }
    case JsonTree::Kind::null:
      return "<nil>";
    case JsonTree::Kind::boolean:
      return tree.boolean ? "true" : "false";
    case JsonTree::Kind::number:
      return templates::text_of(Value::of(tree.number));
    case JsonTree::Kind::string:
      return tree.text;
  }
  return {};
}

Value value_of(Run& run, const JsonTree& tree) {
  switch (tree.kind) {
    case JsonTree::Kind::null:
      return {};
    case JsonTree::Kind::boolean:
      return Value::of(tree.boolean);
    case JsonTree::Kind::number:
      return Value::of(tree.number);
    case JsonTree::Kind::string:
      return Value::of(std::string_view(tree.text));
    default:
      return run.make<JsonObject>(tree);
  }
}

Template::Template(std::unique_ptr<const templates::Template> made) : made_(std::move(made)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template, std::string> Template::parse(std::string_view text) {
  MAI_TRY_ASSIGN(auto made, templates::Template::parse(text, "line", line_functions()));
  return Template(std::make_unique<const templates::Template>(std::move(made)));
}

Result<std::string_view, std::string> Template::run(Line& line, const TemplateLimits& limits) const {
  // The most frequent template by far is one field.
  if (const std::string_view field = made_->only_field(); !field.empty()) return line.labels.value(field);
  LineRun run(line, limits);
  const LabelsObject labels(line);
  MAI_TRY_ASSIGN(const auto output, made_->run(run, Value::of(labels)));
  return line.arena.copy(output.text);
}

std::vector<std::string> Template::fields() const { return made_->fields(); }

}  // namespace monitorai::query::logql
