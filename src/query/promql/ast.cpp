#include "query/promql/ast.h"

#include <bit>

namespace monitorai::query {
namespace {

bool same(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) || (a != a && b != b); }

bool same(const DurationExpr* a, const DurationExpr* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->op == b->op && same(a->seconds, b->seconds) && a->wrapped == b->wrapped && same(a->left.get(), b->left.get()) &&
         same(a->right.get(), b->right.get());
}

bool same(const Duration& a, const Duration& b) { return a.ms == b.ms && same(a.expr.get(), b.expr.get()); }

bool same(const TimeShift& a, const TimeShift& b) { return same(a.offset, b.offset) && a.at_ms == b.at_ms && a.at_word == b.at_word; }

bool same(const std::optional<Matching>& a, const std::optional<Matching>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->card == b->card && a->on == b->on && a->labels == b->labels && a->include == b->include && a->fill_left == b->fill_left &&
         a->fill_right == b->fill_right;
}

bool same_selectors(const VectorSelector& a, const VectorSelector& b) {
  if (a.name != b.name || !same(a.shift, b.shift) || a.anchored != b.anchored || a.smoothed != b.smoothed) return false;
  // Printing sorts the matchers: their order has no meaning.
  const auto texts = [](const VectorSelector& s) {
    std::vector<std::string> out;
    for (const signals::Matcher& m : s.matchers) out.push_back(m.text());
    std::sort(out.begin(), out.end());
    return out;
  };
  return texts(a) == texts(b);
}

}  // namespace

std::string line_and_column(std::string_view query, uint32_t position) {
  if (query.empty()) return "unknown position";
  if (position > query.size()) return "invalid position";
  int64_t last_break = -1;
  size_t line = 1;
  for (uint32_t i = 0; i < position; ++i) {
    if (query[i] != '\n') continue;
    last_break = i;
    ++line;
  }
  return fmt::format("{}:{}", line, static_cast<int64_t>(position) - last_break);
}

const Expr& unwrap(const Expr& expr) {
  const Expr* inner = &expr;
  while (inner->kind == Expr::Kind::paren) inner = as<Paren>(*inner).expr.get();
  return *inner;
}

std::vector<const Expr*> children(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::number:
    case Expr::Kind::string:
    case Expr::Kind::vector_selector:
    case Expr::Kind::external:
      return {};
    case Expr::Kind::matrix_selector:
      return {as<MatrixSelector>(expr).selector.get()};
    case Expr::Kind::subquery:
      return {as<Subquery>(expr).expr.get()};
    case Expr::Kind::call: {
      std::vector<const Expr*> out;
      for (const ExprPtr& arg : as<Call>(expr).args) out.push_back(arg.get());
      return out;
    }
    case Expr::Kind::aggregate: {
      const auto& a = as<Aggregate>(expr);
      return a.param ? std::vector<const Expr*>{a.param.get(), a.expr.get()} : std::vector<const Expr*>{a.expr.get()};
    }
    case Expr::Kind::binary:
      return {as<Binary>(expr).left.get(), as<Binary>(expr).right.get()};
    case Expr::Kind::unary:
      return {as<Unary>(expr).expr.get()};
    case Expr::Kind::paren:
      return {as<Paren>(expr).expr.get()};
  }
  return {};
}

bool same(const Expr& a, const Expr& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Expr::Kind::number:
      if (!same(as<NumberLiteral>(a).value, as<NumberLiteral>(b).value)) return false;
      break;
    case Expr::Kind::string:
      if (as<StringLiteral>(a).value != as<StringLiteral>(b).value) return false;
      break;
    case Expr::Kind::vector_selector:
      return same_selectors(as<VectorSelector>(a), as<VectorSelector>(b));
    case Expr::Kind::matrix_selector:
      if (!same(as<MatrixSelector>(a).range, as<MatrixSelector>(b).range)) return false;
      break;
    case Expr::Kind::subquery: {
      const auto& x = as<Subquery>(a);
      const auto& y = as<Subquery>(b);
      if (!same(x.range, y.range) || !same(x.step, y.step) || !same(x.shift, y.shift)) return false;
      break;
    }
    case Expr::Kind::call:
      if (as<Call>(a).function != as<Call>(b).function) return false;
      break;
    case Expr::Kind::aggregate: {
      const auto& x = as<Aggregate>(a);
      const auto& y = as<Aggregate>(b);
      if (x.op != y.op || x.without != y.without || x.grouping != y.grouping) return false;
      break;
    }
    case Expr::Kind::binary: {
      const auto& x = as<Binary>(a);
      const auto& y = as<Binary>(b);
      if (x.op != y.op || x.return_bool != y.return_bool || !same(x.matching, y.matching)) return false;
      break;
    }
    case Expr::Kind::unary:
      if (as<Unary>(a).op != as<Unary>(b).op) return false;
      break;
    case Expr::Kind::external:
      return as<External>(a).same_as(as<External>(b));
    case Expr::Kind::paren:
      break;
  }
  const auto x = children(a);
  const auto y = children(b);
  if (x.size() != y.size()) return false;
  for (size_t i = 0; i < x.size(); ++i)
    if (!same(*x[i], *y[i])) return false;
  return true;
}

}  // namespace monitorai::query
