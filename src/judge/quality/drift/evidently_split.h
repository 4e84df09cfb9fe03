#pragma once
// How Evidently judges its domain classifiers: half of the rows teach, the other half is judged, and random scores of it say what chance
// reaches. Equal to scikit-learn's train_test_split(test_size=0.5, random_state=42) and NumPy's percentile. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace monitorai::judge {

constexpr uint32_t kEvidentlySeed = 42;

struct EvidentlySplit {
  std::vector<size_t> taught, judged;  ///< rows of the baseline, then those of the window
};
/// nullopt where a half lacks rows of a side: nothing can be taught or judged there.
std::optional<EvidentlySplit> evidently_split(size_t baseline_rows, size_t window_rows);

/// What 95 of 100 areas under the curve stay below, of random scores that each seed gives.
double random_auc_95(std::span<const uint8_t> positive, std::span<const uint32_t> seeds);

}  // namespace monitorai::judge
