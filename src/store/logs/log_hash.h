#pragma once
// The adapter of xxHash for streams and lines. Both hashes have a seed of the process's own, so that nobody can choose lines or labels
// that meet in one: two streams do with a probability of n^2 / 2^129, two lines of a block with n^2 / 2^65.

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "signals/logs.h"

namespace monitorai::store {

struct StreamHash {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const StreamHash&) const = default;
};

StreamHash stream_hash(std::span<const signals::LabelView> labels, uint64_t seed);
/// Of time, text and structured metadata.
uint64_t line_hash(int64_t time_ns, std::string_view line, std::span<const signals::LabelView> metadata, uint64_t seed);

}  // namespace monitorai::store

template <>
struct std::hash<monitorai::store::StreamHash> {
  size_t operator()(const monitorai::store::StreamHash& of) const { return of.low; }
};
