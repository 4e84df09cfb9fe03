#pragma once
// The laws behind kolmogorov.h: counting lattice paths, eight limits at a time. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

namespace monitorai::judge {

constexpr size_t kPathLanes = 8;

/// For each step h (rising, at most kPathLanes): the share of the paths from (0, 0) to (n1, n2) that touch |x / n1 - y / n2| >= h / lcm.
/// O(n1 n2 h / lcm).
void share_of_paths_outside(size_t n1, size_t n2, std::span<const int64_t> steps, std::span<double> out);

}  // namespace monitorai::judge
