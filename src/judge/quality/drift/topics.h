#pragma once
// What people ask about, and what has grown: baseline and window cut into clusters together (spherical k-means, k-means++ by a fixed
// seed), each with its share before and now. The prompts nearest to the centre of a cluster that has grown say what is new.

#include <cstdint>
#include <string>
#include <vector>

#include "judge/quality/drift/matrix.h"

namespace monitorai::judge {

struct TopicChange {
  double share_before = 0, share_now = 0;
  double surprise = 0;                 ///< standard errors of the difference of the shares
  std::vector<size_t> nearest{};       ///< rows of the window, nearest to the centre first, at most 5
  std::vector<std::string> prompts{};  ///< their texts, where they are kept
};

constexpr double kTopicSurpriseMin = 4;  ///< of so many clusters some differ by chance

/// Clusters whose share has grown beyond chance (kTopicSurpriseMin), the most surprising first. Rows are embeddings of length 1 (or 0).
std::vector<TopicChange> growing_topics(const Matrix& baseline, const Matrix& window, size_t clusters = 12, uint64_t seed = 1);

}  // namespace monitorai::judge
