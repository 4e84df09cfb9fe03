#pragma once
// The adapter of xxHash. A series is identified by 128 bits over its labels: with a seed of the process's own, two different series
// meet in one hash with a probability of n^2 / 2^129, so that an equal hash counts as an equal series. What is hashed are the labels as
// signals::UnreadSeries::encoded() describes them, so that a well-behaved sender's bytes need not be read to find the series.

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
/// The same hash from the labels' encoding.
SeriesHash series_hash(std::string_view encoded_labels, uint64_t seed);
uint32_t pair_hash(uint32_t name, std::string_view value);

}  // namespace monitorai::store
