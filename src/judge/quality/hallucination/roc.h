#pragma once
// Fitting and reading a detector: logistic regression, and the point of its ROC curve where it works best.

#include <cstdint>
#include <span>
#include <vector>

namespace monitorai::judge {

/// Weights of each column and, last, the intercept: ridge-penalised maximum likelihood by Newton's method. At least one row.
std::vector<double> fit_logistic(const std::vector<std::vector<double>>& rows, std::span<const uint8_t> positive, double ridge);

struct Operating {
  double auc = 0.5;
  double threshold = 0.5;  ///< scores from here on are positive: where sensitivity + specificity is largest (Youden, 1950)
  double sensitivity = 0, specificity = 0;
};
/// Both kinds occur.
Operating best_threshold(std::span<const double> scores, std::span<const uint8_t> positive);

}  // namespace monitorai::judge
