#include "judge/quality/drift/evidently_split.h"

#include <algorithm>

#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/numpy_random.h"

namespace monitorai::judge {
namespace {

double percentile(std::vector<double> values, double level) {
  std::sort(values.begin(), values.end());
  const double at = level * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(at);
  const double part = at - static_cast<double>(low);
  return low + 1 < values.size() ? values[low] + part * (values[low + 1] - values[low]) : values[low];
}

bool one_sided(std::span<const size_t> rows, size_t baseline_rows) {
  const auto in_baseline = std::count_if(rows.begin(), rows.end(), [&](size_t row) { return row < baseline_rows; });
  return in_baseline == 0 || in_baseline == std::ssize(rows);
}

}  // namespace

std::optional<EvidentlySplit> evidently_split(size_t baseline_rows, size_t window_rows) {
  const std::vector<size_t> order = RandomState(kEvidentlySeed).permutation(baseline_rows + window_rows);
  const auto half = order.begin() + static_cast<ptrdiff_t>((order.size() + 1) / 2);
  EvidentlySplit out{.taught = {half, order.end()}, .judged = {order.begin(), half}};
  if (one_sided(out.taught, baseline_rows) || one_sided(out.judged, baseline_rows)) return std::nullopt;
  return out;
}

double random_auc_95(std::span<const uint8_t> positive, std::span<const uint32_t> seeds) {
  std::vector<double> aucs, scores(positive.size());
  for (const uint32_t seed : seeds) {
    RandomState random(seed);
    for (double& score : scores) score = random.uniform();
    aucs.push_back(roc_auc(scores, positive));
  }
  return percentile(std::move(aucs), 0.95);
}

}  // namespace monitorai::judge
