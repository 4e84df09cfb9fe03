#include "query/promql/printer.h"

#include <array>
#include <cmath>

#include "base/text.h"

namespace monitorai::query {
namespace {

constexpr size_t kLineWidth = 100;

std::string label_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out += signals::valid_label_name(name) ? name : quote(name);
  }
  return out;
}

std::string number_in_seconds(double seconds, bool duration) {
  if (!duration) return print_number(seconds);
  const auto ms = static_cast<int64_t>(std::llround(std::abs(seconds) * 1000.0));
  return (std::signbit(seconds) ? "-" : "") + print_duration(ms);
}

std::string text(const DurationExpr& e) {
  std::string out;
  switch (e.op) {
    case Token::number:
      out = number_in_seconds(e.seconds, e.duration_literal);
      break;
    case Token::step:
      out = "step()";
      break;
    case Token::range:
      out = "range()";
      break;
    case Token::min_of:
    case Token::max_of:
      out = fmt::format("{}({}, {})", token_text(e.op), text(*e.left), text(*e.right));
      break;
    default:
      if (e.left)
        out = fmt::format("{} {} {}", text(*e.left), token_text(e.op), text(*e.right));
      else
        out = (e.op == Token::sub ? "-" : "") + text(*e.right);
  }
  return e.wrapped ? "(" + out + ")" : out;
}

std::string text(const Duration& d) { return d.expr ? text(*d.expr) : print_duration(d.ms); }

std::string at_text(const TimeShift& shift) {
  if (shift.at_ms) return fmt::format(" @ {:.3f}", static_cast<double>(*shift.at_ms) / 1000.0);
  if (shift.at_word == AtWord::start) return " @ start()";
  if (shift.at_word == AtWord::end) return " @ end()";
  return {};
}

std::string offset_text(const TimeShift& shift) {
  if (shift.offset.expr) return " offset " + text(*shift.offset.expr);
  if (shift.offset.ms > 0) return " offset " + print_duration(shift.offset.ms);
  if (shift.offset.ms < 0) return " offset -" + print_duration(-shift.offset.ms);
  return {};
}

std::string matcher_text(const signals::Matcher& m) {
  static constexpr std::array<std::string_view, 4> kOps = {"=", "!=", "=~", "!~"};
  const std::string name = signals::valid_label_name(m.name()) ? m.name() : quote(m.name());
  return fmt::format("{}{}{}", name, kOps[static_cast<size_t>(m.op())], quote(m.value()));
}

std::string bare_selector(const VectorSelector& node) {
  std::vector<std::string> matchers;
  for (const signals::Matcher& m : node.matchers) {
    const bool is_name =
        m.name() == signals::kMetricName && m.op() == signals::MatchOp::equal && m.value() == node.name && !m.value().empty();
    if (!is_name) matchers.push_back(matcher_text(m));
  }
  std::sort(matchers.begin(), matchers.end());
  if (matchers.empty()) return node.name.empty() ? "{}" : node.name;
  return node.name + "{" + join(matchers, ",") + "}";
}

std::string extended_text(const VectorSelector& node) { return node.anchored ? " anchored" : node.smoothed ? " smoothed" : ""; }

std::string subquery_suffix(const Subquery& node) {
  const std::string step = node.step.is_set() ? text(node.step) : "";
  return fmt::format("[{}:{}]{}{}", text(node.range), step, at_text(node.shift), offset_text(node.shift));
}

std::string aggregate_head(const Aggregate& node) {
  std::string out(token_text(node.op));
  if (node.without)
    out += " without (" + label_list(node.grouping) + ") ";
  else if (!node.grouping.empty())
    out += " by (" + label_list(node.grouping) + ") ";
  return out;
}

std::string indent(size_t level) { return std::string(2 * level, ' '); }

std::string pretty(const Expr& expr, size_t level) {
  const std::string line = print(expr);
  const bool split = line.size() > kLineWidth;
  switch (expr.kind) {
    case Expr::Kind::number:
    case Expr::Kind::string:
    case Expr::Kind::vector_selector:
    case Expr::Kind::matrix_selector:
    case Expr::Kind::external:
      return indent(level) + line;
    case Expr::Kind::subquery: {
      const auto& node = as<Subquery>(expr);
      return split ? pretty(*node.expr, level) + subquery_suffix(node) : indent(level) + line;
    }
    case Expr::Kind::unary: {
      const auto& node = as<Unary>(expr);
      return indent(level) + std::string(token_text(node.op)) + std::string(trim(pretty(*node.expr, level)));
    }
    case Expr::Kind::call: {
      if (!split) return indent(level) + line;
      const auto& node = as<Call>(expr);
      std::string out = indent(level) + std::string(node.function->name) + "(\n";
      for (size_t i = 0; i < node.args.size(); ++i) out += (i > 0 ? ",\n" : "") + pretty(*node.args[i], level + 1);
      return out + "\n" + indent(level) + ")";
    }
    case Expr::Kind::aggregate: {
      if (!split) return indent(level) + line;
      const auto& node = as<Aggregate>(expr);
      std::string out = indent(level) + aggregate_head(node) + "(\n";
      if (node.param) out += pretty(*node.param, level + 1) + ",\n";
      return out + pretty(*node.expr, level + 1) + "\n" + indent(level) + ")";
    }
    case Expr::Kind::binary: {
      if (!split) return indent(level) + line;
      const auto& node = as<Binary>(expr);
      return pretty(*node.left, level + 1) + "\n" + indent(level) + operator_text(node) + "\n" + pretty(*node.right, level + 1);
    }
    case Expr::Kind::paren:
      if (!split) return indent(level) + line;
      return indent(level) + "(\n" + pretty(*as<Paren>(expr).expr, level + 1) + "\n" + indent(level) + ")";
  }
  return line;
}

}  // namespace

std::string print_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 800> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return error == std::errc{} ? std::string(buffer.data(), end) : format_number(value);
}

std::string print_duration(int64_t ms) {
  if (ms == 0) return "0s";
  struct Unit {
    std::string_view name;
    int64_t ms;
    bool exact;  ///< used only when nothing is left
  };
  static constexpr std::array<Unit, 7> kUnits = {{{"y", 31'536'000'000, true},
                                                  {"w", 604'800'000, true},
                                                  {"d", 86'400'000, true},
                                                  {"h", 3'600'000, false},
                                                  {"m", 60'000, false},
                                                  {"s", 1000, false},
                                                  {"ms", 1, false}}};
  std::string out;
  for (const Unit& unit : kUnits) {
    if (unit.exact && ms % unit.ms != 0) continue;
    if (ms / unit.ms == 0) continue;
    out += fmt::format("{}{}", ms / unit.ms, unit.name);
    ms %= unit.ms;
  }
  return out;
}

std::string operator_text(const Binary& node) {
  std::string out(token_text(node.op));
  if (node.return_bool) out += " bool";
  if (!node.matching) return out;
  const Matching& m = *node.matching;
  const bool grouped = m.card == Matching::Card::many_to_one || m.card == Matching::Card::one_to_many;
  if (!m.labels.empty() || m.on || grouped) out += fmt::format(" {} ({})", m.on ? "on" : "ignoring", label_list(m.labels));
  if (grouped) out += fmt::format(" group_{} ({})", m.card == Matching::Card::many_to_one ? "left" : "right", label_list(m.include));
  if (m.fill_left && m.fill_right && *m.fill_left == *m.fill_right) return out + " fill (" + print_number(*m.fill_left) + ")";
  if (m.fill_left) out += " fill_left (" + print_number(*m.fill_left) + ")";
  if (m.fill_right) out += " fill_right (" + print_number(*m.fill_right) + ")";
  return out;
}

std::string format_query(const Expr& expr) { return pretty(expr, 0); }

std::string print(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::number:
      return number_in_seconds(as<NumberLiteral>(expr).value, as<NumberLiteral>(expr).duration);
    case Expr::Kind::string:
      return quote(as<StringLiteral>(expr).value);
    case Expr::Kind::vector_selector: {
      const auto& node = as<VectorSelector>(expr);
      return bare_selector(node) + at_text(node.shift) + extended_text(node) + offset_text(node.shift);
    }
    case Expr::Kind::matrix_selector: {
      const auto& node = as<MatrixSelector>(expr);
      return bare_selector(*node.selector) + "[" + text(node.range) + "]" + extended_text(*node.selector) + at_text(node.selector->shift) +
             offset_text(node.selector->shift);
    }
    case Expr::Kind::subquery:
      return print(*as<Subquery>(expr).expr) + subquery_suffix(as<Subquery>(expr));
    case Expr::Kind::call: {
      const auto& node = as<Call>(expr);
      std::string out = std::string(node.function->name) + "(";
      for (size_t i = 0; i < node.args.size(); ++i) out += (i > 0 ? ", " : "") + print(*node.args[i]);
      return out + ")";
    }
    case Expr::Kind::aggregate: {
      const auto& node = as<Aggregate>(expr);
      return aggregate_head(node) + "(" + (node.param ? print(*node.param) + ", " : "") + print(*node.expr) + ")";
    }
    case Expr::Kind::binary:
      return print(*as<Binary>(expr).left) + " " + operator_text(as<Binary>(expr)) + " " + print(*as<Binary>(expr).right);
    case Expr::Kind::unary:
      return std::string(token_text(as<Unary>(expr).op)) + print(*as<Unary>(expr).expr);
    case Expr::Kind::external:
      return as<External>(expr).text();
    case Expr::Kind::paren:
      return "(" + print(*as<Paren>(expr).expr) + ")";
  }
  return {};
}

}  // namespace monitorai::query
