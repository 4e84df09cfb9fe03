#pragma once
// Evidently's four methods for embeddings, with its numbers, and the area under the ROC curve. Matrices of the same width, not empty.

#include <cstdint>

#include "judge/quality/drift/matrix.h"

namespace monitorai::judge {

enum class Metric { euclidean, cosine, cityblock, chebyshev };

/// Between the means of the rows (Evidently "distance"; its threshold is 0.2). Cosine distance, 1 - cos, is NaN where a mean is 0.
double distance_of_means(Metric metric, const Matrix& baseline, const Matrix& window);
/// The share of components whose normed Wasserstein distance is at least this (Evidently "ratio" with 0.1; its threshold is 0.2).
double share_of_moved_components(const Matrix& baseline, const Matrix& window, double distance_min = 0.1);
/// Unbiased MMD^2 with an RBF kernel of gamma 1 / median distance^2, at least 0 (Evidently "mmd"; its threshold is 0.015). The median is
/// over all pairs where no side has over 1000 rows, else over 1000 rows evenly spread (Evidently draws them). At least two rows each.
double mmd(const Matrix& baseline, const Matrix& window);

/// The chance that a positive scores over a negative, ties half (sklearn.metrics.roc_auc_score). NaN where one of the kinds is missing.
double roc_auc(std::span<const double> scores, std::span<const uint8_t> positive);

}  // namespace monitorai::judge
