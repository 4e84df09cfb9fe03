#pragma once
// Concept drift: are the same inputs answered (scored, labelled) otherwise than before? The distribution of scores alone cannot tell: it
// moves as soon as the inputs do. Here scores are compared at like inputs, so that new inputs alone raise no alarm.
//
// Method: scores of baseline and window together are regressed on features of the inputs: their principal directions, their squares,
// nearness to landmarks, and a balancing score (how typical of the window an input is; Rosenbaum and Rubin, 1983), which is what new inputs
// could mislead by. What is left over is tested for any effect of "is in the window": on the level, along the fitted score, and along the
// strongest directions of the inputs. Each of these labels is itself freed of what the inputs explain (the orthogonal score of Chernozhukov
// et al., 2018), and each statistic is divided by its own standard error (Janssen, 1997), so that inputs whose scores scatter more mislead
// nobody. The null of the largest of them exchanges the left-over scores (Freedman and Lane, 1983), in blocks where neighbours resemble
// each other. Pure.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "judge/quality/drift/distinguish.h"

namespace monitorai::judge {

struct ConceptDrift : Distinguished {
  /// What 0 ... 1 of the score means here: the largest gap between two normal distributions of the left-over scores that lie as far apart.
  double level_change = 0;   ///< of scores at like inputs, in their own unit
  double overlap = 1;        ///< how much of the window has its like in the baseline, 0 ... 1: near 0 nobody can tell
  std::string what_changed;  ///< the strongest effect, as a sentence
};

/// inputs: a row a score, in order of time, finite, of the same width on both sides, in units that can be compared. Thinned to 2000 + 1000
/// rows. nullopt where it cannot be told: below kWindowRowsMin rows on a side, or scores or inputs without variation.
std::optional<ConceptDrift> concept_drift(const Matrix& baseline_inputs, std::span<const double> baseline_scores,
                                          const Matrix& window_inputs, std::span<const double> window_scores, const NullOptions& options);

}  // namespace monitorai::judge
