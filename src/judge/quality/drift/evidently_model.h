#pragma once
// Evidently's test of embeddings named "model", its choice for them: a logistic classifier of baseline and window. Pure.

#include <optional>

#include "judge/quality/drift/matrix.h"

namespace monitorai::judge {

/// Every random number is that of Evidently's seeds: half of the rows teach an SGDClassifier (log loss, L2), the other half is judged.
struct EvidentlyModel {
  double auc = 0.5;            ///< of the baseline over the window
  double random_auc_95 = 0.5;  ///< what 95 of 100 random scores of the judged half stay below
};
/// nullopt where Evidently ends in an error: a half lacks rows of a side, numbers are not finite or grow beyond all bounds in the descent.
/// Matrices of the same width, not empty.
std::optional<EvidentlyModel> evidently_model(const Matrix& baseline, const Matrix& window);

}  // namespace monitorai::judge
