#pragma once
// Lattice paths that leave a band around the diagonal: the exact law of the two-sample Kolmogorov-Smirnov distance (Hodges, "The
// significance probability of the Smirnov two-sample test", 1957). Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace monitorai::judge {

/// For each step h (rising, each once): the share of the paths from (0, 0) to (n1, n2), by steps of 1 right or up, that touch
/// |x / n1 - y / n2| >= h / lcm(n1, n2). Within 1e-11 of itself while it is over 1e-150. O(n1 n2 h / lcm) for eight of them.
std::vector<double> share_of_paths_outside(size_t n1, size_t n2, std::span<const int64_t> steps);

}  // namespace monitorai::judge
