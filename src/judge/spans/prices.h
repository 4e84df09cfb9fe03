#pragma once
// What tokens of models cost, as the user said. Pure; any thread.

#include <span>
#include <string>

#include "judge/spans/genai.h"

namespace monitorai::judge {

/// Dollars for a million tokens.
struct ModelPrice {
  std::string model;  ///< as spans name it; may end with '*'
  double input = 0;
  double output = 0;
  double cached = -1;  ///< of the input, read from a cache; below 0: as `input`
};

/// The cost of a call in dollars by the first price that fits its model; nullopt when none does.
std::optional<double> cost_of(const GenAiCall& call, std::span<const ModelPrice> prices);

}  // namespace monitorai::judge
