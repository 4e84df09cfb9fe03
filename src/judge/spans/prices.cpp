#include "judge/spans/prices.h"

#include <algorithm>

namespace monitorai::judge {
namespace {

constexpr double kTokensOfPrice = 1e6;

bool fits(std::string_view pattern, std::string_view model) {
  if (!pattern.ends_with('*')) return pattern == model;
  return model.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

std::optional<double> cost_of(const GenAiCall& call, std::span<const ModelPrice> prices) {
  const auto price = std::find_if(prices.begin(), prices.end(), [&](const ModelPrice& one) { return fits(one.model, call.model); });
  if (price == prices.end() || (!call.input_tokens && !call.output_tokens)) return std::nullopt;
  const auto input = static_cast<double>(call.input_tokens.value_or(0));
  const double cached = std::min(input, static_cast<double>(call.cached_tokens.value_or(0)));
  const double of_cached = price->cached < 0 ? price->input : price->cached;
  return ((input - cached) * price->input + cached * of_cached + static_cast<double>(call.output_tokens.value_or(0)) * price->output) / kTokensOfPrice;
}

}  // namespace monitorai::judge
