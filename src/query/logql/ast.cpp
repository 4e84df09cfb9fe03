#include "query/logql/ast.h"

#include <array>

#include "base/text.h"
#include "query/logql/printer.h"

namespace monitorai::query::logql {
namespace {

constexpr std::array kRangeOps = std::to_array<std::pair<std::string_view, RangeOp>>({
    {"rate", RangeOp::rate},
    {"rate_counter", RangeOp::rate_counter},
    {"count_over_time", RangeOp::count_over_time},
    {"bytes_rate", RangeOp::bytes_rate},
    {"bytes_over_time", RangeOp::bytes_over_time},
    {"avg_over_time", RangeOp::avg_over_time},
    {"sum_over_time", RangeOp::sum_over_time},
    {"min_over_time", RangeOp::min_over_time},
    {"max_over_time", RangeOp::max_over_time},
    {"stdvar_over_time", RangeOp::stdvar_over_time},
    {"stddev_over_time", RangeOp::stddev_over_time},
    {"quantile_over_time", RangeOp::quantile_over_time},
    {"first_over_time", RangeOp::first_over_time},
    {"last_over_time", RangeOp::last_over_time},
    {"absent_over_time", RangeOp::absent_over_time},
});

}  // namespace

std::string_view range_op_text(RangeOp op) {
  for (const auto& [text, value] : kRangeOps)
    if (value == op) return text;
  return {};
}

std::optional<RangeOp> find_range_op(std::string_view word) {
  const std::string small = lower(word);
  for (const auto& [text, value] : kRangeOps)
    if (text == small) return value;
  return std::nullopt;
}

std::string RangeAggregation::text() const { return print(*this); }

// Printing is canonical and complete: equal text is an equal tree.
bool RangeAggregation::same_as(const External& other) const { return text() == other.text(); }

bool same(const Query& a, const Query& b) {
  if (a.log && b.log) return print(*a.log) == print(*b.log);
  return a.metric && b.metric && query::same(*a.metric, *b.metric);
}

}  // namespace monitorai::query::logql
