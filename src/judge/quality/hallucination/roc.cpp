#include "judge/quality/hallucination/roc.h"

#include <algorithm>
#include <utility>

#include "judge/quality/drift/embedding_distance.h"

namespace monitorai::judge {

Operating best_threshold(std::span<const double> scores, std::span<const uint8_t> positive) {
  std::vector<std::pair<double, uint8_t>> order;
  for (size_t i = 0; i < scores.size(); ++i) order.emplace_back(scores[i], positive[i]);
  std::sort(order.begin(), order.end());
  const double positives = static_cast<double>(std::count(positive.begin(), positive.end(), uint8_t{1}));
  const double negatives = static_cast<double>(positive.size()) - positives;
  Operating out;
  out.auc = roc_auc(scores, positive);
  double best = -1, missed = 0, cleared = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const double sensitivity = (positives - missed) / positives, specificity = cleared / negatives;
    if ((i == 0 || order[i].first != order[i - 1].first) && sensitivity + specificity > best) {
      best = sensitivity + specificity;
      out.threshold = i == 0 ? order[i].first : (order[i].first + order[i - 1].first) / 2;
      out.sensitivity = sensitivity;
      out.specificity = specificity;
    }
    (order[i].second != 0 ? missed : cleared) += 1;
  }
  return out;
}

}  // namespace monitorai::judge
