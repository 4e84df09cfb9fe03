#pragma once
// scikit-learn's SGDClassifier(random_state=42) of two classes, as Evidently's domain classifiers use it, number by number: the order in
// which rows come, the steps, the penalties and where it stops are those of _sgd_fast.pyx and _weight_vector.pyx (release 1.9.1). The first
// steps are so wide that they turn the rounding of a sum into another result, so every sum is added up in its order.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace monitorai::judge {

/// A row: numbers of some features; all others are 0.
struct FeatureRow {
  std::span<const uint32_t> features;
  std::span<const double> numbers;  ///< as many
};

enum class SgdLoss { modified_huber, log };
enum class SgdPenalty { l1, l2 };

struct SgdOptions {
  SgdLoss loss = SgdLoss::log;
  SgdPenalty penalty = SgdPenalty::l2;
  size_t epochs_max = 1000;
  double intercept_decay = 1;  ///< 0.01 for sparse rows
};

class SgdClassifier {
 public:
  /// positive: 1 or 0 for each row. nullopt where the descent leaves the finite numbers (there scikit-learn ends in an error).
  static std::optional<SgdClassifier> fit(std::span<const FeatureRow> rows, std::span<const uint8_t> positive, size_t features, const SgdOptions& options);
  /// The decision function: over 0 where the row is rather positive.
  double decide(const FeatureRow& row) const;
  /// predict_proba of the positive class.
  double probability(const FeatureRow& row) const;

 private:
  explicit SgdClassifier(size_t features, const SgdOptions& options);
  double dot(const FeatureRow& row) const;
  void add(const FeatureRow& row, double factor);
  void shrink(double factor);
  void unscale();
  void penalise(const FeatureRow& row);
  /// Adds what the row adds to the objective.
  void step(const FeatureRow& row, bool positive, double& objective);
  bool finite() const;

  SgdOptions options_;
  std::vector<double> weights_, paid_;  ///< what L1 has taken off each weight
  double scale_ = 1;                    ///< of all weights
  double intercept_ = 0, penalty_ = 0, steps_ = 0;
  double squares_ = 0, length_ = 0;  ///< L2 squared and L1, of the features of the last row that changed any: scikit-learn's own idea of it
};

}  // namespace monitorai::judge
