#include "query/promql/duration_parser.h"

#include <cmath>

#include "base/text.h"

namespace monitorai::query {
namespace {

constexpr double kDurationSecondsMax = 9223372036.854775;  // int64 nanoseconds

std::optional<double> parse_float(const std::string& text) {
  if (const auto value = parse_number(text)) return value;
  // parse_number refuses what does not fit: out of range is an error in Go too, but tiny numbers are 0.
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || code != std::errc::result_out_of_range) return std::nullopt;
  return text.find("e-") != std::string::npos || text.find("E-") != std::string::npos ? std::optional<double>(0) : std::nullopt;
}

/// As Go reads it: an integer of base 0 first (0x1f, 0755, 1_000), a float otherwise.
std::optional<double> number_value(std::string text) {
  std::erase(text, '_');
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const bool octal = text.size() > 1 && text[0] == '0' && text.find_first_not_of("01234567") == std::string::npos;
  int64_t integer = 0;
  const char* const from = text.data() + (hexadecimal ? 2 : 0);
  const char* const to = text.data() + text.size();
  const auto whole = std::from_chars(from, to, integer, hexadecimal ? 16 : octal ? 8 : 10);
  if (whole.ec == std::errc{} && whole.ptr == to) return static_cast<double>(integer);
  if (!hexadecimal) return parse_float(text);
  double value = 0;
  const auto real = std::from_chars(from, to, value, std::chars_format::hex);
  if (real.ec != std::errc{} || real.ptr != to) return std::nullopt;
  return value;
}

void settle(DurationExpr& expr, Duration& out) {
  if (expr.op == Token::number)
    out.ms = std::llround(expr.seconds * 1e9) / 1'000'000;
  else
    out.expr = std::make_shared<DurationExpr>(std::move(expr));
}

}  // namespace

int precedence(Token op) {
  switch (op) {
    case Token::or_:
      return 1;
    case Token::and_:
    case Token::unless:
      return 2;
    case Token::equal_equal:
    case Token::not_equal:
    case Token::less:
    case Token::less_equal:
    case Token::greater:
    case Token::greater_equal:
    case Token::trim_upper:
    case Token::trim_lower:
      return 3;
    case Token::add:
    case Token::sub:
      return 4;
    case Token::mul:
    case Token::div:
    case Token::mod:
    case Token::atan2:
      return kPrecedenceMul;
    case Token::pow:
      return kPrecedencePow;
    default:
      return 0;
  }
}

std::unique_ptr<NumberLiteral> DurationParser::number_or_duration() {
  const Lexeme& token = peek();
  auto node = std::make_unique<NumberLiteral>();
  node->span = span_of(token);
  if (token.type == Token::number) {
    const auto value = number_value(token.text);
    if (!value) return fail(node->span, fmt::format("error parsing number: invalid syntax: {}", quote(token.text)));
    node->value = *value;
  } else if (token.type == Token::duration) {
    const auto ms = parse_duration(token.text);
    if (!ms) return fail(node->span, fmt::format("not a valid duration string: {}", quote(token.text)));
    node->value = static_cast<double>(ms->count()) / 1000.0;
    node->duration = true;
  } else {
    return unexpected();
  }
  take();
  return node;
}

bool DurationParser::positive_duration(Duration& out) {
  const auto expr = duration_expression(kPrecedenceAdd);
  if (!expr) return false;
  if (expr->op == Token::number && expr->seconds <= 0) return fail(expr->span, "duration must be greater than 0"), false;
  settle(*expr, out);
  return true;
}

bool DurationParser::offset_duration(Duration& out) {
  const bool signed_literal =
      (peek().type == Token::add || peek().type == Token::sub) && (peek(1).type == Token::number || peek(1).type == Token::duration);
  const bool literal = peek().type == Token::number || peek().type == Token::duration;
  const auto expr = signed_literal ? duration_unary() : literal ? duration_primary() : duration_expression(kPrecedenceAdd);
  if (!expr) return false;
  settle(*expr, out);
  return true;
}

std::unique_ptr<DurationExpr> DurationParser::duration_expression(int min_precedence) {
  const Deeper deeper(*this);
  if (depth_ > kDepthMax) return too_deep(span_of(peek()));
  auto left = duration_unary();
  for (size_t links = 0; left; ++links) {
    const Lexeme op = peek();
    const int level = precedence(op.type);
    if (level < kPrecedenceAdd || level < min_precedence || op.type == Token::atan2) break;
    if (!experimental(*left)) return nullptr;
    if (links > kDepthMax) return too_deep(span_of(op));
    take();
    auto right = duration_expression(op.type == Token::pow ? level : level + 1);
    if (!right) return nullptr;
    if (right->op == Token::number && right->seconds == 0 && (op.type == Token::div || op.type == Token::mod))
      return fail(span_of(op), op.type == Token::div ? "division by zero" : "modulo by zero");
    auto node = std::make_unique<DurationExpr>();
    node->op = op.type;
    node->span = {left->span.start, right->span.end};
    node->left = std::move(left);
    node->right = std::move(right);
    left = std::move(node);
  }
  return left;
}

bool DurationParser::experimental(const DurationExpr& expr) {
  if (!options_.duration_expressions) fail(expr.span, "experimental duration expression is not enabled");
  return options_.duration_expressions;
}

std::unique_ptr<DurationExpr> DurationParser::duration_unary() {
  if (peek().type != Token::add && peek().type != Token::sub) return duration_primary();
  const Deeper deeper(*this);
  if (depth_ > kDepthMax) return too_deep(span_of(peek()));
  const Lexeme op = take();
  auto operand = peek().type == Token::number || peek().type == Token::duration ? duration_primary() : duration_expression(kPrecedencePow);
  if (!operand) return nullptr;
  if (operand->op == Token::number) {
    if (op.type == Token::sub) operand->seconds = -operand->seconds;
    operand->span.start = op.position;
    return operand;
  }
  if (op.type == Token::add) return operand;
  auto node = std::make_unique<DurationExpr>();
  node->op = Token::sub;
  node->span = {op.position, operand->span.end};
  node->right = std::move(operand);
  return node;
}

std::unique_ptr<DurationExpr> DurationParser::duration_primary() {
  const Lexeme token = peek();
  auto node = std::make_unique<DurationExpr>();
  node->span = span_of(token);
  node->op = token.type;
  switch (token.type) {
    case Token::number:
    case Token::duration: {
      const auto literal = number_or_duration();
      if (!literal) return nullptr;
      if (!(std::abs(literal->value) <= kDurationSecondsMax)) return fail(node->span, "duration out of range");
      node->op = Token::number;
      node->seconds = literal->value;
      node->duration_literal = literal->duration;
      return node;
    }
    case Token::step:
    case Token::range:
      take();
      if (!expect(Token::left_paren) || !expect(Token::right_paren)) return nullptr;
      break;
    case Token::min_of:
    case Token::max_of:
      take();
      if (!expect(Token::left_paren) || !(node->left = duration_expression(kPrecedenceAdd)) || !expect(Token::comma)) return nullptr;
      if (!(node->right = duration_expression(kPrecedenceAdd)) || !expect(Token::right_paren)) return nullptr;
      break;
    case Token::left_paren: {
      take();
      auto inner = duration_expression(kPrecedenceAdd);
      if (!inner || !expect(Token::right_paren)) return nullptr;
      if (inner->op == Token::number || inner->wrapped) {
        // A literal in parentheses is an expression: +(5m).
        node->op = Token::add;
        node->right = std::move(inner);
      } else {
        node = std::move(inner);
      }
      node->wrapped = true;
      break;
    }
    default:
      return unexpected();
  }
  node->span = {token.position, last_end_};
  if (!experimental(*node)) return nullptr;
  return node;
}

}  // namespace monitorai::query
