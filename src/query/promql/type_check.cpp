#include "query/promql/type_check.h"

#include <algorithm>

namespace monitorai::query {
namespace {

class Checker {
 public:
  std::optional<ParseError> first;

  ValueType check(Expr& expr) {
    switch (expr.kind) {
      case Expr::Kind::number:
      case Expr::Kind::string:
        break;
      case Expr::Kind::vector_selector:
        check_selector(static_cast<VectorSelector&>(expr));
        break;
      case Expr::Kind::matrix_selector:
        check(*static_cast<MatrixSelector&>(expr).selector);
        break;
      case Expr::Kind::subquery: {
        auto& node = static_cast<Subquery&>(expr);
        const ValueType type = check(*node.expr);
        if (type != ValueType::vector)
          fault(node.span, fmt::format("subquery is only allowed on instant vector, got {} instead", short_name(type)));
        break;
      }
      case Expr::Kind::call:
        check_call(static_cast<Call&>(expr));
        break;
      case Expr::Kind::aggregate:
        check_aggregate(static_cast<Aggregate&>(expr));
        break;
      case Expr::Kind::binary:
        check_binary(static_cast<Binary&>(expr));
        break;
      case Expr::Kind::unary: {
        auto& node = static_cast<Unary&>(expr);
        const ValueType type = check(*node.expr);
        if (type != ValueType::scalar && type != ValueType::vector)
          fault(node.span,
                fmt::format("unary expression only allowed on expressions of type scalar or instant vector, got \"{}\"", type_name(type)));
        break;
      }
      case Expr::Kind::external:
        break;
      case Expr::Kind::paren:
        check(*static_cast<Paren&>(expr).expr);
        break;
    }
    return expr.type();
  }

 private:
  void fault(Span span, std::string message) {
    if (!first) first = ParseError{span, std::move(message)};
  }

  static std::string_view short_name(ValueType type) {
    return type == ValueType::vector ? "vector" : type == ValueType::matrix ? "matrix" : type_name(type);
  }

  void expect(Expr& expr, ValueType want, std::string_view where) {
    const ValueType type = check(expr);
    if (type != want) fault(expr.span, fmt::format("expected type {} in {}, got {}", type_name(want), where, type_name(type)));
  }

  void check_selector(const VectorSelector& node) {
    if (!node.name.empty()) {
      for (size_t i = 0; i + 1 < node.matchers.size(); ++i) {
        const signals::Matcher& m = node.matchers[i];
        if (m.name() == signals::kMetricName)
          fault(node.span, fmt::format("metric name must not be set twice: {} or {}", quote(node.name), quote(m.value())));
      }
      return;
    }
    if (node.may_match_all) return;
    const bool some = std::any_of(node.matchers.begin(), node.matchers.end(), [](const auto& m) { return !m.matches(""); });
    if (!some) fault(node.span, "vector selector must contain at least one non-empty matcher");
  }

  void check_aggregate(Aggregate& node) {
    expect(*node.expr, ValueType::vector, "aggregation expression");
    if (node.op == Token::count_values)
      expect(*node.param, ValueType::string, "aggregation parameter");
    else if (takes_parameter(node.op))
      expect(*node.param, ValueType::scalar, "aggregation parameter");
  }

  void check_binary(Binary& node) {
    const ValueType left = check(*node.left);
    const ValueType right = check(*node.right);
    const Span op{node.op_position, node.op_position + static_cast<uint32_t>(token_text(node.op).size())};
    if (node.return_bool && !is_comparison(node.op)) fault(op, "bool modifier can only be used on comparison operators");
    if (is_comparison(node.op) && !node.return_bool && left == ValueType::scalar && right == ValueType::scalar)
      fault(op, "comparisons between scalars must use BOOL modifier");
    Matching& matching = *node.matching;
    if (is_set_operator(node.op) && matching.card == Matching::Card::one_to_one) matching.card = Matching::Card::many_to_many;
    for (const std::string& label : matching.labels)
      if (matching.on && std::find(matching.include.begin(), matching.include.end(), label) != matching.include.end())
        fault(op, fmt::format("label {} must not occur in ON and GROUP clause at once", quote(label)));
    const auto operand = [&](ValueType type, const Expr& expr) {
      if (type != ValueType::scalar && type != ValueType::vector)
        fault(expr.span, "binary expression must contain only scalar and instant vector types");
    };
    operand(left, *node.left);
    operand(right, *node.right);
    const bool fills = matching.fill_left || matching.fill_right;
    if (left != ValueType::vector || right != ValueType::vector) {
      if (!matching.labels.empty()) fault(node.span, "vector matching only allowed between instant vectors");
      if (fills) fault(node.span, "filling in missing series only allowed between instant vectors");
      node.matching.reset();
    } else if (is_set_operator(node.op)) {
      if (matching.card != Matching::Card::many_to_many)
        fault(node.span, fmt::format("no grouping allowed for \"{}\" operation", token_text(node.op)));
      if (fills) fault(node.span, "filling in missing series not allowed for set operators");
    }
    if ((left == ValueType::scalar || right == ValueType::scalar) && is_set_operator(node.op))
      fault(node.span, fmt::format("set operator \"{}\" not allowed in binary scalar expression", token_text(node.op)));
  }

  void check_call(Call& node) {
    const Function& f = *node.function;
    const size_t wanted = f.args.size();
    const size_t given = node.args.size();
    if (f.variadic == 0) {
      if (wanted != given) fault(node.span, fmt::format("expected {} argument(s) in call to \"{}\", got {}", wanted, f.name, given));
    } else if (given + 1 < wanted) {
      fault(node.span, fmt::format("expected at least {} argument(s) in call to \"{}\", got {}", wanted - 1, f.name, given));
    } else if (f.variadic > 0 && given > wanted - 1 + static_cast<size_t>(f.variadic)) {
      fault(node.span, fmt::format("expected at most {} argument(s) in call to \"{}\", got {}",
                                   wanted - 1 + static_cast<size_t>(f.variadic), f.name, given));
    }
    if (f.id == FunctionId::info && given > 1) check_info(node);
    for (size_t i = 0; i < given; ++i) {
      if (i >= wanted && f.variadic == 0) break;
      const ValueType want = f.args[std::min(i, wanted - 1)];
      const ValueType type = check(*node.args[i]);
      if (type != want)
        fault(node.args[i]->span,
              fmt::format("expected type {} in call to function \"{}\", got {}", type_name(want), f.name, type_name(type)));
    }
  }

  void check_info(Call& node) {
    Expr& selector = *node.args[1];
    if (selector.type() != ValueType::vector)
      fault(node.span, fmt::format("expected type instant vector in call to function \"info\", got {}", type_name(selector.type())));
    if (selector.kind != Expr::Kind::vector_selector) return fault(selector.span, "expected label selectors only");
    auto& labels = static_cast<VectorSelector&>(selector);
    if (!labels.name.empty()) fault(selector.span, "expected label selectors only, got vector selector instead");
    labels.may_match_all = true;
  }
};

}  // namespace

std::optional<ParseError> check_types(Expr& expr) {
  Checker checker;
  checker.check(expr);
  return checker.first;
}

}  // namespace monitorai::query
