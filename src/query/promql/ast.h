#pragma once
// The syntax tree of a PromQL query. Every node knows its place in the text, its type and its depth; a parsed tree is immutable.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/promql/functions.h"
#include "query/promql/token.h"
#include "signals/labels.h"
#include "signals/matcher.h"

namespace monitorai::query {

/// Bytes [start, end) of the query.
struct Span {
  uint32_t start = 0;
  uint32_t end = 0;
};

/// "1:5": line and column (both from 1, columns in bytes) of a place in a query.
std::string line_and_column(std::string_view query, uint32_t position);

/// A parenthesis, an operator, a call, ... each adds one. Deeper trees are refused: evaluation, printing and destruction recurse.
inline constexpr uint32_t kDepthMax = 400;

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Expr {
  enum class Kind { number, string, vector_selector, matrix_selector, subquery, call, aggregate, binary, unary, paren, external };
  const Kind kind;
  Span span;
  uint32_t depth = 1;

  virtual ~Expr() = default;
  virtual ValueType type() const = 0;

 protected:
  explicit Expr(Kind k) : kind(k) {}
};

struct NumberLiteral final : Expr {
  NumberLiteral() : Expr(Kind::number) {}
  ValueType type() const override { return ValueType::scalar; }
  double value = 0;
  bool duration = false;  ///< written as "5m"
};

struct StringLiteral final : Expr {
  StringLiteral() : Expr(Kind::string) {}
  ValueType type() const override { return ValueType::string; }
  std::string value;
};

/// Arithmetic over durations (`[5m * 2]`, `offset step()`), experimental in Prometheus. Its value is known once a query's step and
/// range are.
struct DurationExpr {
  Token op = Token::number;  ///< number, add, sub, mul, div, mod, pow, step, range, min_of, max_of
  double seconds = 0;        ///< of a number
  bool duration_literal = false;
  bool wrapped = false;                ///< in parentheses
  std::unique_ptr<DurationExpr> left;  ///< null for a unary sign
  std::unique_ptr<DurationExpr> right;
  Span span;
};

/// Milliseconds, or an expression that gives them.
struct Duration {
  int64_t ms = 0;
  std::shared_ptr<const DurationExpr> expr;
  bool is_set() const { return ms != 0 || expr != nullptr; }
};

enum class AtWord { none, start, end };

/// offset and @: what moves the time at which a selector or subquery looks.
struct TimeShift {
  Duration offset;
  std::optional<int64_t> at_ms;
  AtWord at_word = AtWord::none;
  bool has_at() const { return at_ms.has_value() || at_word != AtWord::none; }
};

struct VectorSelector final : Expr {
  VectorSelector() : Expr(Kind::vector_selector) {}
  ValueType type() const override { return ValueType::vector; }
  std::string name;                        ///< the name in front of the braces, "" without one
  std::vector<signals::Matcher> matchers;  ///< the name's own matcher is the last one
  TimeShift shift;
  bool anchored = false;
  bool smoothed = false;
  bool may_match_all = false;  ///< the label selector of info()
};

struct MatrixSelector final : Expr {
  MatrixSelector() : Expr(Kind::matrix_selector) {}
  ValueType type() const override { return ValueType::matrix; }
  std::unique_ptr<VectorSelector> selector;  ///< carries offset and @ of the whole
  Duration range;
};

struct Subquery final : Expr {
  Subquery() : Expr(Kind::subquery) {}
  ValueType type() const override { return ValueType::matrix; }
  ExprPtr expr;
  Duration range;
  Duration step;  ///< not set: the engine's default
  TimeShift shift;
};

struct Call final : Expr {
  Call() : Expr(Kind::call) {}
  ValueType type() const override { return function->result; }
  const Function* function = nullptr;
  std::vector<ExprPtr> args;
};

struct Aggregate final : Expr {
  Aggregate() : Expr(Kind::aggregate) {}
  ValueType type() const override { return ValueType::vector; }
  Token op = Token::sum;
  ExprPtr param;  ///< null without one
  ExprPtr expr;
  std::vector<std::string> grouping;
  bool without = false;
};

struct Matching {
  enum class Card { one_to_one, many_to_one, one_to_many, many_to_many };
  Card card = Card::one_to_one;
  bool on = false;
  std::vector<std::string> labels;   ///< of on or ignoring
  std::vector<std::string> include;  ///< of group_left or group_right
  std::optional<double> fill_left;
  std::optional<double> fill_right;
};

struct Binary final : Expr {
  Binary() : Expr(Kind::binary) {}
  ValueType type() const override {
    return left->type() == ValueType::scalar && right->type() == ValueType::scalar ? ValueType::scalar : ValueType::vector;
  }
  Token op = Token::add;
  uint32_t op_position = 0;
  ExprPtr left;
  ExprPtr right;
  bool return_bool = false;
  std::optional<Matching> matching;  ///< only between two vectors
};

struct Unary final : Expr {
  Unary() : Expr(Kind::unary) {}
  ValueType type() const override { return expr->type(); }
  Token op = Token::sub;
  ExprPtr expr;
};

struct Paren final : Expr {
  Paren() : Expr(Kind::paren) {}
  ValueType type() const override { return expr->type(); }
  ExprPtr expr;
};

/// A vector that another language computes (LogQL's range aggregations), so that PromQL's operators and functions may stand round it.
/// Query::external gives its rows.
struct External : Expr {
  ValueType type() const override { return ValueType::vector; }
  virtual std::string text() const = 0;
  virtual bool same_as(const External& other) const = 0;

 protected:
  External() : Expr(Kind::external) {}
};

template <class T>
const T& as(const Expr& expr) {
  return static_cast<const T&>(expr);
}

/// The expression without the parentheses round it.
const Expr& unwrap(const Expr& expr);
/// The children, in the order of the text.
std::vector<const Expr*> children(const Expr& expr);
/// Same structure and values; places are not compared.
bool same(const Expr& a, const Expr& b);

}  // namespace monitorai::query
