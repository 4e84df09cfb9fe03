#pragma once
// The area under the ROC curve of many labellings of the same rows, fast: only the side of fewer rows is sorted.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace monitorai::judge {

/// Scores of the rows of one labelling, by side. Kept from one labelling to the next, for its memory.
template <class Number>
struct ScoredSides {
  std::vector<Number> window, baseline;

  void clear() {
    window.clear();
    baseline.clear();
  }
  /// The chance that a row of the window scores over one of the baseline, ties half; 0.5 where one side is missing. Sorts the shorter side.
  double auc() {
    if (window.empty() || baseline.empty()) return 0.5;
    const bool window_is_less = window.size() < baseline.size();
    std::vector<Number>& few = window_is_less ? window : baseline;
    std::sort(few.begin(), few.end());
    return window_is_less ? share_below(baseline, few) : 1 - share_below(window, few);
  }

 private:
  /// The chance that one of `many` is below one of `few`, which is sorted. O(many log few).
  static double share_below(const std::vector<Number>& many, const std::vector<Number>& few) {
    size_t won = 0, tied = 0;
    for (const Number value : many) {
      const Number* at = few.data();
      for (size_t left = few.size(); left > 0;) {  // the first that is not below; without a branch that nobody can foresee
        const size_t half = left / 2;
        const bool below = at[half] < value;
        at = below ? at + half + 1 : at;
        left = below ? left - half - 1 : half;
      }
      const Number* const end = few.data() + few.size();
      won += static_cast<size_t>(end - at);
      for (; at != end && *at == value; ++at) --won, ++tied;
    }
    return (static_cast<double>(won) + static_cast<double>(tied) / 2) / (static_cast<double>(many.size()) * static_cast<double>(few.size()));
  }
};

}  // namespace monitorai::judge
