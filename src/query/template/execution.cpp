// A template at work.

#include <algorithm>

#include "query/template/tree.h"

namespace monitorai::query::templates {
namespace {

using Kind = Value::Kind;
using Status = Result<void, std::string>;

/// Of templates that call templates.
constexpr size_t kCallsMax = 100;

enum class Flow { on, break_, continue_ };

class Execution {
 public:
  Execution(const Tree& tree, Run& run, const Value& dot) : tree_(tree), run_(run), variables_{dot} {}

  Result<Template::Output, std::string> all() {
    const Value dot = variables_[0];
    MAI_TRY_ASSIGN([[maybe_unused]] const Flow flow, nodes(tree_.nodes, dot));
    return Template::Output{std::move(out_)};
  }

 private:
  Status step() {
    if (++run_.steps <= run_.limits.steps_max) return {};
    return fmt::format("the template takes too long (the limit template steps is {})", run_.limits.steps_max);
  }
  Status write(std::string_view text) {
    out_ += text;
    if (out_.size() <= run_.limits.output_bytes_max) return {};
    return fmt::format("the template makes too long a text (the limit bytes of output is {})", run_.limits.output_bytes_max);
  }

  Result<Flow, std::string> nodes(const std::vector<Node>& list, const Value& dot) {
    for (const Node& node : list) {
      MAI_TRY_ASSIGN(const Flow flow, one(node, dot));
      if (flow != Flow::on) return flow;
    }
    return Flow::on;
  }

  Result<Flow, std::string> one(const Node& node, const Value& dot) {
    switch (node.kind) {
      case Node::Kind::text:
        MAI_TRY(write(node.text));
        return Flow::on;
      case Node::Kind::break_:
        return Flow::break_;
      case Node::Kind::continue_:
        return Flow::continue_;
      case Node::Kind::action: {
        MAI_TRY(step());
        MAI_TRY_ASSIGN(const Value value, pipeline(*node.pipe, dot));
        if (!node.pipe->variables.empty()) return Flow::on;
        run_.append(out_, value);
        MAI_TRY(write({}));
        return Flow::on;
      }
      case Node::Kind::if_:
      case Node::Kind::with: {
        MAI_TRY(step());
        const size_t scope = variables_.size();
        MAI_TRY_ASSIGN(const Value value, pipeline(*node.pipe, dot));
        const bool yes = truth(value);
        const Value& inner = yes && node.kind == Node::Kind::with ? value : dot;
        auto flow = nodes(yes ? node.body : node.otherwise, inner);
        variables_.resize(scope);
        return flow;
      }
      case Node::Kind::range:
        return range(node, dot);
      case Node::Kind::call:
        return call_template(node, dot);
    }
    return Flow::on;
  }

  Result<Flow, std::string> call_template(const Node& node, const Value& dot) {
    MAI_TRY(step());
    const auto found = tree_.defined.find(node.text);
    if (found == tree_.defined.end()) return fmt::format("template \"{}\" not defined", node.text);
    if (calls_ >= kCallsMax) return fmt::format("exceeded maximum template depth ({})", kCallsMax);
    Value argument;
    if (node.pipe) { MAI_TRY_ASSIGN(argument, pipeline(*node.pipe, dot)); }
    std::vector<Value> outside = std::exchange(variables_, {argument});
    ++calls_;
    auto flow = nodes(found->second, argument);
    --calls_;
    variables_ = std::move(outside);
    return flow;
  }

  Result<Flow, std::string> range(const Node& node, const Value& dot) {
    MAI_TRY(step());
    const size_t scope = variables_.size();
    MAI_TRY_ASSIGN(const Value over, pipeline(*node.pipe, dot, false));
    std::vector<std::pair<Value, Value>> items;
    MAI_TRY(list_items(over, items));
    for (const auto& [key, item] : items) {
      MAI_TRY(step());
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
    if (!items.empty()) return Flow::on;
    return nodes(node.otherwise, dot);
  }

  Status list_items(const Value& over, std::vector<std::pair<Value, Value>>& out) {
    if (over.is(Kind::nil)) return {};
    if (over.is(Kind::integer)) {
      if (over.integer > static_cast<int64_t>(run_.limits.steps_max))
        return fmt::format("the template takes too long (the limit template steps is {})", run_.limits.steps_max);
      for (int64_t i = 0; i < over.integer; ++i) out.emplace_back(Value::of(i), Value::of(i));
      return {};
    }
    if (over.is(Kind::object) && over.object->items(run_, out)) return {};
    return fmt::format("range can't iterate over {}", text_of(over));
  }

  void set(size_t variable, const Value& value) {
    if (variable >= variables_.size()) variables_.resize(variable + 1);
    variables_[variable] = value;
  }

  ValueResult pipeline(const Pipe& pipe, const Value& dot, bool assigns = true) {
    Value value;
    bool first = true;
    for (const Command& command : pipe.commands) {
      MAI_TRY_ASSIGN(value, this->command(command, dot, first ? nullptr : &value));
      first = false;
    }
    if (assigns)
      for (const size_t variable : pipe.variables) set(variable, value);
    return value;
  }

  ValueResult command(const Command& command, const Value& dot, const Value* piped) {
    const Operand& head = command.operands[0];
    if (head.kind != Operand::Kind::function) {
      if ((command.operands.size() > 1 || piped != nullptr) && !head.fields.empty()) return method(command, dot, piped);
      if (command.operands.size() > 1 || piped != nullptr) return std::string("can't give argument to non-function");
      if (head.kind == Operand::Kind::constant && head.value.is(Kind::nil)) return std::string("nil is not a command");
      return operand(head, dot);
    }
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

  /// `.a.Method args`.
  ValueResult method(const Command& command, const Value& dot, const Value* piped) {
    const Operand& head = command.operands[0];
    MAI_TRY(step());
    MAI_TRY_ASSIGN(const Value of, operand(head, dot, 1));
    const std::string& name = head.fields.back();
    const std::string no_method = fmt::format("{} is not a method but has arguments", name);
    std::vector<Value> args;
    for (size_t i = 1; i < command.operands.size(); ++i) {
      auto argument = operand(command.operands[i], dot);
      // That it is no method comes before what is wrong with its arguments.
      if (!argument && !(of.is(Kind::object) && of.object->call(run_, name, {}))) return no_method;
      if (!argument) return argument;
      args.push_back(std::move(*argument));
    }
    if (piped != nullptr) args.push_back(*piped);
    auto result = of.is(Kind::object) ? of.object->call(run_, name, args) : std::nullopt;
    if (!result) return no_method;
    if (!*result) return fmt::format("error calling {}: {}", name, result->error());
    return std::move(*result);
  }

  ValueResult call(const Function& function, const std::vector<Value>& args) {
    const auto given = static_cast<int>(args.size());
    if (given < function.args_min || (function.args_max >= 0 && given > function.args_max))
      return fmt::format("wrong number of args for {}: want {}{} got {}", function.name,
                         function.args_max == function.args_min ? "" : "at least ", function.args_min, given);
    auto result = function.call(run_, args);
    if (!result) return fmt::format("error calling {}: {}", function.name, result.error());
    return result;
  }

  /// The last `fields_left` fields are left to the caller.
  ValueResult operand(const Operand& node, const Value& dot, size_t fields_left = 0) {
    Value value;
    switch (node.kind) {
      case Operand::Kind::constant:
        return node.value;
      case Operand::Kind::dot:
        value = dot;
        break;
      case Operand::Kind::variable:
        value = node.variable < variables_.size() ? variables_[node.variable] : Value{};
        break;
      case Operand::Kind::function: {
        // A function without arguments among the arguments of another.
        MAI_TRY(step());
        MAI_TRY_ASSIGN(value, call(*node.function, {}));
        break;
      }
      case Operand::Kind::pipe: {
        MAI_TRY_ASSIGN(value, pipeline(*node.pipe, dot));
        break;
      }
    }
    for (const std::string& field : std::span(node.fields).first(node.fields.size() - fields_left)) {
      if (value.is(Kind::nil)) return fmt::format("nil pointer evaluating interface {{}}.{}", field);
      const std::optional<Value> inner = value.is(Kind::object) ? value.object->field(run_, field) : std::nullopt;
      if (!inner) return fmt::format("can't evaluate field {} in type {}", field, type_name(value));
      value = *inner;
    }
    return value;
  }

  const Tree& tree_;
  Run& run_;
  std::vector<Value> variables_;
  std::string out_;
  size_t calls_ = 0;
};

void fields_of(const Pipe& pipe, std::vector<std::string>& out) {
  for (const Command& command : pipe.commands) {
    for (const Operand& node : command.operands) {
      out.insert(out.end(), node.fields.begin(), node.fields.end());
      if (node.kind == Operand::Kind::constant && node.value.is(Kind::text)) out.emplace_back(node.value.text);  // index . "a"
      if (node.pipe) fields_of(*node.pipe, out);
    }
  }
}
void fields_of(const std::vector<Node>& nodes, std::vector<std::string>& out) {
  for (const Node& node : nodes) {
    if (node.pipe) fields_of(*node.pipe, out);
    fields_of(node.body, out);
    fields_of(node.otherwise, out);
  }
}

}  // namespace

Template::Template(std::unique_ptr<const Tree> tree) : tree_(std::move(tree)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template, std::string> Template::parse(std::string_view text, std::string_view name, std::span<const Function> functions,
                                              std::span<const std::string_view> libraries) {
  MAI_TRY_ASSIGN(auto tree, parse_tree(text, name, functions, libraries));
  return Template(std::move(tree));
}

Result<Template::Output, std::string> Template::run(Run& run, const Value& dot) const { return Execution(*tree_, run, dot).all(); }

std::string_view Template::only_field() const {
  if (tree_->nodes.size() != 1 || tree_->nodes[0].kind != Node::Kind::action) return {};
  const Pipe& pipe = *tree_->nodes[0].pipe;
  if (!pipe.variables.empty() || pipe.commands.size() != 1 || pipe.commands[0].operands.size() != 1) return {};
  const Operand& operand = pipe.commands[0].operands[0];
  return operand.kind == Operand::Kind::dot && operand.fields.size() == 1 ? std::string_view(operand.fields[0]) : std::string_view{};
}

std::vector<std::string> Template::fields() const {
  std::vector<std::string> out;
  fields_of(tree_->nodes, out);
  for (const auto& [name, nodes] : tree_->defined) fields_of(nodes, out);
  return out;
}

}  // namespace monitorai::query::templates
