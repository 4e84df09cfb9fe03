#pragma once
// MonitorAI's own drift test: can the window be told from the baseline, and would chance do it as well? p comes from permutations, in
// blocks where rows depend on their neighbours, so that 5 % means 5 % at every size; the score says how much has changed, which p does not.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "judge/quality/drift/matrix.h"

namespace monitorai::judge {

constexpr size_t kWindowRowsMin = 30;  ///< below it no verdict is given

struct NullOptions {
  size_t permutations = 399;
  size_t block = 0;  ///< rows exchanged together; 0: by the autocorrelation of the rows
  uint64_t seed = 1;
};

struct Distinguished {
  double score = 0;  ///< 0 the same, 1 wholly different: 2 AUC - 1, the Kolmogorov-Smirnov distance, or the share of categories moved
  double p = 1;
  double null_score_95 = 0;     ///< the score that 95 of 100 permutations stay below
  double correlation_time = 1;  ///< one row in so many is news: neighbours resemble each other where it is above 1
  size_t block = 1;             ///< rows exchanged together
  size_t baseline_rows = 0, window_rows = 0;  ///< compared (large samples are thinned)
};

/// Embeddings: two tests in one. A domain classifier (linear discriminant, two folds, each judged on the other: its AUC gives the score)
/// finds moved means; MMD with an RBF kernel finds any change of shape. p is that of the smaller of their p values under the same
/// permutations. Thinned to 2000 + 1000 rows. Rows in order of time; not empty, same width, finite.
struct DistinguishedEmbeddings : Distinguished {
  double auc = 0.5, auc_p = 1;
  double mmd = 0, mmd_p = 1;
  std::vector<size_t> least_alike;  ///< rows of the window that the discriminant finds most typical of what is new, at most 5
};
DistinguishedEmbeddings distinguish_embeddings(const Matrix& baseline, const Matrix& window, const NullOptions& options);

/// Numbers, by Kolmogorov-Smirnov distance. Thinned to 20,000 + 20,000.
Distinguished distinguish_numbers(std::span<const double> baseline, std::span<const double> window, const NullOptions& options);

/// Categories, by the chi-square of the table. Thinned to 20,000 + 20,000.
Distinguished distinguish_categories(std::span<const std::string> baseline, std::span<const std::string> window,
                                     const NullOptions& options);

}  // namespace monitorai::judge
