// Aggregations that fold values: sum, avg, min, max, count, group, stddev, stdvar and quantile. Rows are pulled and folded by the workers
// as they are computed, each into its own groups x steps, so that a sum over 100,000 series holds one row at a time.

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>

#include "query/promql/evaluator.h"
#include "query/promql/kahan.h"
#include "query/promql/quantile.h"

namespace monitorai::query {
namespace {

/// A part's own cells are worth their memory only while they are few.
constexpr size_t kCellsPerPartMax = 4'000'000;

struct SumCell {
  Kahan sum;
  bool seen = false;
  void add(double v) {
    if (seen)
      sum.add(v);
    else
      sum.sum = v;
    seen = true;
  }
  void merge(const SumCell& other) {
    if (!other.seen) return;
    if (!seen) {
      *this = other;
      return;
    }
    sum.add(other.sum.sum);
    if (!std::isinf(sum.sum)) sum.c += other.sum.c;
  }
  double value() const { return seen ? sum.value() : kAbsent; }
};

struct AvgCell {
  Mean mean;
  void add(double v) { mean.add(v); }
  void merge(const AvgCell& other) { mean.merge(other.mean); }
  double value() const { return mean.count > 0 ? mean.value() : kAbsent; }
};

template <bool kMax>
struct ExtremeCell {
  double best = kAbsent;
  void add(double v) {
    if (absent(best) || std::isnan(best) || (kMax ? best < v : best > v)) best = v;
  }
  void merge(const ExtremeCell& other) {
    if (present(other.best)) add(other.best);
  }
  double value() const { return best; }
};

struct CountCell {
  double count = 0;
  void add(double) { count += 1; }
  void merge(const CountCell& other) { count += other.count; }
  double value() const { return count > 0 ? count : kAbsent; }
};

struct GroupCell {
  bool seen = false;
  void add(double) { seen = true; }
  void merge(const GroupCell& other) { seen = seen || other.seen; }
  double value() const { return seen ? 1 : kAbsent; }
};

/// Welford's algorithm; parts are joined as Chan, Golub and LeVeque do.
template <bool kRoot>
struct VarianceCell {
  double count = 0;
  double mean = 0;
  double m2 = 0;
  void add(double v) {
    count += 1;
    if (count == 1) {
      mean = v;
      m2 = std::isfinite(v) ? 0 : std::numeric_limits<double>::quiet_NaN();
      return;
    }
    const double delta = v - mean;
    mean += delta / count;
    m2 += delta * (v - mean);
  }
  void merge(const VarianceCell& other) {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    const double delta = other.mean - mean;
    const double total = count + other.count;
    m2 += other.m2 + delta * delta * count * other.count / total;
    mean += delta * other.count / total;
    count = total;
  }
  double value() const { return count == 0 ? kAbsent : kRoot ? std::sqrt(m2 / count) : m2 / count; }
};

}  // namespace

Evaluator::Groups Evaluator::group_rows(const Vector& vector, const std::vector<std::string>& labels, bool without) const {
  Groups out;
  out.of_row.resize(vector.size());
  if (!without && labels.empty()) {
    if (vector.size() > 0) out.first.push_back(vector.keys[0]);
    return out;
  }
  boost::unordered_flat_map<std::string, uint32_t> index;
  const auto group_of = [&](const std::string& signature, RowKey key) {
    const auto found = index.find(signature);
    if (found != index.end()) return found->second;
    const auto id = static_cast<uint32_t>(out.first.size());
    index.emplace(signature, id);
    out.first.push_back(key);
    return id;
  };
  std::string signature;
  if (!without && labels.size() == 1) {
    // Neighbours often share their value, and stores their bytes: no copy, no look-up.
    boost::unordered_flat_map<std::string_view, uint32_t> by_value;
    std::string_view last;
    uint32_t last_group = UINT32_MAX;
    for (size_t row = 0; row < vector.size(); ++row) {
      const RowKey key = vector.keys[row];
      const std::string_view value = key.label(labels[0]);
      if (last_group == UINT32_MAX || value != last) {
        const auto [found, fresh] = by_value.try_emplace(value, static_cast<uint32_t>(out.first.size()));
        if (fresh) out.first.push_back(key);
        last = value;
        last_group = found->second;
      }
      out.of_row[row] = last_group;
    }
    return out;
  }
  for (size_t row = 0; row < vector.size(); ++row) {
    signature.clear();
    const RowKey key = vector.keys[row];
    append_signature(signature, key, labels, without);
    out.of_row[row] = group_of(signature, key);
  }
  return out;
}

signals::Labels Evaluator::group_labels(RowKey key, const Aggregate& node) const {
  std::vector<signals::Label> labels;
  if (!node.without) {
    for (const std::string& name : node.grouping)
      if (const std::string_view value = key.label(name); !value.empty()) labels.push_back({name, std::string(value)});
  } else {
    for (const signals::Label& label : key.labels())
      if (label.name != signals::kMetricName && std::find(node.grouping.begin(), node.grouping.end(), label.name) == node.grouping.end())
        labels.push_back(label);
  }
  return signals::Labels::from(std::move(labels));
}

Result<Vector, QueryError> Evaluator::group_vector(const Aggregate& node, const Vector& vector, const Groups& groups) {
  MAI_TRY_ASSIGN(Vector out, new_vector(groups.size(), vector.steps));
  std::vector<bool> later(groups.size(), false);
  if (query_.options.delayed_name_removal)
    for (size_t row = 0; row < vector.size(); ++row)
      if (vector.keys[row].drop_later) later[groups.of_row[row]] = true;
  for (size_t g = 0; g < groups.size(); ++g) out.keys.push_back(own_key(group_labels(groups.first[g], node), later[g]));
  const bool names = !node.without && std::find(node.grouping.begin(), node.grouping.end(), signals::kMetricName) != node.grouping.end();
  out.unique_unnamed = !names;
  return out;
}

template <class Cell>
Result<Vector, QueryError> Evaluator::fold(const Aggregate& node, const Vector& vector) {
  const Groups groups = group_rows(vector, node.grouping, node.without);
  MAI_TRY_ASSIGN(Vector out, group_vector(node, vector, groups));
  const size_t steps = vector.steps;
  const size_t cells = groups.size() * steps;
  const size_t parts_max = std::clamp<size_t>(kCellsPerPartMax / std::max<size_t>(cells, 1), 1, query_.pool.threads());
  const size_t parts = parts_of(vector.size(), parts_max);
  std::vector<std::vector<Cell>> own(parts);
  std::vector<std::vector<double>> buffers(parts);
  MAI_TRY(for_rows(vector.size(), parts_max, [&](size_t part, size_t row, Scratch& scratch) -> Status {
    if (own[part].empty()) {
      own[part].resize(cells);
      buffers[part].resize(steps);
    }
    MAI_TRY_ASSIGN(const std::span<const double> values, vector.pull(row, scratch, buffers[part]));
    Cell* const group = own[part].data() + groups.of_row[row] * steps;
    for (size_t step = 0; step < steps; ++step)
      if (present(values[step])) group[step].add(values[step]);
    return {};
  }));
  for (size_t part = 1; part < parts; ++part)
    for (size_t i = 0; i < own[part].size(); ++i) own[0][i].merge(own[part][i]);
  for (size_t i = 0; i < own[0].size(); ++i) out.dense[i] = own[0][i].value();
  return out;
}

Result<Vector, QueryError> Evaluator::fold_quantile(const Aggregate& node, Vector vector, const Scalars& phi) {
  MAI_TRY(materialise(vector));
  const Groups groups = group_rows(vector, node.grouping, node.without);
  const auto warn = [&](double value) {
    annotations_.add(Annotations::Level::warning, "PromQL warning: quantile value should be between 0 and 1, got " + general_number(value),
                     node.param->span.start);
  };
  if (std::any_of(phi.begin(), phi.end(), [](double p) { return std::isnan(p); })) warn(std::nan(""));
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  for (const double p : phi) {
    low = std::min(low, p);
    high = std::max(high, p);
  }
  if (high > 1) warn(high);
  if (low < 0) warn(low);
  MAI_TRY_ASSIGN(Vector out, group_vector(node, vector, groups));
  std::vector<std::vector<uint32_t>> rows(groups.size());
  for (size_t row = 0; row < vector.size(); ++row) rows[groups.of_row[row]].push_back(static_cast<uint32_t>(row));
  MAI_TRY(for_rows(groups.size(), SIZE_MAX, [&](size_t, size_t g, Scratch& scratch) -> Status {
    for (size_t step = 0; step < vector.steps; ++step) {
      scratch.values.clear();
      for (const uint32_t row : rows[g])
        if (const double v = vector.row(row)[step]; present(v)) scratch.values.push_back(v);
      if (!scratch.values.empty()) out.row(g)[step] = quantile(phi[step], scratch.values);
    }
    return {};
  }));
  return out;
}

Result<Vector, QueryError> Evaluator::eval_aggregate(const Aggregate& node, const Grid& grid) {
  Scalars param;
  if (node.param && node.op != Token::count_values) { MAI_TRY_ASSIGN(param, eval_scalar(*node.param, grid)); }
  MAI_TRY_ASSIGN(Vector vector, eval_vector(*node.expr, grid));
  switch (node.op) {
    case Token::sum:
      return fold<SumCell>(node, vector);
    case Token::avg:
      return fold<AvgCell>(node, vector);
    case Token::min:
      return fold<ExtremeCell<false>>(node, vector);
    case Token::max:
      return fold<ExtremeCell<true>>(node, vector);
    case Token::count:
      return fold<CountCell>(node, vector);
    case Token::group:
      return fold<GroupCell>(node, vector);
    case Token::stddev:
      return fold<VarianceCell<true>>(node, vector);
    case Token::stdvar:
      return fold<VarianceCell<false>>(node, vector);
    case Token::quantile:
      return fold_quantile(node, std::move(vector), param);
    case Token::count_values:
      return count_values(node, std::move(vector));
    default:
      return select_rows(node, std::move(vector), param);
  }
}

}  // namespace monitorai::query
