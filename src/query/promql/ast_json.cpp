#include "query/promql/ast_json.h"

#include <array>

#include "base/text.h"
#include "query/promql/printer.h"

namespace monitorai::query {
namespace {

/// Short names, as Prometheus's API uses them.
std::string_view api_type(ValueType type) {
  switch (type) {
    case ValueType::vector:
      return "vector";
    case ValueType::matrix:
      return "matrix";
    default:
      return type_name(type);
  }
}

std::string string_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? "," : "") + json_string(item);
  return out + "]";
}

std::string boolean(bool value) { return value ? "true" : "false"; }

std::string optional_number(const std::optional<double>& value) { return value ? print_number(*value) : "null"; }

std::string duration_json(const DurationExpr* e) {
  if (e == nullptr) return "null";
  if (e->op == Token::number)
    return fmt::format(R"({{"duration":{},"type":"numberLiteral","val":{}}})", boolean(e->duration_literal),
                       json_string(print_number(e->seconds)));
  return fmt::format(R"({{"lhs":{},"op":{},"rhs":{},"type":"durationExpr","wrapped":{}}})", duration_json(e->left.get()),
                     json_string(token_text(e->op)), duration_json(e->right.get()), boolean(e->wrapped));
}

std::string matchers_json(const std::vector<signals::Matcher>& matchers) {
  static constexpr std::array<std::string_view, 4> kOps = {"=", "!=", "=~", "!~"};
  std::string out = "[";
  for (const signals::Matcher& m : matchers)
    out += fmt::format(R"({}{{"name":{},"type":"{}","value":{}}})", out.size() > 1 ? "," : "", json_string(m.name()),
                       kOps[static_cast<size_t>(m.op())], json_string(m.value()));
  return out + "]";
}

/// offset, offsetExpr, startOrEnd, timestamp.
std::string shift_json(const TimeShift& shift) {
  const std::string_view word = shift.at_word == AtWord::start ? R"("start")" : shift.at_word == AtWord::end ? R"("end")" : "null";
  return fmt::format(R"("offset":{},"offsetExpr":{},"startOrEnd":{},"timestamp":{})", shift.offset.ms,
                     duration_json(shift.offset.expr.get()), word, shift.at_ms ? fmt::format("{}", *shift.at_ms) : "null");
}

std::string selector_json(const VectorSelector& node) {
  return fmt::format(R"("anchored":{},"matchers":{},"name":{},{},"smoothed":{})", boolean(node.anchored), matchers_json(node.matchers),
                     json_string(node.name), shift_json(node.shift), boolean(node.smoothed));
}

std::string matching_json(const std::optional<Matching>& matching) {
  if (!matching) return "null";
  static constexpr std::array<std::string_view, 4> kCards = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};
  return fmt::format(R"({{"card":"{}","fillValues":{{"lhs":{},"rhs":{}}},"include":{},"labels":{},"on":{}}})",
                     kCards[static_cast<size_t>(matching->card)], optional_number(matching->fill_left),
                     optional_number(matching->fill_right), string_list(matching->include), string_list(matching->labels),
                     boolean(matching->on));
}

std::string call_json(const Call& node) {
  std::string args = "[";
  for (const ExprPtr& arg : node.args) args += (args.size() > 1 ? "," : "") + to_json(*arg);
  std::string types = "[";
  for (const ValueType type : node.function->args) types += fmt::format(R"({}"{}")", types.size() > 1 ? "," : "", api_type(type));
  return fmt::format(R"({{"args":{}],"func":{{"argTypes":{}],"name":"{}","returnType":"{}","variadic":{}}},"type":"call"}})", args, types,
                     node.function->name, api_type(node.function->result), node.function->variadic);
}

}  // namespace

std::string to_json(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::number:
      return fmt::format(R"({{"type":"numberLiteral","val":{}}})", json_string(print_number(as<NumberLiteral>(expr).value)));
    case Expr::Kind::string:
      return fmt::format(R"({{"type":"stringLiteral","val":{}}})", json_string(as<StringLiteral>(expr).value));
    case Expr::Kind::vector_selector:
      return fmt::format(R"({{{},"type":"vectorSelector"}})", selector_json(as<VectorSelector>(expr)));
    case Expr::Kind::matrix_selector: {
      const auto& node = as<MatrixSelector>(expr);
      return fmt::format(R"({{{},"range":{},"rangeExpr":{},"type":"matrixSelector"}})", selector_json(*node.selector), node.range.ms,
                         duration_json(node.range.expr.get()));
    }
    case Expr::Kind::subquery: {
      const auto& node = as<Subquery>(expr);
      return fmt::format(R"({{"expr":{},{},"range":{},"rangeExpr":{},"step":{},"stepExpr":{},"type":"subquery"}})", to_json(*node.expr),
                         shift_json(node.shift), node.range.ms, duration_json(node.range.expr.get()), node.step.ms,
                         duration_json(node.step.expr.get()));
    }
    case Expr::Kind::call:
      return call_json(as<Call>(expr));
    case Expr::Kind::aggregate: {
      const auto& node = as<Aggregate>(expr);
      return fmt::format(R"({{"expr":{},"grouping":{},"op":"{}","param":{},"type":"aggregation","without":{}}})", to_json(*node.expr),
                         string_list(node.grouping), token_text(node.op), node.param ? to_json(*node.param) : "null",
                         boolean(node.without));
    }
    case Expr::Kind::binary: {
      const auto& node = as<Binary>(expr);
      return fmt::format(R"({{"bool":{},"lhs":{},"matching":{},"op":{},"rhs":{},"type":"binaryExpr"}})", boolean(node.return_bool),
                         to_json(*node.left), matching_json(node.matching), json_string(token_text(node.op)), to_json(*node.right));
    }
    case Expr::Kind::unary:
      return fmt::format(R"({{"expr":{},"op":"{}","type":"unaryExpr"}})", to_json(*as<Unary>(expr).expr), token_text(as<Unary>(expr).op));
    case Expr::Kind::external:
      return fmt::format(R"({{"text":{},"type":"external"}})", json_string(as<External>(expr).text()));
    case Expr::Kind::paren:
      return fmt::format(R"({{"expr":{},"type":"parenExpr"}})", to_json(*as<Paren>(expr).expr));
  }
  return "null";
}

}  // namespace monitorai::query
