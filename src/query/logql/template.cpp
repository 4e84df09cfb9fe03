#include "query/logql/template.h"

#include <algorithm>

#include "query/logql/go_format.h"
#include "query/logql/template_tree.h"

namespace monitorai::query::logql {
namespace {

using Value = TemplateValue;
using Kind = Value::Kind;
using Status = Result<void, std::string>;

enum class Flow { on, break_, continue_ };

class Execution {
 public:
  Execution(Line& line, const TemplateLimits& limits) : run_{line, limits, 0, {}, {}} {
    Value root;
    root.kind = Kind::labels;
    variables_.push_back(root);
  }

  Result<std::string_view, std::string> all(const TemplateTree& tree) {
    const Value dot = variables_[0];
    MAI_TRY_ASSIGN([[maybe_unused]] const Flow flow, nodes(tree.nodes, dot));
    return run_.line.arena.copy(out_);
  }

 private:
  Status step() {
    if (++run_.steps <= run_.limits.steps_max) return {};
    return fmt::format("the template takes too long (the limit template steps is {})", run_.limits.steps_max);
  }
  Status write(std::string_view text) {
    out_ += text;
    if (out_.size() <= run_.limits.output_bytes_max) return {};
    return fmt::format("the template makes too long a text (the limit bytes of a line is {})", run_.limits.output_bytes_max);
  }

  Result<Flow, std::string> nodes(const std::vector<TemplateNode>& list, const Value& dot) {
    for (const TemplateNode& node : list) {
      MAI_TRY_ASSIGN(const Flow flow, one(node, dot));
      if (flow != Flow::on) return flow;
    }
    return Flow::on;
  }

  Result<Flow, std::string> one(const TemplateNode& node, const Value& dot) {
    switch (node.kind) {
      case TemplateNode::Kind::text:
        MAI_TRY(write(node.text));
        return Flow::on;
      case TemplateNode::Kind::break_:
        return Flow::break_;
      case TemplateNode::Kind::continue_:
        return Flow::continue_;
      case TemplateNode::Kind::action: {
        MAI_TRY(step());
        MAI_TRY_ASSIGN(const Value value, pipeline(*node.pipe, dot));
        if (!node.pipe->variables.empty()) return Flow::on;
        MAI_TRY(value.is(Kind::text) ? write(value.text) : write(text_of(value)));
        return Flow::on;
      }
      case TemplateNode::Kind::if_:
      case TemplateNode::Kind::with: {
        MAI_TRY(step());
        const size_t scope = variables_.size();
        MAI_TRY_ASSIGN(const Value value, pipeline(*node.pipe, dot));
        const bool yes = truth(value);
        const Value& inner = yes && node.kind == TemplateNode::Kind::with ? value : dot;
        auto flow = nodes(yes ? node.body : node.otherwise, inner);
        variables_.resize(scope);
        return flow;
      }
      case TemplateNode::Kind::range:
        return range(node, dot);
    }
    return Flow::on;
  }

  Result<Flow, std::string> range(const TemplateNode& node, const Value& dot) {
    MAI_TRY(step());
    const size_t scope = variables_.size();
    MAI_TRY_ASSIGN(const Value over, pipeline(*node.pipe, dot, false));
    std::vector<std::pair<Value, Value>> items;
    MAI_TRY(list_items(over, items));
    bool any = false;
    for (const auto& [key, item] : items) {
      MAI_TRY(step());
      any = true;
      const std::vector<size_t>& names = node.pipe->variables;
      if (node.pipe->declares) variables_.resize(std::max(variables_.size(), scope + names.size()));
      if (names.size() == 1) set(names[0], item);
      if (names.size() == 2) {
        set(names[0], key);
        set(names[1], item);
      }
      MAI_TRY_ASSIGN(const Flow flow, nodes(node.body, item));
      if (node.pipe->declares) variables_.resize(scope + names.size());
      if (flow == Flow::break_) break;
    }
    variables_.resize(scope);
    if (any) return Flow::on;
    return nodes(node.otherwise, dot);
  }

  Status list_items(const Value& over, std::vector<std::pair<Value, Value>>& out) {
    switch (over.kind) {
      case Kind::nil:
        return {};
      case Kind::integer:
        if (over.integer > static_cast<int64_t>(run_.limits.steps_max))
          return fmt::format("the template takes too long (the limit template steps is {})", run_.limits.steps_max);
        for (int64_t i = 0; i < over.integer; ++i) out.emplace_back(Value::of(i), Value::of(i));
        return {};
      case Kind::labels: {
        std::vector<LineLabels::Entry> all;
        run_.line.labels.collect(all);
        std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
        for (const LineLabels::Entry& e : all) out.emplace_back(Value::of(e.name), Value::of(e.value));
        return {};
      }
      case Kind::tree: {
        const JsonTree& tree = *over.tree;
        std::vector<size_t> order(tree.items.size());
        for (size_t i = 0; i < order.size(); ++i) order[i] = i;
        const bool object = tree.kind == JsonTree::Kind::object;
        if (object) std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return tree.names[a] < tree.names[b]; });
        for (const size_t i : order)
          out.emplace_back(object ? Value::of(std::string_view(tree.names[i])) : Value::of(static_cast<int64_t>(i)), value_of(tree.items[i]));
        return {};
      }
      default:
        return fmt::format("range can't iterate over {}", text_of(over));
    }
  }

  void set(size_t variable, const Value& value) {
    if (variable >= variables_.size()) variables_.resize(variable + 1);
    variables_[variable] = value;
  }

  Result<Value, std::string> pipeline(const TemplatePipe& pipe, const Value& dot, bool assigns = true) {
    Value value;
    bool first = true;
    for (const TemplateCommand& command : pipe.commands) {
      MAI_TRY_ASSIGN(value, this->command(command, dot, first ? nullptr : &value));
      first = false;
    }
    if (assigns)
      for (const size_t variable : pipe.variables) set(variable, value);
    return value;
  }

  Result<Value, std::string> command(const TemplateCommand& command, const Value& dot, const Value* piped) {
    const TemplateOperand& head = command.operands[0];
    if (head.kind != TemplateOperand::Kind::function) return operand(head, dot);
    MAI_TRY(step());
    std::vector<Value> args;
    args.reserve(command.operands.size());
    for (size_t i = 1; i < command.operands.size(); ++i) {
      MAI_TRY_ASSIGN(Value arg, operand(command.operands[i], dot));
      if ((head.is_and && !truth(arg)) || (head.is_or && truth(arg))) return arg;
      args.push_back(arg);
    }
    if (piped != nullptr) args.push_back(*piped);
    return call(*head.function, args);
  }

  Result<Value, std::string> call(const TemplateFunction& function, const std::vector<Value>& args) {
    auto result = function.call(run_, args);
    if (!result) return fmt::format("error calling {}: {}", function.name, result.error());
    return result;
  }

  Result<Value, std::string> operand(const TemplateOperand& node, const Value& dot) {
    Value value;
    switch (node.kind) {
      case TemplateOperand::Kind::constant:
        return node.value;
      case TemplateOperand::Kind::dot:
        value = dot;
        break;
      case TemplateOperand::Kind::variable:
        value = node.variable < variables_.size() ? variables_[node.variable] : Value{};
        break;
      case TemplateOperand::Kind::function:
        MAI_TRY(step());
        // A function without arguments among the arguments of another.
        if (node.function->args_min > 0) return fmt::format("wrong number of args for {}: want {} got 0", node.function->name, node.function->args_min);
        return call(*node.function, {});
      case TemplateOperand::Kind::pipe: {
        MAI_TRY_ASSIGN(value, pipeline(*node.pipe, dot));
        break;
      }
    }
    for (const std::string& field : node.fields) {
      if (value.is(Kind::labels)) {
        value = Value::of(run_.line.labels.value(field));
      } else if (value.is(Kind::tree) && value.tree->kind == JsonTree::Kind::object) {
        const auto found = std::find(value.tree->names.begin(), value.tree->names.end(), field);
        value = found == value.tree->names.end() ? Value{} : value_of(value.tree->items[static_cast<size_t>(found - value.tree->names.begin())]);
      } else if (value.is(Kind::nil)) {
        return fmt::format("nil pointer evaluating interface {{}}.{}", field);
      } else {
        return fmt::format("can't evaluate field {} in type {}", field, type_name(value));
      }
    }
    return value;
  }

  TemplateRun run_;
  std::vector<Value> variables_;
  std::string out_;
};

void fields_of(const TemplatePipe& pipe, std::vector<std::string>& out);

void fields_of(const TemplateOperand& node, std::vector<std::string>& out) {
  for (const std::string& field : node.fields) out.push_back(field);
  if (node.kind == TemplateOperand::Kind::constant && node.value.is(Kind::text)) out.emplace_back(node.value.text);  // index . "a"
  if (node.pipe) fields_of(*node.pipe, out);
}
void fields_of(const TemplatePipe& pipe, std::vector<std::string>& out) {
  for (const TemplateCommand& command : pipe.commands)
    for (const TemplateOperand& operand : command.operands) fields_of(operand, out);
}
void fields_of(const std::vector<TemplateNode>& nodes, std::vector<std::string>& out) {
  for (const TemplateNode& node : nodes) {
    if (node.pipe) fields_of(*node.pipe, out);
    fields_of(node.body, out);
    fields_of(node.otherwise, out);
  }
}

std::string tree_text(const JsonTree& tree) {
  switch (tree.kind) {
    case JsonTree::Kind::array: {
      std::string out = "[";
      for (const JsonTree& item : tree.items) out += (out.size() > 1 ? " " : "") + tree_text(item);
      return out + "]";
    }
    case JsonTree::Kind::object: {
      std::vector<std::string> parts;
      for (size_t i = 0; i < tree.items.size(); ++i) parts.push_back(tree.names[i] + ":" + tree_text(tree.items[i]));
      std::sort(parts.begin(), parts.end());
      std::string out = "map[";
      for (const std::string& part : parts) out += (out.size() > 4 ? " " : "") + part;
      return out + "]";
    }
    case JsonTree::Kind::null:
      return "<nil>";
    default:
      return text_of(value_of(tree));
  }
}

}  // namespace

Value value_of(const JsonTree& tree) {
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
      return {.kind = Kind::tree, .tree = &tree};
  }
}

bool truth(const Value& v) {
  switch (v.kind) {
    case Kind::nil:
      return false;
    case Kind::boolean:
      return v.boolean;
    case Kind::integer:
      return v.integer != 0;
    case Kind::real:
      return v.real != 0;
    case Kind::text:
      return !v.text.empty();
    case Kind::tree:
      return !v.tree->items.empty();
    default:
      return true;
  }
}

std::string text_of(const Value& v) {
  switch (v.kind) {
    case Kind::nil:
      return "<no value>";
    case Kind::boolean:
      return v.boolean ? "true" : "false";
    case Kind::integer:
      return std::to_string(v.integer);
    case Kind::real:
      return go_number(v.real);
    case Kind::text:
      return std::string(v.text);
    case Kind::time:
      return format_time(*v.time, "2006-01-02 15:04:05.999999999 -0700 MST");
    case Kind::tree:
      return tree_text(*v.tree);
    case Kind::labels:
      return "<labels>";
  }
  return {};
}

std::string_view type_name(const Value& v) {
  switch (v.kind) {
    case Kind::nil:
      return "nil";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "int";
    case Kind::real:
      return "float64";
    case Kind::text:
      return "string";
    case Kind::time:
      return "time.Time";
    case Kind::tree:
      return v.tree->kind == JsonTree::Kind::array ? "[]interface {}" : "map[string]interface {}";
    case Kind::labels:
      return "map[string]string";
  }
  return {};
}

Template::Template(std::unique_ptr<const TemplateTree> tree) : tree_(std::move(tree)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template, std::string> Template::parse(std::string_view text) {
  MAI_TRY_ASSIGN(auto tree, parse_template(text));
  return Template(std::move(tree));
}

Result<std::string_view, std::string> Template::run(Line& line, const TemplateLimits& limits) const {
  // The most frequent template by far is one field.
  if (tree_->nodes.size() == 1 && tree_->nodes[0].kind == TemplateNode::Kind::action) {
    const TemplatePipe& pipe = *tree_->nodes[0].pipe;
    if (pipe.variables.empty() && pipe.commands.size() == 1 && pipe.commands[0].operands.size() == 1) {
      const TemplateOperand& operand = pipe.commands[0].operands[0];
      if (operand.kind == TemplateOperand::Kind::dot && operand.fields.size() == 1) return line.labels.value(operand.fields[0]);
    }
  }
  return Execution(line, limits).all(*tree_);
}

std::vector<std::string> Template::fields() const {
  std::vector<std::string> out;
  fields_of(tree_->nodes, out);
  return out;
}

}  // namespace monitorai::query::logql
