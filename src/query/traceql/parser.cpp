#include "query/traceql/parser.h"

#include <array>

#include "base/text.h"
#include "query/traceql/lexer.h"

namespace monitorai::query {
namespace {

using Token = TraceToken;
using ExprPtr = std::unique_ptr<TraceExpr>;
using SpansetPtr = std::unique_ptr<SpansetExpr>;

struct Intrinsic {
  std::string_view scope;
  std::string_view name;
  TraceField field;
};
constexpr std::array<Intrinsic, 31> kIntrinsics{{
    {"", "duration", TraceField::duration},
    {"", "name", TraceField::name},
    {"", "status", TraceField::status},
    {"", "statusMessage", TraceField::status_message},
    {"", "kind", TraceField::kind},
    {"", "childCount", TraceField::child_count},
    {"", "nestedSetParent", TraceField::nested_parent},
    {"", "nestedSetLeft", TraceField::nested_left},
    {"", "nestedSetRight", TraceField::nested_right},
    {"", "rootName", TraceField::root_name},
    {"", "rootServiceName", TraceField::root_service},
    {"", "traceDuration", TraceField::trace_duration},
    {"span", "duration", TraceField::duration},
    {"span", "name", TraceField::name},
    {"span", "status", TraceField::status},
    {"span", "statusMessage", TraceField::status_message},
    {"span", "kind", TraceField::kind},
    {"span", "childCount", TraceField::child_count},
    {"span", "nestedSetParent", TraceField::nested_parent},
    {"span", "nestedSetLeft", TraceField::nested_left},
    {"span", "nestedSetRight", TraceField::nested_right},
    {"span", "id", TraceField::span_id},
    {"span", "parentID", TraceField::parent_id},
    {"trace", "id", TraceField::trace_id},
    {"trace", "duration", TraceField::trace_duration},
    {"trace", "rootName", TraceField::root_name},
    {"trace", "rootService", TraceField::root_service},
    {"event", "name", TraceField::event_name},
    {"event", "timeSinceStart", TraceField::event_time_since_start},
    {"instrumentation", "name", TraceField::scope_name},
    {"instrumentation", "version", TraceField::scope_version},
}};

TraceValue value_of_integer(TraceValue::Type type, int64_t integer) { return {.type = type, .integer = integer}; }

/// Words that are values: true, nil, error, server, ...
std::optional<TraceValue> word_value(std::string_view word) {
  using Type = TraceValue::Type;
  if (word == "true" || word == "false") return value_of_integer(Type::boolean, word == "true" ? 1 : 0);
  if (word == "nil") return TraceValue{};
  for (int i = 0; i <= static_cast<int>(signals::SpanStatus::error); ++i)
    if (word == signals::status_name(static_cast<signals::SpanStatus>(i))) return value_of_integer(Type::status, i);
  for (int i = 0; i <= static_cast<int>(signals::SpanKind::consumer); ++i)
    if (word == signals::kind_name(static_cast<signals::SpanKind>(i))) return value_of_integer(Type::kind, i);
  return std::nullopt;
}

struct Binary {
  std::string_view symbol;
  TraceOp op;
  int level;
};
constexpr std::array<Binary, 16> kBinaries{{{"||", TraceOp::either, 1},     {"&&", TraceOp::both, 2},        {"=", TraceOp::equal, 3},          {"!=", TraceOp::not_equal, 3},
                                            {"<", TraceOp::less, 3},        {"<=", TraceOp::less_equal, 3},  {">", TraceOp::greater, 3},        {">=", TraceOp::greater_equal, 3},
                                            {"=~", TraceOp::match, 3},      {"!~", TraceOp::not_match, 3},   {"+", TraceOp::add, 4},            {"-", TraceOp::subtract, 4},
                                            {"*", TraceOp::multiply, 5},    {"/", TraceOp::divide, 5},       {"%", TraceOp::modulo, 5},         {"^", TraceOp::power, 6}}};

struct Relation {
  std::string_view symbol;
  SpansetOp op;
  bool negated;
  bool both_sides;
};
constexpr std::array<Relation, 15> kRelations{{{">", SpansetOp::child, false, false},
                                               {">>", SpansetOp::descendant, false, false},
                                               {"<", SpansetOp::parent, false, false},
                                               {"<<", SpansetOp::ancestor, false, false},
                                               {"~", SpansetOp::sibling, false, false},
                                               {"!>", SpansetOp::child, true, false},
                                               {"!>>", SpansetOp::descendant, true, false},
                                               {"!<", SpansetOp::parent, true, false},
                                               {"!<<", SpansetOp::ancestor, true, false},
                                               {"!~", SpansetOp::sibling, true, false},
                                               {"&>", SpansetOp::child, false, true},
                                               {"&>>", SpansetOp::descendant, false, true},
                                               {"&<", SpansetOp::parent, false, true},
                                               {"&<<", SpansetOp::ancestor, false, true},
                                               {"&~", SpansetOp::sibling, false, true}}};

constexpr std::array<std::pair<std::string_view, SpansetAggregate>, 5> kAggregates{{{"count", SpansetAggregate::count},
                                                                                    {"min", SpansetAggregate::min},
                                                                                    {"max", SpansetAggregate::max},
                                                                                    {"avg", SpansetAggregate::avg},
                                                                                    {"sum", SpansetAggregate::sum}}};
constexpr std::array<std::pair<std::string_view, TraceMetric::Kind>, 9> kMetrics{{{"rate", TraceMetric::Kind::rate},
                                                                                  {"count_over_time", TraceMetric::Kind::count},
                                                                                  {"min_over_time", TraceMetric::Kind::min},
                                                                                  {"max_over_time", TraceMetric::Kind::max},
                                                                                  {"avg_over_time", TraceMetric::Kind::avg},
                                                                                  {"sum_over_time", TraceMetric::Kind::sum},
                                                                                  {"quantile_over_time", TraceMetric::Kind::quantile},
                                                                                  {"histogram_over_time", TraceMetric::Kind::histogram},
                                                                                  {"compare", TraceMetric::Kind::compare}}};

template <class Table>
auto found_in(const Table& table, std::string_view name) {
  return std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.first == name; });
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<TraceQuery> query() {
    MAI_TRY(advance());
    TraceQuery out;
    if (at_end()) {
      out.first = std::make_unique<SpansetExpr>();
      return out;
    }
    MAI_TRY_ASSIGN(out.first, spansets(0));
    while (is("|")) {
      if (out.metric) {
        MAI_TRY(top(*out.metric));
        continue;
      }
      MAI_TRY(advance());
      if (is("{") || is("(")) {
        TraceStage stage;
        MAI_TRY_ASSIGN(stage.spansets, spansets(0));
        out.stages.push_back(std::move(stage));
        continue;
      }
      if (now_.type != Token::Type::word) return unexpected("a step: {...}, count(), avg(), by(), select(), rate(), ...");
      if (const auto metric = found_in(kMetrics, now_.text); metric != kMetrics.end()) {
        MAI_TRY_ASSIGN(out.metric, this->metric(metric->second));
      } else {
        MAI_TRY_ASSIGN(TraceStage stage, this->stage());
        out.stages.push_back(std::move(stage));
      }
    }
    if (now_.type == Token::Type::word && now_.text == "with") MAI_TRY(hints());
    if (!at_end()) return unexpected("the end");
    return out;
  }

  Result<TraceFieldRef> lone_field() {
    MAI_TRY(advance());
    MAI_TRY_ASSIGN(TraceFieldRef out, field());
    if (!at_end()) return unexpected("the end");
    return out;
  }

 private:
  bool at_end() const { return now_.type == Token::Type::end; }
  bool is(std::string_view symbol) const { return now_.type == Token::Type::symbol && now_.text == symbol; }
  Result<void> advance() {
    MAI_TRY_ASSIGN(now_, lexer_.next());
    return {};
  }
  Error unexpected(std::string_view wanted) const {
    return lexer_.error_at(now_.at, at_end() ? fmt::format("unexpected end, expected {}", wanted) : fmt::format("unexpected {}, expected {}", json_string(now_.source), wanted));
  }
  Result<void> expect(std::string_view symbol) {
    if (!is(symbol)) return unexpected(json_string(symbol));
    return advance();
  }
  Result<void> deeper() {
    if (++depth_ > kTraceQlDepthMax) return lexer_.error_at(now_.at, fmt::format("the query is nested deeper than {} levels", kTraceQlDepthMax));
    return {};
  }

  // ---- spansets: structural operators bind tighter than && and || ----

  Result<SpansetPtr> spansets(int level) {
    MAI_TRY(deeper());
    SpansetPtr left;
    if (level == 3) {
      MAI_TRY_ASSIGN(left, spanset_primary());
      --depth_;
      return left;
    }
    MAI_TRY_ASSIGN(left, spansets(level + 1));
    int chain = 0;
    for (;;) {
      auto joined = std::make_unique<SpansetExpr>();
      if (level == 0 && is("||")) {
        joined->op = SpansetOp::either;
      } else if (level == 1 && is("&&")) {
        joined->op = SpansetOp::both;
      } else if (const auto relation = std::find_if(kRelations.begin(), kRelations.end(), [&](const Relation& r) { return is(r.symbol); }); level == 2 && relation != kRelations.end()) {
        joined->op = relation->op;
        joined->negated = relation->negated;
        joined->both_sides = relation->both_sides;
      } else {
        break;
      }
      MAI_TRY(advance());
      joined->left = std::move(left);
      MAI_TRY_ASSIGN(joined->right, spansets(level + 1));
      left = std::move(joined);
      MAI_TRY(deeper());  // a long chain is as deep as a nest: it is walked and destroyed the same way
      ++chain;
    }
    depth_ -= 1 + chain;
    return left;
  }

  Result<SpansetPtr> spanset_primary() {
    if (is("(")) {
      MAI_TRY(advance());
      MAI_TRY_ASSIGN(SpansetPtr inner, spansets(0));
      MAI_TRY(expect(")"));
      return inner;
    }
    MAI_TRY(expect("{"));
    auto out = std::make_unique<SpansetExpr>();
    if (!is("}")) {
      MAI_TRY_ASSIGN(out->condition, expression(1));
    }
    MAI_TRY(expect("}"));
    return out;
  }

  // ---- expressions of a span ----

  Result<ExprPtr> expression(int level) {
    MAI_TRY(deeper());
    MAI_TRY_ASSIGN(ExprPtr left, unary());
    int chain = 0;
    for (;;) {
      if (now_.type != Token::Type::symbol) break;
      const auto binary = std::find_if(kBinaries.begin(), kBinaries.end(), [&](const Binary& b) { return b.symbol == now_.text; });
      if (binary == kBinaries.end() || binary->level < level) break;
      const Token at = now_;
      MAI_TRY(advance());
      auto joined = std::make_unique<TraceExpr>();
      joined->op = binary->op;
      joined->left = std::move(left);
      MAI_TRY_ASSIGN(joined->right, expression(binary->level + (binary->op == TraceOp::power ? 0 : 1)));
      if (joined->op == TraceOp::match || joined->op == TraceOp::not_match) MAI_TRY(compile(*joined, at));
      left = std::move(joined);
      MAI_TRY(deeper());
      ++chain;
    }
    depth_ -= 1 + chain;
    return left;
  }

  Result<void> compile(TraceExpr& match, const Token& at) {
    if (match.right->op != TraceOp::constant || match.right->constant.type != TraceValue::Type::text) return lexer_.error_at(at.at, "a regular expression is a text");
    auto regex = Regex::anchored(match.right->text);
    if (!regex) return lexer_.error_at(at.at, regex.error().message);
    match.regex = std::make_shared<const Regex>(std::move(*regex));
    return {};
  }

  Result<ExprPtr> unary() {
    auto out = std::make_unique<TraceExpr>();
    if (is("!") || is("-")) {
      out->op = is("!") ? TraceOp::invert : TraceOp::negate;
      MAI_TRY(deeper());
      MAI_TRY(advance());
      MAI_TRY_ASSIGN(out->left, unary());
      --depth_;
      return out;
    }
    if (is("(")) {
      MAI_TRY(advance());
      MAI_TRY_ASSIGN(ExprPtr inner, expression(1));
      MAI_TRY(expect(")"));
      return inner;
    }
    if (now_.type == Token::Type::field || (now_.type == Token::Type::word && !word_value(now_.text))) {
      out->op = TraceOp::field;
      MAI_TRY_ASSIGN(out->field, field());
      return out;
    }
    MAI_TRY_ASSIGN(out->constant, constant(out->text));
    if (out->constant.type == TraceValue::Type::text) out->constant.text = out->text;
    return out;
  }

  Result<TraceValue> constant(std::string& text) {
    using Type = TraceValue::Type;
    TraceValue out;
    switch (now_.type) {
      case Token::Type::text:
        out.type = Type::text;
        text = now_.text;
        break;
      case Token::Type::integer: out = value_of_integer(Type::integer, now_.integer); break;
      case Token::Type::duration: out = value_of_integer(Type::duration, now_.integer); break;
      case Token::Type::real:
        out.type = Type::real;
        out.real = now_.real;
        break;
      case Token::Type::word:
        if (const auto value = word_value(now_.text)) {
          out = *value;
          break;
        }
        [[fallthrough]];
      default: return unexpected("a value or an attribute");
    }
    MAI_TRY(advance());
    return out;
  }

  Result<TraceFieldRef> field() {
    TraceFieldRef out{.text = std::string(now_.source)};
    const bool bare = now_.type == Token::Type::word;
    if (!bare && now_.type != Token::Type::field) return unexpected("an attribute");
    if (bare || now_.intrinsic) {
      const std::string_view scope = bare ? std::string_view() : now_.scope;
      const auto found = std::find_if(kIntrinsics.begin(), kIntrinsics.end(), [&](const Intrinsic& i) { return i.scope == scope && i.name == now_.text; });
      if (found != kIntrinsics.end()) out.field = found->field;
      else if (scope == "link" && now_.text == "spanID") out.field = TraceField::link_span_id;
      else if (scope == "link" && now_.text == "traceID") out.field = TraceField::link_trace_id;
      else return lexer_.error_at(now_.at, fmt::format("there is no field {}; attributes begin with a scope or a point: .{}", json_string(now_.source), now_.text));
      MAI_TRY(advance());
      return out;
    }
    out.key = now_.text;
    if (now_.scope == "span") out.scope = TraceScope::span;
    else if (now_.scope == "resource") out.scope = TraceScope::resource;
    else if (now_.scope == "event") out.scope = TraceScope::event;
    else if (now_.scope == "link") out.scope = TraceScope::link;
    else if (now_.scope == "instrumentation") out.scope = TraceScope::scope;
    else if (now_.scope == "parent") out.scope = TraceScope::parent;
    else if (now_.scope == "trace") return lexer_.error_at(now_.at, "a trace has no attributes: trace:id, trace:duration, trace:rootName, trace:rootService");
    MAI_TRY(advance());
    return out;
  }

  Result<std::vector<TraceFieldRef>> fields() {
    MAI_TRY(expect("("));
    std::vector<TraceFieldRef> out;
    for (;;) {
      MAI_TRY_ASSIGN(TraceFieldRef one, field());
      out.push_back(std::move(one));
      if (!is(",")) break;
      MAI_TRY(advance());
    }
    MAI_TRY(expect(")"));
    return out;
  }

  // ---- steps ----

  Result<TraceStage> stage() {
    TraceStage out;
    const Token name = now_;
    MAI_TRY(advance());
    if (name.text == "by" || name.text == "select") {
      out.kind = name.text == "by" ? TraceStage::Kind::by : TraceStage::Kind::select;
      MAI_TRY_ASSIGN(out.fields, fields());
      return out;
    }
    if (name.text == "coalesce") {
      out.kind = TraceStage::Kind::coalesce;
      MAI_TRY(expect("("));
      MAI_TRY(expect(")"));
      return out;
    }
    const auto aggregate = found_in(kAggregates, name.text);
    if (aggregate == kAggregates.end()) return lexer_.error_at(name.at, fmt::format("there is no step {}()", name.text));
    out.kind = TraceStage::Kind::aggregate;
    out.aggregate = aggregate->second;
    MAI_TRY(expect("("));
    if (out.aggregate != SpansetAggregate::count) {
      MAI_TRY_ASSIGN(out.value, expression(1));
    }
    MAI_TRY(expect(")"));
    const auto comparison = std::find_if(kBinaries.begin(), kBinaries.end(), [&](const Binary& b) { return is(b.symbol) && b.level == 3; });
    if (comparison == kBinaries.end() || comparison->op == TraceOp::match || comparison->op == TraceOp::not_match) return unexpected("a comparison");
    out.comparison = comparison->op;
    MAI_TRY(advance());
    const bool negative = is("-");
    if (negative) MAI_TRY(advance());
    std::string text;
    const size_t at = now_.at;
    MAI_TRY_ASSIGN(out.threshold, constant(text));
    if (!out.threshold.is_number()) return lexer_.error_at(at, "an aggregate is compared with a number or a duration");
    if (negative) {
      out.threshold.integer = -out.threshold.integer;
      out.threshold.real = -out.threshold.real;
    }
    return out;
  }

  Result<TraceMetric> metric(TraceMetric::Kind kind) {
    TraceMetric out{.kind = kind};
    MAI_TRY(advance());
    MAI_TRY(expect("("));
    if (kind == TraceMetric::Kind::compare) {
      MAI_TRY(compared(out));
      return out;
    }
    if (kind != TraceMetric::Kind::rate && kind != TraceMetric::Kind::count) {
      MAI_TRY_ASSIGN(out.field, field());
    }
    if (kind == TraceMetric::Kind::quantile) {
      do {
        MAI_TRY(expect(","));
        std::string text;
        const size_t at = now_.at;
        MAI_TRY_ASSIGN(const TraceValue quantile, constant(text));
        if (!quantile.is_number() || !(quantile.number() >= 0 && quantile.number() <= 1)) return lexer_.error_at(at, "a quantile is between 0 and 1");
        out.quantiles.push_back(quantile.number());
      } while (is(","));
    }
    MAI_TRY(expect(")"));
    if (now_.type == Token::Type::word && now_.text == "by") {
      MAI_TRY(advance());
      MAI_TRY_ASSIGN(out.by, fields());
    }
    return out;
  }

  /// compare({ filter }, values, start, end): all but the filter may be left out; times in ns.
  Result<void> compared(TraceMetric& out) {
    const size_t at = now_.at;
    MAI_TRY_ASSIGN(std::unique_ptr<SpansetExpr> selection, spansets(0));
    if (selection->op != SpansetOp::filter) return lexer_.error_at(at, "compare() takes one filter: {...}");
    out.selection = std::move(selection->condition);
    std::vector<int64_t> numbers;
    while (is(",") && numbers.size() < 3) {
      MAI_TRY(advance());
      if (now_.type != Token::Type::integer || now_.integer < 1) return unexpected("a number above 0");
      numbers.push_back(now_.integer);
      MAI_TRY(advance());
    }
    if (numbers.size() == 2) return unexpected("the end of the selection's time");
    if (!numbers.empty()) out.top_values = static_cast<size_t>(numbers[0]);
    if (numbers.size() == 3) {
      if (numbers[2] <= numbers[1]) return lexer_.error_at(at, "compare() takes a start before its end");
      out.selected_times = signals::SpanRange{{numbers[1]}, {numbers[2]}};
    }
    return expect(")");
  }

  Result<void> top(TraceMetric& metric) {
    MAI_TRY(advance());
    if (now_.type != Token::Type::word || (now_.text != "topk" && now_.text != "bottomk")) return unexpected("topk() or bottomk()");
    metric.bottom = now_.text == "bottomk";
    MAI_TRY(advance());
    MAI_TRY(expect("("));
    if (now_.type != Token::Type::integer || now_.integer < 1) return unexpected("a number above 0");
    metric.top = static_cast<size_t>(now_.integer);
    MAI_TRY(advance());
    return expect(")");
  }

  /// with(most_recent=true): what only matters for Tempo's own storage.
  Result<void> hints() {
    MAI_TRY(advance());
    MAI_TRY(expect("("));
    for (;;) {
      if (now_.type != Token::Type::word) return unexpected("the name of a hint");
      MAI_TRY(advance());
      MAI_TRY(expect("="));
      std::string text;
      MAI_TRY_ASSIGN([[maybe_unused]] const TraceValue ignored, constant(text));
      if (!is(",")) break;
      MAI_TRY(advance());
    }
    return expect(")");
  }

  TraceLexer lexer_;
  Token now_;
  int depth_ = 0;
};

Result<void> check_size(std::string_view text) {
  if (text.size() > kTraceQlBytesMax) return Error{Code::invalid, fmt::format("parse error: the query has {} bytes, of at most {}", text.size(), kTraceQlBytesMax)};
  return {};
}

}  // namespace

Result<TraceQuery> parse_traceql(std::string_view text) {
  MAI_TRY(check_size(text));
  return Parser(text).query();
}

Result<TraceFieldRef> parse_trace_field(std::string_view text) {
  MAI_TRY(check_size(text));
  return Parser(text).lone_field();
}

}  // namespace monitorai::query
