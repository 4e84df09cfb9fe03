// Recursive descent with operator precedence.

#include "query/promql/parser.h"

#include <cmath>
#include <limits>

#include "base/text.h"
#include "query/promql/duration_parser.h"
#include "query/promql/type_check.h"

namespace monitorai::query {
namespace {

using signals::Matcher;
using signals::MatchOp;

/// Further away than any sample, and near enough for offsets and ranges to be added.
constexpr double kAtMsMax = 8e18;

/// Keywords that may still be metric names.
bool names_metric(Token t) {
  if (t == Token::identifier || t == Token::metric_identifier || is_aggregator(t) || is_set_operator(t)) return true;
  switch (t) {
    case Token::by:
    case Token::without:
    case Token::offset:
    case Token::fill:
    case Token::fill_left:
    case Token::fill_right:
    case Token::anchored:
    case Token::smoothed:
    case Token::start:
    case Token::end_word:
    case Token::step:
    case Token::range:
    case Token::min_of:
    case Token::max_of:
      return true;
    default:
      return false;
  }
}

/// Keywords that may still be labels in by (...), on (...).
bool names_label(Token t) {
  if (names_metric(t)) return true;
  switch (t) {
    case Token::bool_:
    case Token::group_left:
    case Token::group_right:
    case Token::ignoring:
    case Token::on:
    case Token::atan2:
      return true;
    default:
      return false;
  }
}

bool function_word(Token t) { return t == Token::identifier || (t >= Token::start && t <= Token::max_of); }

class Parser : private DurationParser {
 public:
  Parser(std::string_view text, const ParseOptions& options) : DurationParser(text, options) {}

  Result<ExprPtr, ParseError> query() {
    if (peek().type == Token::end) return ParseError{{0, 0}, "no expression found in input"};
    ExprPtr expr = expression(1);
    if (expr && peek().type != Token::end) unexpected();
    if (error_) return *error_;
    if (auto fault = check_types(*expr)) return *fault;
    return expr;
  }

  Result<std::vector<Matcher>, ParseError> selector() {
    std::unique_ptr<VectorSelector> out;
    if (names_metric(peek().type) || peek().type == Token::left_brace)
      out = vector_selector();
    else
      unexpected();
    if (out && peek().type != Token::end) unexpected();
    if (error_) return *error_;
    return std::move(out->matchers);
  }

 private:
  /// Sets the depth of a finished node, or refuses it.
  template <class T>
  std::unique_ptr<T> finish(std::unique_ptr<T> node) {
    for (const Expr* child : children(*node)) node->depth = std::max(node->depth, child->depth + 1);
    if (node->depth > kDepthMax) return too_deep(node->span);
    return node;
  }

  // ---- expressions ----
  ExprPtr expression(int min_precedence) {
    const Deeper deeper(*this);
    if (depth_ > kDepthMax) return too_deep(span_of(peek()));
    ExprPtr left = unary();
    while (left) {
      const Lexeme op = peek();
      const int level = precedence(op.type);
      if (level == 0 || level < min_precedence) break;
      take();
      left = binary(std::move(left), op, level);
    }
    return left;
  }

  ExprPtr binary(ExprPtr left, const Lexeme& op, int level) {
    auto node = std::make_unique<Binary>();
    node->op = op.type;
    node->op_position = op.position;
    node->return_bool = accept(Token::bool_);
    node->matching.emplace();
    if (!modifiers(*node->matching)) return nullptr;
    node->left = std::move(left);
    // ^ binds to the right, all others to the left.
    node->right = expression(op.type == Token::pow ? level : level + 1);
    if (!node->right) return nullptr;
    node->span = {node->left->span.start, node->right->span.end};
    if ((node->matching->fill_left || node->matching->fill_right) && !options_.fill_modifiers)
      return fail(node->span, "binop fill modifiers are experimental and not enabled");
    return finish(std::move(node));
  }

  bool modifiers(Matching& matching) {
    if (peek().type == Token::on || peek().type == Token::ignoring) {
      matching.on = take().type == Token::on;
      if (!grouping(matching.labels)) return false;
      if (peek().type == Token::group_left || peek().type == Token::group_right) {
        matching.card = take().type == Token::group_left ? Matching::Card::many_to_one : Matching::Card::one_to_many;
        if (peek().type == Token::left_paren && !grouping(matching.include)) return false;
      }
    }
    if (peek().type == Token::fill) {
      take();
      if (!fill_value(matching.fill_left)) return false;
      matching.fill_right = matching.fill_left;
      return true;
    }
    while ((peek().type == Token::fill_left && !matching.fill_left) || (peek().type == Token::fill_right && !matching.fill_right))
      if (!fill_value(take().type == Token::fill_left ? matching.fill_left : matching.fill_right)) return false;
    return true;
  }

  bool fill_value(std::optional<double>& out) {
    if (!expect(Token::left_paren)) return false;
    const bool negative = peek().type == Token::sub;
    if (negative || peek().type == Token::add) take();
    const auto number = number_or_duration();
    if (!number || !expect(Token::right_paren)) return false;
    out = negative ? -number->value : number->value;
    return true;
  }

  bool grouping(std::vector<std::string>& out) {
    constexpr std::string_view kPlace = "grouping opts";
    if (!accept(Token::left_paren)) return unexpected(kPlace, "\"(\""), false;
    if (accept(Token::right_paren)) return true;
    for (;;) {
      const Lexeme& token = peek();
      std::string name = token.text;
      if (token.type == Token::string) {
        if (!unquoted(token, name)) return false;
      } else if (!names_label(token.type)) {
        return unexpected(kPlace, "label"), false;
      }
      if (name.empty() || !valid_utf8(name)) return fail(span_of(token), "invalid label name for grouping: " + quote(name)), false;
      take();
      out.push_back(std::move(name));
      if (accept(Token::comma)) {
        if (accept(Token::right_paren)) return true;
        continue;
      }
      if (accept(Token::right_paren)) return true;
      return unexpected(kPlace, "\",\" or \")\""), false;
    }
  }

  ExprPtr unary() {
    if (peek().type != Token::add && peek().type != Token::sub) return postfix(primary());
    const Lexeme op = take();
    ExprPtr operand = expression(kPrecedencePow);
    if (!operand) return nullptr;
    if (operand->kind == Expr::Kind::number) {
      auto& number = static_cast<NumberLiteral&>(*operand);
      if (op.type == Token::sub) number.value = -number.value;
      number.span.start = op.position;
      return operand;
    }
    auto node = std::make_unique<Unary>();
    node->op = op.type;
    node->span = {op.position, operand->span.end};
    node->expr = std::move(operand);
    return finish(std::move(node));
  }

  ExprPtr primary() {
    const Lexeme& token = peek();
    switch (token.type) {
      case Token::number:
      case Token::duration:
        return number_or_duration();
      case Token::string: {
        auto node = std::make_unique<StringLiteral>();
        node->span = span_of(token);
        if (!unquoted(token, node->value)) return nullptr;
        take();
        return node;
      }
      case Token::left_paren: {
        const Lexeme open = take();
        auto node = std::make_unique<Paren>();
        node->expr = expression(1);
        if (!node->expr || !expect(Token::right_paren)) return nullptr;
        node->span = {open.position, last_end_};
        return finish(std::move(node));
      }
      case Token::left_brace:
        return vector_selector();
      default:
        break;
    }
    const Token after = peek(1).type;
    // `sum(...)`, `sum by (...) (...)`; but `sum`, `sum{...}`, `sum + 1` select the metric of that name.
    if (is_aggregator(token.type) && (after == Token::left_paren || after == Token::by || after == Token::without)) return aggregate();
    if (function_word(token.type) && after == Token::left_paren) return call();
    if (is_aggregator(token.type) && !ends_operand(after)) {
      take();
      return unexpected("aggregation", "");
    }
    if (names_metric(token.type)) return vector_selector();
    return unexpected();
  }

  /// What may follow a metric's name.
  static bool ends_operand(Token t) {
    return is_operator(t) || t == Token::left_brace || t == Token::left_bracket || t == Token::right_paren || t == Token::comma ||
           t == Token::at || t == Token::offset || t == Token::end || t == Token::anchored || t == Token::smoothed || t == Token::error;
  }

  bool unquoted(const Lexeme& token, std::string& out) {
    if (unquote(token.text, out)) return true;
    fail(span_of(token), fmt::format("error unquoting string {}: invalid syntax", quote(token.text)));
    return false;
  }

  // ---- aggregations and calls ----
  ExprPtr aggregate() {
    const Lexeme op = take();
    const Within within(*this, "aggregation");
    auto node = std::make_unique<Aggregate>();
    node->op = op.type;
    bool modified = false;
    const auto modifier = [&] {
      if (peek().type != Token::by && peek().type != Token::without) return true;
      modified = true;
      node->without = take().type == Token::without;
      return grouping(node->grouping);
    };
    std::vector<ExprPtr> args;
    if (!modifier() || !arguments(args)) return nullptr;
    if (!modified && !modifier()) return nullptr;
    node->span = {op.position, last_end_};
    if (args.empty()) return fail(node->span, "no arguments for aggregate expression provided");
    const bool experimental = op.type == Token::limitk || op.type == Token::limit_ratio;
    if (experimental && !options_.experimental_functions)
      return fail(node->span, fmt::format("{}() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
                                          token_text(op.type)));
    const size_t wanted = takes_parameter(op.type) ? 2 : 1;
    if (args.size() != wanted)
      return fail(node->span,
                  fmt::format("wrong number of arguments for aggregate expression provided, expected {}, got {}", wanted, args.size()));
    if (wanted == 2) node->param = std::move(args[0]);
    node->expr = std::move(args.back());
    return finish(std::move(node));
  }

  bool arguments(std::vector<ExprPtr>& out) {
    if (!expect(Token::left_paren)) return false;
    if (accept(Token::right_paren)) return true;
    for (;;) {
      ExprPtr arg = expression(1);
      if (!arg) return false;
      out.push_back(std::move(arg));
      if (accept(Token::right_paren)) return true;
      const Lexeme comma = peek();
      if (!expect(Token::comma)) return false;
      if (peek().type == Token::right_paren || peek().type == Token::comma)
        return fail(span_of(comma), "trailing commas not allowed in function call args"), false;
    }
  }

  ExprPtr call() {
    const Lexeme name = take();
    auto node = std::make_unique<Call>();
    if (!arguments(node->args)) return nullptr;
    node->span = {name.position, last_end_};
    node->function = find_function(name.type == Token::identifier ? std::string_view(name.text) : token_text(name.type));
    if (node->function == nullptr) return fail(span_of(name), "unknown function with name " + quote(name.text));
    if (node->function->experimental && !options_.experimental_functions)
      return fail(span_of(name), fmt::format("function {} is not enabled", quote(name.text)));
    return finish(std::move(node));
  }

  // ---- selectors ----
  std::unique_ptr<VectorSelector> vector_selector() {
    auto node = std::make_unique<VectorSelector>();
    node->span.start = peek().position;
    if (peek().type != Token::left_brace) node->name = take().text;
    if (peek().type == Token::left_brace && !matchers(*node)) return nullptr;
    node->span.end = last_end_;
    if (!node->name.empty()) {
      auto matcher = Matcher::make(std::string(signals::kMetricName), MatchOp::equal, node->name);
      node->matchers.push_back(std::move(matcher).value());
    }
    return node;
  }

  bool matchers(VectorSelector& out) {
    constexpr std::string_view kPlace = "label matching";
    take();
    if (accept(Token::right_brace)) return true;
    for (;;) {
      const Lexeme name = peek();
      std::string label = name.text;
      if (name.type == Token::string) {
        if (!unquoted(name, label)) return false;
      } else if (name.type != Token::identifier) {
        return unexpected(kPlace, "identifier or \"}\""), false;
      }
      take();
      if (!matcher(out, name, std::move(label))) return false;
      if (accept(Token::comma)) {
        if (accept(Token::right_brace)) return true;
        continue;
      }
      if (accept(Token::right_brace)) return true;
      return unexpected(kPlace, "\",\" or \"}\""), false;
    }
  }

  bool matcher(VectorSelector& out, const Lexeme& name, std::string label) {
    MatchOp op = MatchOp::equal;
    switch (peek().type) {
      case Token::equal:
        op = MatchOp::equal;
        break;
      case Token::not_equal:
        op = MatchOp::not_equal;
        break;
      case Token::equal_regex:
        op = MatchOp::regex;
        break;
      case Token::not_regex:
        op = MatchOp::not_regex;
        break;
      default: {
        if (name.type != Token::string) return unexpected("label matching", "label matching operator"), false;
        if (peek().type != Token::comma && peek().type != Token::right_brace) return unexpected("label matching", "\",\" or \"}\""), false;
        auto metric = Matcher::make(std::string(signals::kMetricName), MatchOp::equal, std::move(label));
        out.matchers.push_back(std::move(metric).value());
        return true;
      }
    }
    take();
    const Lexeme value = peek();
    if (value.type != Token::string) return unexpected("label matching", "string"), false;
    std::string text;
    if (!unquoted(value, text)) return false;
    take();
    auto made = Matcher::make(std::move(label), op, std::move(text));
    if (!made) return fail({name.position, value.end()}, "error parsing regexp: " + made.error().message), false;
    out.matchers.push_back(std::move(made).value());
    return true;
  }

  ExprPtr postfix(ExprPtr expr) {
    while (expr && !error_) {
      switch (peek().type) {
        case Token::left_bracket:
          expr = brackets(std::move(expr));
          break;
        case Token::offset:
          expr = offset(std::move(expr));
          break;
        case Token::at:
          expr = at_modifier(std::move(expr));
          break;
        case Token::anchored:
        case Token::smoothed:
          expr = extended(std::move(expr));
          break;
        default:
          return expr;
      }
    }
    return expr;
  }

  ExprPtr brackets(ExprPtr expr) {
    const Lexeme open = take();
    Within within(*this, "subquery or range selector", "number, duration, step(), or range()");
    Duration range;
    if (!positive_duration(range)) return nullptr;
    if (accept(Token::right_bracket)) return matrix_selector(std::move(expr), open, std::move(range));
    within.now("subquery or range", "\":\" or \"]\"");
    if (!expect(Token::colon)) return nullptr;
    auto node = std::make_unique<Subquery>();
    node->range = std::move(range);
    if (peek().type != Token::right_bracket) {
      within.now("subquery selector", "number, duration, step(), range(), or \"]\"");
      if (!positive_duration(node->step)) return nullptr;
      within.now("subquery selector", "\"]\"");
    }
    if (!expect(Token::right_bracket)) return nullptr;
    node->span = {expr->span.start, last_end_};
    node->expr = std::move(expr);
    return finish(std::move(node));
  }

  ExprPtr matrix_selector(ExprPtr expr, const Lexeme& open, Duration range) {
    const Span place{open.position, last_end_};
    if (expr->kind != Expr::Kind::vector_selector) return fail(place, "ranges only allowed for vector selectors");
    auto node = std::make_unique<MatrixSelector>();
    node->selector.reset(static_cast<VectorSelector*>(expr.release()));
    if (node->selector->shift.offset.is_set()) return fail(place, "no offset modifiers allowed before range");
    if (node->selector->shift.has_at()) return fail(place, "no @ modifiers allowed before range");
    node->range = std::move(range);
    node->span = {node->selector->span.start, last_end_};
    return finish(std::move(node));
  }

  /// The place where offset and @ of this expression live; nullptr when it can have none.
  static TimeShift* shift_of(Expr& expr) {
    switch (expr.kind) {
      case Expr::Kind::vector_selector:
        return &static_cast<VectorSelector&>(expr).shift;
      case Expr::Kind::matrix_selector:
        return &static_cast<MatrixSelector&>(expr).selector->shift;
      case Expr::Kind::subquery:
        return &static_cast<Subquery&>(expr).shift;
      default:
        return nullptr;
    }
  }

  ExprPtr offset(ExprPtr expr) {
    take();
    const Within within(*this, "offset", "number, duration, step(), or range()");
    Duration duration;
    if (!offset_duration(duration)) return nullptr;
    TimeShift* shift = shift_of(*expr);
    if (shift == nullptr)
      return fail(expr->span, "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery");
    if (shift->offset.is_set()) return fail(expr->span, "offset may not be set multiple times");
    shift->offset = std::move(duration);
    expr->span.end = last_end_;
    return expr;
  }

  ExprPtr at_modifier(ExprPtr expr) {
    take();
    const Within within(*this, "@", "timestamp");
    std::optional<double> seconds;
    AtWord word = AtWord::none;
    if (peek().type == Token::start || peek().type == Token::end_word) {
      word = take().type == Token::start ? AtWord::start : AtWord::end;
      if (!expect(Token::left_paren) || !expect(Token::right_paren)) return nullptr;
    } else {
      const bool negative = peek().type == Token::sub;
      if (negative || peek().type == Token::add) take();
      const auto number = number_or_duration();
      if (!number) return nullptr;
      seconds = negative ? -number->value : number->value;
      if (!(std::abs(*seconds) < 9.2233720368547758e15))
        return fail(expr->span, fmt::format("timestamp out of bounds for @ modifier: {:f}", *seconds));
    }
    TimeShift* shift = shift_of(*expr);
    if (shift == nullptr)
      return fail(expr->span, "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery");
    if (shift->has_at()) return fail(expr->span, "@ <timestamp> may not be set multiple times");
    shift->at_word = word;
    if (seconds) shift->at_ms = std::llround(std::clamp(*seconds * 1000.0, -kAtMsMax, kAtMsMax));
    expr->span.end = last_end_;
    return expr;
  }

  ExprPtr extended(ExprPtr expr) {
    const Lexeme word = take();
    const std::string_view name = token_text(word.type);
    if (!options_.extended_range_selectors) return fail(expr->span, fmt::format("{} modifier is experimental and not enabled", name));
    VectorSelector* selector = nullptr;
    if (expr->kind == Expr::Kind::vector_selector) selector = static_cast<VectorSelector*>(expr.get());
    if (expr->kind == Expr::Kind::matrix_selector) selector = static_cast<MatrixSelector&>(*expr).selector.get();
    if (expr->kind == Expr::Kind::subquery) return fail(expr->span, fmt::format("{} modifier is not supported for subqueries", name));
    if (selector == nullptr) return fail(expr->span, fmt::format("{} modifier not implemented", name));
    (word.type == Token::anchored ? selector->anchored : selector->smoothed) = true;
    if (selector->anchored && selector->smoothed) return fail(expr->span, "anchored and smoothed modifiers cannot be used together");
    return expr;
  }
};

std::optional<ParseError> too_long(std::string_view query) {
  if (query.size() <= kQueryBytesMax) return std::nullopt;
  return ParseError{{0, 0}, fmt::format("query is too long ({} bytes, the limit is {})", query.size(), kQueryBytesMax)};
}

}  // namespace

std::string ParseError::text(std::string_view query) const {
  return fmt::format("{}: parse error: {}", line_and_column(query, span.start), message);
}

Result<ExprPtr, ParseError> parse(std::string_view query, const ParseOptions& options) {
  if (auto error = too_long(query)) return *error;
  return Parser(query, options).query();
}

Result<std::vector<Matcher>, ParseError> parse_selector(std::string_view text) {
  if (auto error = too_long(text)) return *error;
  return Parser(text, {}).selector();
}

}  // namespace monitorai::query
