#include "query/logql/printer.h"

#include <array>

#include "base/text.h"
#include "query/logql/units.h"
#include "query/promql/printer.h"
#include "query/promql/quoting.h"

namespace monitorai::query::logql {
namespace {

constexpr size_t kLineWidth = 100;

/// Backquotes where escapes would make it hard to read.
std::string string_text(std::string_view text) {
  const bool plain = text.find('`') == std::string_view::npos && text.find('\r') == std::string_view::npos;
  const bool awkward = text.find('\\') != std::string_view::npos || text.find('"') != std::string_view::npos;
  if (!plain || !awkward) return quote(text);
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return quote(text);
  return fmt::format("`{}`", text);
}

std::string matcher_text(const signals::Matcher& m) {
  static constexpr std::array<std::string_view, 4> kOps = {"=", "!=", "=~", "!~"};
  return fmt::format("{}{}{}", m.name(), kOps[static_cast<size_t>(m.op())], string_text(m.value()));
}

std::string_view compare_text(Compare op) {
  static constexpr std::array<std::string_view, 6> kOps = {"=", "!=", ">", ">=", "<", "<="};
  return kOps[static_cast<size_t>(op)];
}

std::string extraction_list(const std::vector<Extraction>& list) {
  std::string out;
  for (const Extraction& e : list) out += fmt::format("{}{}={}", out.empty() ? " " : ", ", e.name, string_text(e.expression));
  return out;
}

struct StageText {
  std::string operator()(const LineFilter& s) const {
    static constexpr std::array<std::string_view, 6> kOps = {"|=", "!=", "|~", "!~", "|>", "!>"};
    std::string out(kOps[static_cast<size_t>(s.op)]);
    for (size_t i = 0; i < s.terms.size(); ++i) {
      out += i == 0 ? " " : " or ";
      out += s.terms[i].ip ? fmt::format("ip({})", string_text(s.terms[i].text)) : string_text(s.terms[i].text);
    }
    return out;
  }
  std::string operator()(const LabelFilter& s) const { return "| " + print(s); }
  std::string operator()(const JsonStage& s) const { return "| json" + extraction_list(s.extractions); }
  std::string operator()(const LogfmtStage& s) const {
    return fmt::format("| logfmt{}{}{}", s.strict ? " --strict" : "", s.keep_empty ? " --keep-empty" : "", extraction_list(s.extractions));
  }
  std::string operator()(const RegexpStage& s) const { return "| regexp " + string_text(s.pattern); }
  std::string operator()(const PatternStage& s) const { return "| pattern " + string_text(s.pattern); }
  std::string operator()(const UnpackStage&) const { return "| unpack"; }
  std::string operator()(const LineFormatStage& s) const { return "| line_format " + string_text(s.text); }
  std::string operator()(const LabelFormatStage& s) const {
    std::string out = "| label_format ";
    for (size_t i = 0; i < s.formats.size(); ++i)
      out += fmt::format("{}{}={}", i > 0 ? ", " : "", s.formats[i].name, s.formats[i].rename ? s.formats[i].value : string_text(s.formats[i].value));
    return out;
  }
  std::string operator()(const DecolorizeStage&) const { return "| decolorize"; }
  std::string operator()(const ChoiceStage& s) const {
    std::string out = s.keep ? "| keep " : "| drop ";
    for (size_t i = 0; i < s.choices.size(); ++i)
      out += (i > 0 ? ", " : "") + (s.choices[i].matcher ? matcher_text(*s.choices[i].matcher) : s.choices[i].name);
    return out;
  }
};

std::string range_text(const RangeAggregation& node) {
  std::string out = "[" + print_duration(node.range_ns / 1'000'000) + "]";
  if (node.offset_ns != 0) out += " offset " + print_go_duration(node.offset_ns);
  return out;
}

std::string unwrap_text(const Unwrap& unwrap) {
  static constexpr std::array<std::string_view, 4> kConversions = {"", "bytes", "duration", "duration_seconds"};
  std::string out = "| unwrap ";
  out += unwrap.conversion == Conversion::none ? unwrap.label
                                               : fmt::format("{}({})", kConversions[static_cast<size_t>(unwrap.conversion)], unwrap.label);
  for (const LabelFilter& filter : unwrap.filters) out += " | " + print(filter);
  return out;
}

std::string grouping_text(const Grouping& g) { return fmt::format(" {} ({})", g.without ? "without" : "by", join(g.labels, ", ")); }

std::string indent(size_t level) { return std::string(2 * level, ' '); }

std::string pretty(const LogExpr& log, size_t level) {
  std::string out = indent(level) + print_selector(log.matchers);
  for (const Stage& stage : log.stages) out += "\n" + indent(level + 1) + print(stage);
  return out;
}

std::string pretty(const Expr& expr, size_t level);

std::string pretty(const RangeAggregation& node, size_t level) {
  std::string out = indent(level) + std::string(range_op_text(node.op)) + "(\n";
  if (node.op == RangeOp::quantile_over_time) out += indent(level + 1) + print_number(node.parameter) + ",\n";
  out += pretty(node.log, level + 1);
  if (node.unwrap) out += "\n" + indent(level + 2) + unwrap_text(*node.unwrap);
  out += "\n" + indent(level + 1) + range_text(node) + "\n" + indent(level) + ")";
  return node.grouping ? out + grouping_text(*node.grouping) : out;
}

std::string pretty(const Expr& expr, size_t level) {
  const std::string line = query::print(expr);
  if (indent(level).size() + line.size() <= kLineWidth) return indent(level) + line;
  switch (expr.kind) {
    case Expr::Kind::external:
      return pretty(static_cast<const RangeAggregation&>(expr), level);
    case Expr::Kind::aggregate: {
      const auto& node = as<Aggregate>(expr);
      std::string out = indent(level) + std::string(token_text(node.op));
      if (node.without || !node.grouping.empty()) out += grouping_text({node.grouping, node.without}) + " ";
      out += "(\n";
      if (node.param) out += indent(level + 1) + query::print(*node.param) + ",\n";
      return out + pretty(*node.expr, level + 1) + "\n" + indent(level) + ")";
    }
    case Expr::Kind::call: {
      const auto& node = as<Call>(expr);
      std::string out = indent(level) + std::string(node.function->name) + "(\n";
      for (size_t i = 0; i < node.args.size(); ++i) out += (i > 0 ? ",\n" : "") + pretty(*node.args[i], level + 1);
      return out + "\n" + indent(level) + ")";
    }
    case Expr::Kind::binary: {
      const auto& node = as<Binary>(expr);
      return pretty(*node.left, level + 1) + "\n" + indent(level) + operator_text(node) + "\n" + pretty(*node.right, level + 1);
    }
    case Expr::Kind::paren:
      return indent(level) + "(\n" + pretty(*as<Paren>(expr).expr, level + 1) + "\n" + indent(level) + ")";
    default:
      return indent(level) + line;
  }
}

}  // namespace

std::string print_selector(const std::vector<signals::Matcher>& matchers) {
  std::string out = "{";
  for (size_t i = 0; i < matchers.size(); ++i) out += (i > 0 ? ", " : "") + matcher_text(matchers[i]);
  return out + "}";
}

std::string print(const LabelFilter& filter) {
  switch (filter.kind) {
    case LabelFilter::Kind::matcher:
      return matcher_text(*filter.matcher);
    case LabelFilter::Kind::ip:
      return fmt::format("{}{}ip({})", filter.name, compare_text(filter.op), string_text(filter.text));
    case LabelFilter::Kind::all:
    case LabelFilter::Kind::any: {
      std::string out;
      for (const LabelFilter& part : filter.parts) {
        if (!out.empty()) out += filter.kind == LabelFilter::Kind::all ? " and " : " or ";
        out += part.parts.empty() ? print(part) : "(" + print(part) + ")";
      }
      return out;
    }
    default:
      return fmt::format("{}{}{}", filter.name, compare_text(filter.op), filter.text);
  }
}

std::string print(const Stage& stage) { return std::visit(StageText{}, stage.what); }

std::string print(const LogExpr& log) {
  std::string out = print_selector(log.matchers);
  for (const Stage& stage : log.stages) out += " " + print(stage);
  return out;
}

std::string print(const RangeAggregation& node) {
  std::string out = std::string(range_op_text(node.op)) + "(";
  if (node.op == RangeOp::quantile_over_time) out += print_number(node.parameter) + ", ";
  out += print(node.log);
  if (node.unwrap) out += " " + unwrap_text(*node.unwrap);
  out += range_text(node) + ")";
  return node.grouping ? out + grouping_text(*node.grouping) : out;
}

std::string print(const Query& query) { return query.log ? print(*query.log) : query::print(*query.metric); }

std::string format_query(const Query& query) {
  if (query.metric) return pretty(*query.metric, 0);
  const std::string line = print(*query.log);
  return line.size() <= kLineWidth ? line : pretty(*query.log, 0);
}

}  // namespace monitorai::query::logql
