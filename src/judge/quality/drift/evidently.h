#pragma once
// Evidently's tests of a column under their names, with its thresholds, for those who compare with it. Its defaults raise false alarms on
// small windows (docs/quality.md has the rates); the report's own verdict does not use them.

#include <string_view>
#include <vector>

#include "judge/quality/input/dataset.h"

namespace monitorai::judge {

struct NamedTest {
  std::string_view name;
  double value = 0;
  double threshold = 0;
  bool drifted = false;
  bool by_default = false;  ///< Evidently would choose this one for the column
};

std::vector<NamedTest> evidently_of_numbers(std::span<const double> baseline, std::span<const double> window);
std::vector<NamedTest> evidently_of_categories(std::span<const std::string> baseline, std::span<const std::string> window);
/// None where nothing can be learnt (evidently_text.h).
std::vector<NamedTest> evidently_of_texts(std::span<const std::string> baseline, std::span<const std::string> window);
/// Finite numbers, not empty, same width. Without "model" for over 20 million numbers, and where it cannot be taught (evidently_model.h).
std::vector<NamedTest> evidently_of_embeddings(const Matrix& baseline, const Matrix& window);

}  // namespace monitorai::judge
