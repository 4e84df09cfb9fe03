#include "serve/prometheus/parse_tree.h"

#include <fmt/format.h>

#include "base/text.h"
#include "query/promql/printer.h"
#include "serve/prometheus/answers.h"

namespace monitorai::serve {
namespace {

using query::as;
using query::Expr;
using query::ValueType;

std::string_view type_word(ValueType type) {
  switch (type) {
    case ValueType::scalar: return "scalar";
    case ValueType::vector: return "vector";
    case ValueType::matrix: return "matrix";
    case ValueType::string: return "string";
    case ValueType::none: return "none";
  }
  return "none";
}

std::string json_number(double value) {
  std::string out = "\"";
  append_json_value(out, value);
  return out + '"';
}

std::string matchers_json(const query::VectorSelector& selector) {
  constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  std::vector<std::string> out;
  for (const signals::Matcher& matcher : selector.matchers)
    out.push_back(fmt::format(R"({{"name":{},"value":{},"type":"{}"}})", json_string(matcher.name()), json_string(matcher.value()), kOps[static_cast<size_t>(matcher.op())]));
  return fmt::format("[{}]", join(out, ","));
}

std::string shift_json(const query::TimeShift& shift) {
  const std::string at = shift.at_ms ? fmt::format("{}", *shift.at_ms) : "null";
  const std::string_view word = shift.at_word == query::AtWord::start ? "\"start\"" : shift.at_word == query::AtWord::end ? "\"end\"" : "null";
  return fmt::format(R"("offset":{},"timestamp":{},"startOrEnd":{})", shift.offset.ms, at, word);
}

std::string selector_json(const query::VectorSelector& selector, std::string_view type, std::string_view range) {
  return fmt::format(R"({{"type":"{}","name":{},{}"matchers":{},{}}})", type, json_string(selector.name), range, matchers_json(selector), shift_json(selector.shift));
}

std::string matching_json(const std::optional<query::Matching>& matching) {
  if (!matching) return "null";
  constexpr std::string_view kCards[] = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};
  return fmt::format(R"({{"card":"{}","labels":{},"on":{},"include":{}}})", kCards[static_cast<size_t>(matching->card)], json_strings(matching->labels), matching->on,
                     json_strings(matching->include));
}

std::string call_json(const query::Call& call) {
  std::vector<std::string> types, args;
  for (const ValueType type : call.function->args) types.push_back(fmt::format("\"{}\"", type_word(type)));
  for (const query::ExprPtr& arg : call.args) args.push_back(json_of_tree(*arg));
  return fmt::format(R"({{"type":"call","func":{{"name":"{}","argTypes":[{}],"variadic":{},"returnType":"{}"}},"args":[{}]}})", call.function->name, join(types, ","),
                     call.function->variadic, type_word(call.function->result), join(args, ","));
}

}  // namespace

std::string json_of_tree(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::number: return fmt::format(R"({{"type":"numberLiteral","val":{}}})", json_number(as<query::NumberLiteral>(expr).value));
    case Expr::Kind::string: return fmt::format(R"({{"type":"stringLiteral","val":{}}})", json_string(as<query::StringLiteral>(expr).value));
    case Expr::Kind::vector_selector: return selector_json(as<query::VectorSelector>(expr), "vectorSelector", "");
    case Expr::Kind::matrix_selector: {
      const auto& matrix = as<query::MatrixSelector>(expr);
      return selector_json(*matrix.selector, "matrixSelector", fmt::format(R"("range":{},)", matrix.range.ms));
    }
    case Expr::Kind::subquery: {
      const auto& subquery = as<query::Subquery>(expr);
      return fmt::format(R"({{"type":"subquery","expr":{},"range":{},"step":{},{}}})", json_of_tree(*subquery.expr), subquery.range.ms, subquery.step.ms, shift_json(subquery.shift));
    }
    case Expr::Kind::call: return call_json(as<query::Call>(expr));
    case Expr::Kind::aggregate: {
      const auto& aggregate = as<query::Aggregate>(expr);
      return fmt::format(R"({{"type":"aggregation","op":"{}","expr":{},"param":{},"grouping":{},"without":{}}})", query::token_text(aggregate.op), json_of_tree(*aggregate.expr),
                         aggregate.param ? json_of_tree(*aggregate.param) : "null", json_strings(aggregate.grouping), aggregate.without);
    }
    case Expr::Kind::binary: {
      const auto& binary = as<query::Binary>(expr);
      return fmt::format(R"({{"type":"binaryExpr","op":"{}","lhs":{},"rhs":{},"matching":{},"bool":{}}})", query::token_text(binary.op), json_of_tree(*binary.left),
                         json_of_tree(*binary.right), matching_json(binary.matching), binary.return_bool);
    }
    case Expr::Kind::unary: {
      const auto& unary = as<query::Unary>(expr);
      return fmt::format(R"({{"type":"unaryExpr","op":"{}","expr":{}}})", query::token_text(unary.op), json_of_tree(*unary.expr));
    }
    case Expr::Kind::paren: return fmt::format(R"({{"type":"parenExpr","expr":{}}})", json_of_tree(*as<query::Paren>(expr).expr));
  }
  return "null";
}

}  // namespace monitorai::serve
