#pragma once
// The adapter of xxHash. A series is identified by 128 bits over its labels: with a seed of the process's own, two different series
// meet in one hash with a probability of n^2 / 2^129, so that an equal hash counts as an equal series.

#include <cstdint>
#include <span>
#include <string_view>

#include "signals/samples.h"

namespace monitorai::store {

struct SeriesHash {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const SeriesHash&) const = default;
};

SeriesHash series_hash(std::span<const signals::LabelView> labels, uint64_t seed);
uint32_t pair_hash(uint32_t name, std::string_view value);

}  // namespace monitorai::store
