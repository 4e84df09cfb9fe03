// Recursive descent. The order in which `and`, `or`, commas and plain neighbours of label filters bind is that of Loki's grammar: `and`
// before `or`, while a comma (or nothing) takes everything that follows.

#include "query/logql/parser.h"

#include <array>
#include <cmath>

#include "base/text.h"
#include "query/logql/token.h"
#include "query/logql/units.h"
#include "query/promql/duration_parser.h"
#include "query/promql/quoting.h"
#include "query/promql/type_check.h"

namespace monitorai::query::logql {
namespace {

using signals::Matcher;
using signals::MatchOp;
using Op = query::Token;

constexpr std::array kAggregations = std::to_array<std::pair<std::string_view, Op>>({
    {"sum", Op::sum},
    {"avg", Op::avg},
    {"max", Op::max},
    {"min", Op::min},
    {"count", Op::count},
    {"stddev", Op::stddev},
    {"stdvar", Op::stdvar},
    {"topk", Op::topk},
    {"bottomk", Op::bottomk},
    {"approx_topk", Op::topk},
});

std::optional<Op> find_aggregation(std::string_view word) {
  const std::string small = lower(word);
  for (const auto& [text, op] : kAggregations)
    if (text == small) return op;
  return std::nullopt;
}

std::optional<Op> binary_operator(const Lexeme& token) {
  switch (token.type) {
    case Token::add:
      return Op::add;
    case Token::sub:
      return Op::sub;
    case Token::mul:
      return Op::mul;
    case Token::div:
      return Op::div;
    case Token::mod:
      return Op::mod;
    case Token::pow:
      return Op::pow;
    case Token::equal_equal:
      return Op::equal_equal;
    case Token::not_equal:
      return Op::not_equal;
    case Token::less:
      return Op::less;
    case Token::less_equal:
      return Op::less_equal;
    case Token::greater:
      return Op::greater;
    case Token::greater_equal:
      return Op::greater_equal;
    case Token::identifier: {
      const std::string word = lower(token.text);
      if (word == "and") return Op::and_;
      if (word == "or") return Op::or_;
      if (word == "unless") return Op::unless;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

double fold(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::sub:
      return a - b;
    case Op::mul:
      return a * b;
    case Op::div:
      return b == 0 ? std::nan("") : a / b;
    case Op::mod:
      return std::fmod(a, b);
    case Op::pow:
      return std::pow(a, b);
    case Op::equal_equal:
      return a == b;
    case Op::not_equal:
      return a != b;
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::greater:
      return a > b;
    default:
      return a >= b;
  }
}

std::optional<Compare> comparison(Token type) {
  switch (type) {
    case Token::equal:
    case Token::equal_equal:
      return Compare::equal;
    case Token::not_equal:
      return Compare::not_equal;
    case Token::greater:
      return Compare::greater;
    case Token::greater_equal:
      return Compare::greater_equal;
    case Token::less:
      return Compare::less;
    case Token::less_equal:
      return Compare::less_equal;
    default:
      return std::nullopt;
  }
}

std::optional<LineOp> line_operator(Token type) {
  switch (type) {
    case Token::pipe_contains:
      return LineOp::contains;
    case Token::not_equal:
      return LineOp::not_contains;
    case Token::pipe_regex:
      return LineOp::regex;
    case Token::not_regex:
      return LineOp::not_regex;
    case Token::pipe_pattern:
      return LineOp::pattern;
    case Token::not_pattern:
      return LineOp::not_pattern;
    default:
      return std::nullopt;
  }
}

bool takes_unwrap(RangeOp op) {
  switch (op) {
    case RangeOp::count_over_time:
    case RangeOp::bytes_rate:
    case RangeOp::bytes_over_time:
      return false;
    default:
      return true;
  }
}
bool needs_unwrap(RangeOp op) { return takes_unwrap(op) && op != RangeOp::rate && op != RangeOp::absent_over_time; }
bool takes_grouping(RangeOp op) {
  switch (op) {
    case RangeOp::avg_over_time:
    case RangeOp::stddev_over_time:
    case RangeOp::stdvar_over_time:
    case RangeOp::quantile_over_time:
    case RangeOp::max_over_time:
    case RangeOp::min_over_time:
    case RangeOp::first_over_time:
    case RangeOp::last_over_time:
      return true;
    default:
      return false;
  }
}
/// Sums of these may be taken of any grouping of the lines.
bool additive(RangeOp op) {
  return op == RangeOp::rate || op == RangeOp::count_over_time || op == RangeOp::bytes_rate || op == RangeOp::bytes_over_time ||
         op == RangeOp::sum_over_time;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(lex(text)) {}

  Result<Query, ParseError> query() {
    Query out;
    if (is_log_query()) {
      out.log = std::make_unique<LogExpr>();
      log_query(*out.log);
    } else {
      out.metric = expression(1);
    }
    if (!error_ && peek().type != Token::end) unexpected();
    if (error_) return *error_;
    if (out.metric)
      if (auto fault = check_types(*out.metric)) return ParseError{fault->span, fault->message};
    return out;
  }

  Result<std::vector<Matcher>, ParseError> selector_alone() {
    LogExpr out;
    selector(out);
    if (!error_ && peek().type != Token::end) unexpected();
    if (error_) return *error_;
    return std::move(out.matchers);
  }

 private:
  // ---- tokens ----
  const Lexeme& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Lexeme& take() {
    const Lexeme& token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    last_end_ = token.end();
    return token;
  }
  bool accept(Token type) {
    if (peek().type != type) return false;
    take();
    return true;
  }
  bool word(std::string_view text, size_t ahead = 0) const {
    return peek(ahead).type == Token::identifier && lower(peek(ahead).text) == text;
  }
  bool accept_word(std::string_view text) {
    if (!word(text)) return false;
    take();
    return true;
  }
  std::nullptr_t fail(Span span, std::string message) {
    if (!error_) error_ = ParseError{span, std::move(message)};
    return nullptr;
  }
  static Span span_of(const Lexeme& token) { return {token.position, token.end()}; }
  std::nullptr_t unexpected(std::string_view expected = {}) {
    const Lexeme& token = peek();
    if (token.type == Token::error) return fail(span_of(token), token.text);
    std::string message = "syntax error: unexpected " + token.description();
    if (!expected.empty()) message += fmt::format(", expecting {}", expected);
    return fail(span_of(token), std::move(message));
  }
  bool expect(Token type, std::string_view name) {
    if (accept(type)) return true;
    unexpected(name);
    return false;
  }
  bool string(std::string& out) {
    const Lexeme& token = peek();
    if (token.type != Token::string) return unexpected("STRING"), false;
    if (!unquote(token.text, out)) return fail(span_of(token), "invalid syntax in string " + token.text), false;
    if (!valid_utf8(out)) return fail(span_of(token), "invalid UTF-8 rune"), false;
    take();
    return true;
  }
  /// A string whose length is limited: of a regular expression, a pattern, a template.
  bool pattern(std::string& out) {
    const Span span = span_of(peek());
    if (!string(out)) return false;
    if (out.size() <= kPatternBytesMax) return true;
    return fail(span, fmt::format("the pattern is too long ({} bytes, the limit is {})", out.size(), kPatternBytesMax)), false;
  }
  bool identifier(std::string& out) {
    if (peek().type != Token::identifier) return unexpected("IDENTIFIER"), false;
    out = take().text;
    return true;
  }

  struct Deeper {
    explicit Deeper(uint32_t& d) : depth(d) { ++depth; }
    ~Deeper() { --depth; }
    uint32_t& depth;
  };

  // ---- log queries ----
  /// Whether a selector stands behind the opening parentheses.
  bool is_log_query() const {
    size_t i = 0;
    while (peek(i).type == Token::left_paren) ++i;
    return peek(i).type == Token::left_brace;
  }

  bool log_query(LogExpr& out) {
    const Deeper deeper(depth_);
    if (depth_ > kDepthMax) return too_deep(), false;
    if (accept(Token::left_paren)) return log_query(out) && expect(Token::right_paren, ")");
    out.span.start = peek().position;
    if (!selector(out) || !need_positive(out)) return false;
    while (is_stage())
      if (!stage(out)) return false;
    out.span.end = last_end_;
    return true;
  }

  bool selector(LogExpr& out) {
    if (!expect(Token::left_brace, "{")) return false;
    if (accept(Token::right_brace)) return true;
    for (;;) {
      std::string name;
      if (!identifier(name)) return false;
      auto made = matcher(std::move(name));
      if (!made) return false;
      out.matchers.push_back(std::move(*made));
      if (accept(Token::right_brace)) return true;
      if (!expect(Token::comma, "} or ,")) return false;
    }
  }

  bool need_positive(const LogExpr& log) {
    for (const Matcher& m : log.matchers)
      if (!m.matches("")) return true;
    return fail({log.span.start, last_end_},
                "queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, "
                "app=~\".*\" does not meet this requirement, but app=~\".+\" will"),
           false;
  }

  /// The operator and value behind a label's name.
  std::optional<Matcher> matcher(std::string name) {
    MatchOp op = MatchOp::equal;
    switch (peek().type) {
      case Token::equal:
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
      default:
        unexpected("=, !=, =~ or !~");
        return std::nullopt;
    }
    take();
    const Span span = span_of(peek());
    std::string value;
    if (!pattern(value)) return std::nullopt;
    auto made = Matcher::make(std::move(name), op, std::move(value));
    if (!made) {
      fail(span, made.error().message);
      return std::nullopt;
    }
    return std::move(*made);
  }

  bool is_stage() const { return peek().type == Token::pipe || line_operator(peek().type).has_value(); }
  bool is_unwrap() const { return peek().type == Token::pipe && word("unwrap", 1) && !comparison_follows(2); }
  /// `| json = "x"` filters by a label of the name json.
  bool comparison_follows(size_t ahead) const {
    const Token type = peek(ahead).type;
    return comparison(type).has_value() || type == Token::equal_regex || type == Token::not_regex;
  }

  bool stage(LogExpr& out) {
    if (out.stages.size() >= kStagesMax)
      return fail(span_of(peek()), fmt::format("the pipeline has too many stages (the limit is {})", kStagesMax)), false;
    Stage made;
    made.span.start = peek().position;
    if (!(peek().type == Token::pipe ? pipe_stage(made) : line_filter(made))) return false;
    made.span.end = last_end_;
    out.stages.push_back(std::move(made));
    return true;
  }

  bool line_filter(Stage& out) {
    LineFilter filter;
    filter.op = *line_operator(take().type);
    do {
      LineFilter::Term term;
      const Span span = span_of(peek());
      if (word("ip") && peek(1).type == Token::left_paren) {
        take();
        take();
        term.ip = true;
        if (!string(term.text) || !expect(Token::right_paren, ")")) return false;
        if (filter.op != LineOp::contains && filter.op != LineOp::not_contains)
          return fail(span, "ip() is allowed with |= and != only"), false;
      } else if (!pattern(term.text)) {
        return false;
      }
      if (filter.op == LineOp::regex || filter.op == LineOp::not_regex)
        if (auto regex = Regex::searching(term.text); !regex) return fail(span, regex.error().message), false;
      filter.terms.push_back(std::move(term));
    } while (accept_word("or"));
    out.what = std::move(filter);
    return true;
  }

  bool pipe_stage(Stage& out) {
    take();
    if (peek().type == Token::identifier && !comparison_follows(1)) {
      const std::string name = lower(peek().text);
      if (name == "json") return take(), json(out);
      if (name == "logfmt") return take(), logfmt(out);
      if (name == "regexp") return take(), regexp(out);
      if (name == "pattern") return take(), pattern_stage(out);
      if (name == "unpack") return take(), out.what = UnpackStage{}, true;
      if (name == "line_format") return take(), line_format(out);
      if (name == "label_format") return take(), label_format(out);
      if (name == "decolorize") return take(), out.what = DecolorizeStage{}, true;
      if (name == "drop" || name == "keep") return take(), choice(out, name == "keep");
      if (name == "unwrap") return unexpected("a stage: unwrap stands last, in a range aggregation"), false;
    }
    if (peek().type != Token::identifier && peek().type != Token::left_paren) return unexpected("a stage or a label filter"), false;
    LabelFilter filter;
    if (!label_filter(filter, 0)) return false;
    out.what = std::move(filter);
    return true;
  }

  bool extractions(std::vector<Extraction>& out) {
    if (peek().type != Token::identifier) return true;
    do {
      Extraction made;
      if (!identifier(made.name)) return false;
      made.expression = made.name;
      if (accept(Token::equal) && !string(made.expression)) return false;
      out.push_back(std::move(made));
    } while (accept(Token::comma));
    return true;
  }
  bool json(Stage& out) {
    JsonStage made;
    if (!extractions(made.extractions)) return false;
    out.what = std::move(made);
    return true;
  }
  bool logfmt(Stage& out) {
    LogfmtStage made;
    while (peek().type == Token::flag) {
      if (peek().text == "--strict")
        made.strict = true;
      else if (peek().text == "--keep-empty")
        made.keep_empty = true;
      else
        return unexpected("--strict or --keep-empty"), false;
      take();
    }
    if (!extractions(made.extractions)) return false;
    out.what = std::move(made);
    return true;
  }
  bool regexp(Stage& out) {
    RegexpStage made;
    const Span span = span_of(peek());
    if (!pattern(made.pattern)) return false;
    const auto regex = Regex::searching(made.pattern);
    if (!regex) return fail(span, regex.error().message), false;
    bool any = false;
    std::vector<std::string> seen;
    for (const std::string& name : regex->capture_names()) {
      if (name.empty()) continue;
      any = true;
      if (!signals::valid_label_name(name)) return fail(span, fmt::format("invalid extracted label name '{}'", name)), false;
      if (std::find(seen.begin(), seen.end(), name) != seen.end())
        return fail(span, fmt::format("duplicate extracted label name '{}'", name)), false;
      seen.push_back(name);
    }
    if (!any) return fail(span, "at least one named capture must be supplied"), false;
    out.what = std::move(made);
    return true;
  }
  bool pattern_stage(Stage& out) {
    PatternStage made;
    if (!pattern(made.pattern)) return false;
    out.what = std::move(made);
    return true;
  }
  bool line_format(Stage& out) {
    LineFormatStage made;
    if (!pattern(made.text)) return false;
    out.what = std::move(made);
    return true;
  }
  bool label_format(Stage& out) {
    LabelFormatStage made;
    do {
      LabelFormatStage::Format format;
      const Span span = span_of(peek());
      if (!identifier(format.name) || !expect(Token::equal, "=")) return false;
      if (format.name == "__error__") return fail(span, "__error__ cannot be formatted"), false;
      for (const auto& other : made.formats)
        if (other.name == format.name)
          return fail(span, fmt::format("multiple label name '{}' not allowed in a single format operation", format.name)), false;
      if (peek().type == Token::identifier) {
        format.rename = true;
        format.value = take().text;
      } else if (peek().type == Token::string) {
        if (!pattern(format.value)) return false;
      } else {
        return unexpected("IDENTIFIER or STRING"), false;
      }
      made.formats.push_back(std::move(format));
    } while (accept(Token::comma));
    out.what = std::move(made);
    return true;
  }
  bool choice(Stage& out, bool keep) {
    ChoiceStage made;
    made.keep = keep;
    do {
      ChoiceStage::Choice c;
      if (!identifier(c.name)) return false;
      if (comparison_follows(0) && !(c.matcher = matcher(c.name))) return false;
      made.choices.push_back(std::move(c));
    } while (accept(Token::comma));
    out.what = std::move(made);
    return true;
  }

  // ---- label filters ----
  bool label_filter(LabelFilter& out, int min_level) {
    const Deeper deeper(depth_);
    if (depth_ > kFilterDepthMax) return too_deep(), false;
    if (!label_operand(out)) return false;
    for (;;) {
      LabelFilter::Kind kind = LabelFilter::Kind::all;
      int level = 0;
      if (word("or") && !comparison_follows(1)) {
        if (min_level > 1) return true;
        kind = LabelFilter::Kind::any;
        level = 2;
        take();
      } else if (word("and") && !comparison_follows(1)) {
        if (min_level > 2) return true;
        level = 3;
        take();
      } else if (!accept(Token::comma) && peek().type != Token::identifier && peek().type != Token::left_paren) {
        return true;
      }
      LabelFilter right;
      if (!label_filter(right, level)) return false;
      if (out.kind != kind || (out.kind == LabelFilter::Kind::all && out.parts.empty())) {
        LabelFilter joined;
        joined.kind = kind;
        joined.parts.push_back(std::move(out));
        out = std::move(joined);
      }
      if (right.kind == kind)
        for (LabelFilter& part : right.parts) out.parts.push_back(std::move(part));
      else
        out.parts.push_back(std::move(right));
    }
  }

  bool label_operand(LabelFilter& out) {
    if (accept(Token::left_paren)) return label_filter(out, 0) && expect(Token::right_paren, ")");
    if (!identifier(out.name)) return false;
    const Lexeme op = peek();
    if (!comparison_follows(0)) return unexpected("a comparison"), false;
    const bool negative = peek(1).type == Token::sub || peek(1).type == Token::add;
    const Token operand = peek(negative ? 2 : 1).type;
    if (op.type == Token::equal_regex || op.type == Token::not_regex || (operand == Token::string && op.type != Token::equal_equal)) {
      out.matcher = matcher(out.name);
      return out.matcher.has_value();
    }
    out.op = *comparison(op.type);
    take();
    if (word("ip") && peek(1).type == Token::left_paren) {
      if (op.type != Token::equal && op.type != Token::not_equal) return unexpected("a number"), false;
      take();
      take();
      out.kind = LabelFilter::Kind::ip;
      return string(out.text) && expect(Token::right_paren, ")");
    }
    const bool minus = peek().type == Token::sub;
    if (negative) take();
    const Lexeme& token = peek();
    out.text = (minus ? "-" : "") + token.text;
    switch (token.type) {
      case Token::number:
        out.kind = LabelFilter::Kind::number;
        out.number = number_of(token);
        break;
      case Token::duration:
        out.kind = LabelFilter::Kind::duration;
        out.number = static_cast<double>(*parse_any_duration(token.text));
        break;
      case Token::bytes:
        out.kind = LabelFilter::Kind::bytes;
        out.number = *parse_bytes(token.text);
        break;
      default:
        return unexpected("NUMBER, DURATION, BYTES or STRING"), false;
    }
    if (minus) out.number = -out.number;
    take();
    return true;
  }

  static double number_of(const Lexeme& token) {
    return parse_literal(token.text).value_or(0);  // the lexer has read it already
  }

  // ---- metric queries ----
  template <class T>
  std::unique_ptr<T> finish(std::unique_ptr<T> node) {
    for (const Expr* child : children(*node)) node->depth = std::max(node->depth, child->depth + 1);
    if (node->depth > kDepthMax) return too_deep();
    return node;
  }
  std::nullptr_t too_deep() {
    return fail(span_of(peek()), fmt::format("expression is nested too deeply (the limit is {} levels)", kDepthMax));
  }

  ExprPtr expression(int min_precedence) {
    const Deeper deeper(depth_);
    if (depth_ > kDepthMax) return too_deep();
    ExprPtr left = primary();
    while (left) {
      const auto op = binary_operator(peek());
      if (!op || precedence(*op) < min_precedence) break;
      const uint32_t position = take().position;
      left = binary(std::move(left), *op, position);
    }
    return left;
  }

  ExprPtr binary(ExprPtr left, Op op, uint32_t position) {
    auto node = std::make_unique<Binary>();
    node->op = op;
    node->op_position = position;
    node->return_bool = accept_word("bool");
    node->matching.emplace();
    if (!modifiers(*node->matching)) return nullptr;
    node->left = std::move(left);
    node->right = expression(op == Op::pow ? precedence(op) : precedence(op) + 1);
    if (!node->right) return nullptr;
    node->span = {node->left->span.start, node->right->span.end};
    const bool literals = node->left->kind == Expr::Kind::number && node->right->kind == Expr::Kind::number;
    const bool set = is_set_operator(op);
    if (set && (node->left->type() == ValueType::scalar || node->right->type() == ValueType::scalar))
      return fail(node->span, fmt::format("unexpected literal for {} leg of logical/set binary operation ({})",
                                          node->left->type() == ValueType::scalar ? "left" : "right", token_text(op)));
    if (!literals) return finish(std::move(node));
    // Numbers are joined here: `2 * 3` is 6, and a comparison of numbers is 1 or 0.
    auto number = std::make_unique<NumberLiteral>();
    number->span = node->span;
    number->value = fold(op, as<NumberLiteral>(*node->left).value, as<NumberLiteral>(*node->right).value);
    return number;
  }

  bool modifiers(Matching& matching) {
    if (!word("on") && !word("ignoring")) return true;
    matching.on = lower(take().text) == "on";
    if (!label_list(matching.labels)) return false;
    if (!word("group_left") && !word("group_right")) return true;
    matching.card = lower(take().text) == "group_left" ? Matching::Card::many_to_one : Matching::Card::one_to_many;
    return peek().type != Token::left_paren || label_list(matching.include);
  }

  bool label_list(std::vector<std::string>& out) {
    if (!expect(Token::left_paren, "(")) return false;
    if (accept(Token::right_paren)) return true;
    do {
      std::string name;
      if (!identifier(name)) return false;
      out.push_back(std::move(name));
    } while (accept(Token::comma));
    return expect(Token::right_paren, ", or )");
  }

  ExprPtr primary() {
    const Lexeme token = peek();
    if (token.type == Token::number || token.type == Token::add || token.type == Token::sub) return number();
    if (token.type == Token::left_paren) {
      take();
      auto node = std::make_unique<Paren>();
      node->expr = expression(1);
      if (!node->expr || !expect(Token::right_paren, ")")) return nullptr;
      node->span = {token.position, last_end_};
      // Parentheses round a number say nothing.
      if (node->expr->kind == Expr::Kind::number) return std::move(node->expr);
      return finish(std::move(node));
    }
    if (token.type == Token::left_brace)
      return fail(span_of(token), "a log query cannot stand here: metric operations need a range aggregation such as count_over_time");
    if (token.type != Token::identifier) return unexpected();
    if (parse_number(token.text)) return number();
    if (const auto op = find_range_op(token.text)) return range_aggregation(*op);
    if (const auto op = find_aggregation(token.text)) return aggregation(*op);
    const std::string name = lower(token.text);
    if (name == "sort" || name == "sort_desc") return call(name, 1);
    if (name == "vector") return vector();
    if (name == "label_replace") return label_replace();
    return unexpected();
  }

  ExprPtr number() {
    const Lexeme first = peek();
    const bool minus = first.type == Token::sub;
    if (minus || first.type == Token::add) take();
    const bool named = peek().type == Token::identifier && parse_number(peek().text).has_value();  // Inf, NaN
    if (peek().type != Token::number && !named) return unexpected("NUMBER");
    auto node = std::make_unique<NumberLiteral>();
    node->value = minus ? -number_of(peek()) : number_of(peek());
    take();
    node->span = {first.position, last_end_};
    return node;
  }

  bool grouping(std::optional<Grouping>& out) {
    if (out || (!word("by") && !word("without"))) return true;
    out.emplace();
    out->without = lower(take().text) == "without";
    return label_list(out->labels);
  }

  ExprPtr aggregation(Op op) {
    const Lexeme name = take();
    const bool approximate = lower(name.text) == "approx_topk";
    std::optional<Grouping> groups;
    auto node = std::make_unique<Aggregate>();
    node->op = op;
    if (!grouping(groups) || !expect(Token::left_paren, "(")) return nullptr;
    if (takes_parameter(op)) {
      const Span span = span_of(peek());
      node->param = number();
      if (!node->param) return nullptr;
      const double k = as<NumberLiteral>(*node->param).value;
      if (k < 1 || k != std::floor(k)) return fail(span, fmt::format("invalid parameter ({} must be greater than 0) {}", token_text(op), k));
      if (!expect(Token::comma, ",")) return nullptr;
    }
    node->expr = expression(1);
    if (!node->expr || !expect(Token::right_paren, ")") || !grouping(groups)) return nullptr;
    node->span = {name.position, last_end_};
    if (approximate && groups) return fail(node->span, "grouping not allowed for approx_topk aggregation");
    if (groups) {
      node->grouping = groups->labels;
      node->without = groups->without;
    }
    if (op == Op::sum && node->expr->kind == Expr::Kind::external) {
      auto& range = static_cast<RangeAggregation&>(*node->expr);
      if (additive(range.op)) range.pushed_down = groups.value_or(Grouping{});
    }
    return finish(std::move(node));
  }

  ExprPtr call(std::string_view name, size_t arguments) {
    const Lexeme token = take();
    auto node = std::make_unique<Call>();
    node->function = find_function(name);
    if (!expect(Token::left_paren, "(")) return nullptr;
    for (size_t i = 0; i < arguments; ++i) {
      ExprPtr arg = expression(1);
      if (!arg) return nullptr;
      node->args.push_back(std::move(arg));
    }
    if (!expect(Token::right_paren, ")")) return nullptr;
    node->span = {token.position, last_end_};
    if (word("by") || word("without")) return fail(span_of(peek()), fmt::format("grouping not allowed for {} aggregation", name));
    return finish(std::move(node));
  }

  ExprPtr vector() {
    const Lexeme token = take();
    auto node = std::make_unique<Call>();
    node->function = find_function("vector");
    if (!expect(Token::left_paren, "(")) return nullptr;
    ExprPtr value = number();
    if (!value || !expect(Token::right_paren, ")")) return nullptr;
    node->args.push_back(std::move(value));
    node->span = {token.position, last_end_};
    return finish(std::move(node));
  }

  ExprPtr label_replace() {
    const Lexeme token = take();
    auto node = std::make_unique<Call>();
    node->function = find_function("label_replace");
    if (!expect(Token::left_paren, "(")) return nullptr;
    ExprPtr inner = expression(1);
    if (!inner) return nullptr;
    node->args.push_back(std::move(inner));
    for (int i = 0; i < 4; ++i) {
      if (!expect(Token::comma, ",")) return nullptr;
      auto text = std::make_unique<StringLiteral>();
      text->span = span_of(peek());
      if (!pattern(text->value)) return nullptr;
      if (i == 3)
        if (auto regex = Regex::anchored(text->value); !regex) return fail(text->span, regex.error().message);
      node->args.push_back(std::move(text));
    }
    if (!expect(Token::right_paren, ")")) return nullptr;
    node->span = {token.position, last_end_};
    return finish(std::move(node));
  }

  // ---- range aggregations ----
  ExprPtr range_aggregation(RangeOp op) {
    const Lexeme name = take();
    auto node = std::make_unique<RangeAggregation>();
    node->op = op;
    if (!expect(Token::left_paren, "(")) return nullptr;
    if (op == RangeOp::quantile_over_time) {
      if (peek().type != Token::number) return unexpected("NUMBER");
      const auto phi = number();
      if (!phi || !expect(Token::comma, ",")) return nullptr;
      node->parameter = as<NumberLiteral>(*phi).value;
    } else if (peek().type == Token::number) {
      return fail(span_of(peek()), fmt::format("parameter {} not supported for operation {}", peek().text, range_op_text(op)));
    }
    if (!log_range(*node)) return nullptr;
    if (node->range_ns == 0) return unexpected("a range such as [5m]");
    if (!expect(Token::right_paren, ")") || !grouping(node->grouping)) return nullptr;
    node->span = {name.position, last_end_};
    if (node->grouping && !takes_grouping(op)) return fail(node->span, fmt::format("grouping not allowed for {} aggregation", range_op_text(op)));
    if (node->unwrap && !takes_unwrap(op)) return fail(node->span, fmt::format("invalid aggregation {} with unwrap", range_op_text(op)));
    if (!node->unwrap && needs_unwrap(op)) return fail(node->span, fmt::format("invalid aggregation {} without unwrap", range_op_text(op)));
    return finish(std::move(node));
  }

  /// Selector, stages, unwrap and range in any of the orders that Loki knows; parentheses may stand round any beginning of it.
  bool log_range(RangeAggregation& out) {
    const Deeper deeper(depth_);
    if (depth_ > kDepthMax) return too_deep(), false;
    if (accept(Token::left_paren)) {
      if (!log_range(out) || !expect(Token::right_paren, ")")) return false;
    } else {
      out.log.span.start = peek().position;
      if (!selector(out.log) || !need_positive(out.log)) return false;
    }
    for (;;) {
      if (peek().type == Token::left_bracket) {
        if (!range(out)) return false;
      } else if (is_unwrap()) {
        if (out.unwrap) return unexpected("one unwrap"), false;
        if (!unwrap(out)) return false;
      } else if (out.unwrap && peek().type == Token::pipe && out.unwrap->filters.size() < kStagesMax) {
        take();
        LabelFilter filter;
        if (!label_filter(filter, 0)) return false;
        out.unwrap->filters.push_back(std::move(filter));
      } else if (is_stage() && !out.unwrap) {
        if (!stage(out.log)) return false;
      } else {
        out.log.span.end = last_end_;
        return true;
      }
    }
  }

  bool range(RangeAggregation& out) {
    const Lexeme open = take();
    if (out.range_ns != 0) return fail(span_of(open), "syntax error: a second range"), false;
    if (peek().type != Token::duration) return unexpected("a duration"), false;
    const auto ms = parse_duration(peek().text);
    if (!ms) return fail(span_of(peek()), fmt::format("not a valid duration string: {}", quote(peek().text))), false;
    if (ms->count() > INT64_MAX / 1'000'000) return fail(span_of(peek()), "duration out of range"), false;
    take();
    out.range_ns = ms->count() * 1'000'000;
    if (!expect(Token::right_bracket, "]")) return false;
    if (!accept_word("offset")) return true;
    const bool minus = accept(Token::sub);
    if (peek().type != Token::duration) return unexpected("a duration"), false;
    const auto ns = parse_any_duration(peek().text);
    out.offset_ns = minus ? -*ns : *ns;
    take();
    return true;
  }

  bool unwrap(RangeAggregation& out) {
    take();
    take();
    out.unwrap.emplace();
    if (!identifier(out.unwrap->label)) return false;
    if (!accept(Token::left_paren)) return true;
    const std::string name = lower(out.unwrap->label);
    if (name == "bytes")
      out.unwrap->conversion = Conversion::bytes;
    else if (name == "duration")
      out.unwrap->conversion = Conversion::duration;
    else if (name == "duration_seconds")
      out.unwrap->conversion = Conversion::duration_seconds;
    else
      return unexpected("bytes, duration or duration_seconds before ("), false;
    return identifier(out.unwrap->label) && expect(Token::right_paren, ")");
  }

  std::vector<Lexeme> tokens_;
  size_t at_ = 0;
  uint32_t last_end_ = 0;
  uint32_t depth_ = 0;
  std::optional<ParseError> error_;
};

std::optional<ParseError> too_long(std::string_view query) {
  if (query.size() <= kQueryBytesMax) return std::nullopt;
  return ParseError{{0, 0}, fmt::format("query is too long ({} bytes, the limit is {})", query.size(), kQueryBytesMax)};
}

}  // namespace

std::string ParseError::text(std::string_view query) const {
  size_t line = 1;
  size_t column = 1;
  for (size_t i = 0; i < span.start && i < query.size(); ++i) {
    column = query[i] == '\n' ? 1 : column + 1;
    line += query[i] == '\n';
  }
  return fmt::format("parse error at line {}, col {}: {}", line, column, message);
}

Result<Query, ParseError> parse(std::string_view query) {
  if (auto error = too_long(query)) return *error;
  return Parser(query).query();
}

Result<std::vector<Matcher>, ParseError> parse_selector(std::string_view text) {
  if (auto error = too_long(text)) return *error;
  return Parser(text).selector_alone();
}

}  // namespace monitorai::query::logql
