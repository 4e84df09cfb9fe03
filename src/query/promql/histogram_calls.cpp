// histogram_quantile, histogram_fraction and their relatives over the buckets of classic histograms. Native histograms are not stored
// yet: functions that only know them have no results.

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>

#include "base/text.h"
#include "query/promql/evaluator.h"
#include "query/promql/quantile.h"

namespace monitorai::query {
namespace {

constexpr std::string_view kBucketLabel = "le";

/// A bound as Go's ParseFloat reads it.
std::optional<double> parse_bound(std::string_view text) {
  if (text.empty() || text.find_first_of(" \t\n") != std::string_view::npos) return std::nullopt;
  return parse_number(text);
}

/// "0.5", "1.0", "+Inf": a float as OpenMetrics writes it.
std::string open_metrics_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == 0) return "0.0";
  if (value == 1) return "1.0";
  if (value == -1) return "-1.0";
  std::string out = general_number(value);
  if (out.find_first_of("e.") == std::string::npos) out += ".0";
  return out;
}

struct Histogram {
  RowKey first;
  std::vector<std::pair<double, uint32_t>> rows;  ///< bound and row, by bound
};

}  // namespace

Result<Vector, QueryError> Evaluator::histogram_call(const Call& node, const Grid& grid) {
  const FunctionId id = node.function->id;
  const bool fraction = id == FunctionId::histogram_fraction;
  const bool several = id == FunctionId::histogram_quantiles;
  if (id != FunctionId::histogram_quantile && !fraction && !several) {
    MAI_TRY_ASSIGN(Vector floats, eval_vector(*node.args[0], grid));
    MAI_TRY(for_rows(floats.size(), SIZE_MAX, [](size_t, size_t, Scratch&) -> Status { return {}; }));
    Vector none;
    none.steps = grid.count;
    none.unique_unnamed = true;
    return none;
  }
  const size_t vector_arg = several ? 0 : fraction ? 2 : 1;
  std::vector<Scalars> scalars;
  for (size_t i = 0; i < node.args.size(); ++i) {
    if (node.args[i]->type() != ValueType::scalar) continue;
    MAI_TRY_ASSIGN(Scalars value, eval_scalar(*node.args[i], grid));
    if (!fraction) {
      for (const double phi : value)
        if (!(phi >= 0 && phi <= 1))
          annotations_.add(Annotations::Level::warning,
                           "PromQL warning: quantile value should be between 0 and 1, got " + general_number(phi),
                           node.args[i]->span.start);
    }
    scalars.push_back(std::move(value));
  }
  MAI_TRY_ASSIGN(Vector buckets, eval_vector(*node.args[vector_arg], grid));
  MAI_TRY(materialise(buckets));
  const uint32_t position = node.args[vector_arg]->span.start;
  const bool delayed = query_.options.delayed_name_removal;

  // Rows that differ in `le` alone are one histogram.
  std::vector<std::string> signatures(buckets.size());
  std::vector<double> bounds(buckets.size());
  MAI_TRY(for_rows(buckets.size(), SIZE_MAX, [&](size_t, size_t row, Scratch& scratch) -> Status {
    const RowKey key = buckets.keys[row];
    const auto bound = parse_bound(key.label(kBucketLabel));
    const std::span<const double> values = buckets.row(row);
    bounds[row] = bound.value_or(std::numeric_limits<double>::quiet_NaN());
    if (!bound) {
      if (std::none_of(values.begin(), values.end(), present)) return {};
      std::string message =
          fmt::format("PromQL warning: bucket label \"le\" is missing or has a malformed value of {}", quote(key.label(kBucketLabel)));
      const std::string_view name = key.label(signals::kMetricName);
      if (delayed && !name.empty()) message += fmt::format(" for metric name {}", quote(name));
      scratch.annotations.add(Annotations::Level::warning, std::move(message), position);
      return {};
    }
    const std::vector<std::string> le = {std::string(kBucketLabel)};
    append_signature(signatures[row], key, le, true);
    signatures[row] += key.label(signals::kMetricName);
    return {};
  }));
  std::vector<Histogram> histograms;
  boost::unordered_flat_map<std::string_view, uint32_t> index;
  for (size_t row = 0; row < buckets.size(); ++row) {
    if (std::isnan(bounds[row]) && !parse_bound(buckets.keys[row].label(kBucketLabel))) continue;
    const auto [found, fresh] = index.try_emplace(signatures[row], static_cast<uint32_t>(histograms.size()));
    if (fresh) histograms.push_back({buckets.keys[row], {}});
    histograms[found->second].rows.emplace_back(bounds[row], static_cast<uint32_t>(row));
  }

  const size_t outputs = several ? scalars.size() : 1;
  MAI_TRY_ASSIGN(Vector out, new_vector(histograms.size() * outputs, grid.count));
  const std::string label = several ? as<StringLiteral>(unwrap(*node.args[1])).value : std::string();
  for (Histogram& histogram : histograms) {
    std::stable_sort(histogram.rows.begin(), histogram.rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    signals::Labels base = histogram.first.labels().with(kBucketLabel, "");
    for (size_t i = 0; i < outputs; ++i) {
      RowKey key = own_key(several ? base.with(label, open_metrics_number(scalars[i][0])) : base, histogram.first.drop_later);
      key.drop_name = histogram.first.drop_name;
      out.keys.push_back(key);
    }
  }
  MAI_TRY(for_rows(histograms.size(), SIZE_MAX, [&](size_t, size_t h, Scratch& scratch) -> Status {
    std::vector<Bucket> found;
    const auto gather = [&](size_t step) {
      found.clear();
      for (const auto& [bound, row] : histograms[h].rows)
        if (const double count = buckets.row(row)[step]; present(count)) found.push_back({bound, count});
    };
    for (size_t step = 0; step < grid.count; ++step) {
      for (size_t i = 0; i < outputs; ++i) {
        gather(step);
        if (found.empty()) continue;
        double& cell = out.row(h * outputs + i)[step];
        if (fraction) {
          cell = bucket_fraction(scalars[0][step], scalars[1][step], found);
          continue;
        }
        const BucketQuantile result = bucket_quantile(scalars[i][step], found);
        cell = result.value;
        if (result.forced_monotonicity)
          scratch.annotations.add_monotonicity(delayed ? histograms[h].first.label(signals::kMetricName) : std::string_view{}, position,
                                               grid.at(step), result.bucket_min, result.bucket_max, result.difference_max);
      }
    }
    return {};
  }));
  drop_names(out);
  MAI_TRY(merge_same_labels(out, false));
  return out;
}

}  // namespace monitorai::query
