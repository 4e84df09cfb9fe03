// Aggregations that keep series or values as they are: topk, bottomk, limitk, limit_ratio, count_values.

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>

#include "base/text.h"
#include "query/promql/evaluator.h"
#include "query/promql/printer.h"

namespace monitorai::query {
namespace {

/// Where in [0, 1) limit_ratio places a series: Prometheus's hash of its labels (xxHash64 over each name and value behind its length).
double ratio_offset(const signals::Labels& labels) {
  std::string bytes;
  const auto put = [&](std::string_view text) {
    const size_t size = text.size();
    if (size < 255) {
      bytes += static_cast<char>(size);
    } else {
      bytes += '\xff';
      for (int shift = 0; shift < 24; shift += 8) bytes += static_cast<char>((size >> shift) & 0xff);
    }
    bytes += text;
  };
  for (const signals::Label& label : labels) {
    put(label.name);
    put(label.value);
  }
  return static_cast<double>(XXH64(bytes.data(), bytes.size(), 0)) / static_cast<double>(UINT64_MAX);
}

struct Candidate {
  double value = 0;
  uint32_t row = 0;
};

}  // namespace

Result<Vector, QueryError> Evaluator::select_rows(const Aggregate& node, Vector vector, const Scalars& param) {
  const size_t steps = vector.steps;
  const bool ratio = node.op == Token::limit_ratio;
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  bool nan = false;
  for (const double p : param) {
    nan = nan || std::isnan(p);
    low = std::min(low, p);
    high = std::max(high, p);
  }
  Vector none;
  none.steps = steps;
  if (nan) return QueryError::execution(ratio ? "Ratio value is NaN" : "Parameter value is NaN");
  if (ratio ? low == 0 && high == 0 : high < 1) return none;
  if (!ratio && low <= -9223372036854775808.0)
    return QueryError::execution(fmt::format("Scalar value {} underflows int64", general_number(low)));
  if (!ratio && high >= 9223372036854775808.0)
    return QueryError::execution(fmt::format("Scalar value {} overflows int64", general_number(high)));
  const auto warn_ratio = [&](double value, int cap) {
    annotations_.add(
        Annotations::Level::warning,
        fmt::format("PromQL warning: ratio value should be between -1 and 1, got {}, capping to {}", general_number(value), cap),
        node.param->span.start);
  };
  if (ratio && high > 1) warn_ratio(high, 1);
  if (ratio && low < -1) warn_ratio(low, -1);

  MAI_TRY(materialise(vector));
  const Groups groups = group_rows(vector, node.grouping, node.without);
  std::vector<std::vector<uint32_t>> rows(groups.size());
  for (size_t row = 0; row < vector.size(); ++row) rows[groups.of_row[row]].push_back(static_cast<uint32_t>(row));
  std::vector<double> offsets;
  if (ratio) {
    offsets.resize(vector.size());
    MAI_TRY(for_rows(vector.size(), SIZE_MAX, [&](size_t, size_t row, Scratch&) -> Status {
      offsets[row] = ratio_offset(vector.keys[row].labels());
      return {};
    }));
  }
  // chosen[g]: for every step the rows that stay, in the order of an instant query's result.
  std::vector<std::vector<std::pair<uint32_t, uint32_t>>> chosen(groups.size());
  MAI_TRY(for_rows(groups.size(), SIZE_MAX, [&](size_t, size_t g, Scratch&) -> Status {
    std::vector<Candidate> best;
    for (size_t step = 0; step < steps; ++step) {
      best.clear();
      const double p = param[step];
      const auto choose = [&](uint32_t row) { chosen[g].emplace_back(static_cast<uint32_t>(step), row); };
      if (ratio) {
        const double r = std::clamp(p, -1.0, 1.0);
        if (r == 0) continue;
        for (const uint32_t row : rows[g])
          if (present(vector.row(row)[step]) && (r > 0 ? offsets[row] < r : offsets[row] >= 1.0 + r)) choose(row);
        continue;
      }
      if (p < 1) continue;
      const auto k = static_cast<size_t>(std::min(p, static_cast<double>(vector.size())));
      if (node.op == Token::limitk) {
        size_t kept = 0;
        for (auto row = rows[g].begin(); row != rows[g].end() && kept < k; ++row) {
          if (absent(vector.row(*row)[step])) continue;
          choose(*row);
          ++kept;
        }
        continue;
      }
      const bool top = node.op == Token::topk;
      const auto better = [top](const Candidate& a, const Candidate& b) {
        if (std::isnan(a.value) || std::isnan(b.value)) return !std::isnan(a.value) || (std::isnan(b.value) && a.row < b.row);
        if (a.value != b.value) return top ? a.value > b.value : a.value < b.value;
        return a.row < b.row;
      };
      // A heap of the k best so far, the worst of them in front.
      for (const uint32_t row : rows[g]) {
        const Candidate candidate{vector.row(row)[step], row};
        if (absent(candidate.value)) continue;
        if (best.size() < k) {
          best.push_back(candidate);
          std::push_heap(best.begin(), best.end(), better);
        } else if (better(candidate, best.front())) {
          std::pop_heap(best.begin(), best.end(), better);
          best.back() = candidate;
          std::push_heap(best.begin(), best.end(), better);
        }
      }
      std::sort_heap(best.begin(), best.end(), better);
      for (const Candidate& candidate : best) choose(candidate.row);
    }
    return {};
  }));
  // Only rows that were chosen at some step are kept.
  Vector out;
  out.steps = steps;
  out.ordered = steps == 1 && (node.op == Token::topk || node.op == Token::bottomk);
  out.unique_unnamed = vector.unique_unnamed;
  std::vector<uint32_t> into(vector.size(), UINT32_MAX);
  for (const auto& group : chosen) {
    for (const auto& [step, row] : group) {
      if (into[row] != UINT32_MAX) continue;
      into[row] = static_cast<uint32_t>(out.size());
      out.keys.push_back(vector.keys[row]);
    }
  }
  MAI_TRY(hold(out.size() * steps));
  out.dense.assign(out.size() * steps, kAbsent);
  for (const auto& group : chosen)
    for (const auto& [step, row] : group) out.row(into[row])[step] = vector.row(row)[step];
  return out;
}

Result<Vector, QueryError> Evaluator::count_values(const Aggregate& node, Vector vector) {
  const std::string& label = as<StringLiteral>(unwrap(*node.param)).value;
  if (label.empty() || !valid_utf8(label)) return QueryError::execution("invalid label name " + quote(label));
  MAI_TRY(materialise(vector));
  // The label is set before grouping: `without` it, all values fall together.
  const bool hidden = node.without && std::find(node.grouping.begin(), node.grouping.end(), label) != node.grouping.end();
  std::vector<std::string> names = node.grouping;
  if (node.without)
    names.push_back(label);
  else
    std::erase(names, label);
  const Groups groups = group_rows(vector, names, node.without);
  Vector out;
  out.steps = vector.steps;
  out.unique_unnamed = node.without || std::find(names.begin(), names.end(), signals::kMetricName) == names.end();
  boost::unordered_flat_map<std::pair<uint32_t, uint64_t>, uint32_t> index;
  for (size_t row = 0; row < vector.size(); ++row) {
    if (row % 1024 == 0) MAI_TRY(alive());
    for (size_t step = 0; step < vector.steps; ++step) {
      const double value = vector.row(row)[step];
      if (absent(value)) continue;
      const uint64_t bits = hidden ? 0 : std::isnan(value) ? UINT64_MAX : std::bit_cast<uint64_t>(value);
      const auto [found, fresh] = index.try_emplace({groups.of_row[row], bits}, static_cast<uint32_t>(out.size()));
      if (fresh) {
        signals::Labels labels = group_labels(groups.first[groups.of_row[row]], node).with(label, hidden ? "" : print_number(value));
        out.keys.push_back(own_key(std::move(labels)));
        MAI_TRY(hold(vector.steps));
        out.dense.resize(out.dense.size() + vector.steps, kAbsent);
      }
      double& cell = out.row(found->second)[step];
      cell = absent(cell) ? 1 : cell + 1;
    }
  }
  return out;
}

}  // namespace monitorai::query
