#include "judge/quality/drift/evidently_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/evidently_split.h"
#include "judge/quality/drift/sgd_classifier.h"

namespace monitorai::judge {
namespace {

constexpr size_t kRandomDraws = 100;

bool finite(const Matrix& rows) {
  return std::all_of(rows.values.begin(), rows.values.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace

std::optional<EvidentlyModel> evidently_model(const Matrix& baseline, const Matrix& window) {
  const auto split = evidently_split(baseline.rows, window.rows);
  if (!split || !finite(baseline) || !finite(window)) return std::nullopt;
  std::vector<uint32_t> components(baseline.columns);
  std::iota(components.begin(), components.end(), 0U);
  const auto rows_of = [&](std::span<const size_t> rows) {
    std::vector<FeatureRow> out;
    for (const size_t row : rows) out.push_back({components, row < baseline.rows ? baseline.row(row) : window.row(row - baseline.rows)});
    return out;
  };
  const auto in_baseline = [&](std::span<const size_t> rows) {
    std::vector<uint8_t> out;
    for (const size_t row : rows) out.push_back(row < baseline.rows);
    return out;
  };
  const auto classifier = SgdClassifier::fit(rows_of(split->taught), in_baseline(split->taught), components.size(), {});
  if (!classifier) return std::nullopt;
  std::vector<double> scores;
  for (const FeatureRow& row : rows_of(split->judged)) scores.push_back(classifier->probability(row));
  const auto labels = in_baseline(split->judged);
  std::vector<uint32_t> seeds(kRandomDraws);
  std::iota(seeds.begin(), seeds.end(), 0U);
  return EvidentlyModel{.auc = roc_auc(scores, labels), .random_auc_95 = random_auc_95(labels, seeds)};
}

}  // namespace monitorai::judge
