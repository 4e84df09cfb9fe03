#pragma once
// The two-sample Kolmogorov-Smirnov test: how far two cumulative distributions are apart, and how often chance alone puts them so far.
// Equal to scipy.stats.ks_2samp: exact p where no sample is over kExactRowsMax, else the limit by effective n (kstwo). Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace monitorai::judge {

constexpr size_t kExactRowsMax = 10'000;  ///< scipy's MAX_AUTO_N

/// The largest distance of the two cumulative distributions, in [0, 1]. Both are sorted and not empty.
double ks_distance(std::span<const double> baseline, std::span<const double> window);

/// P(distance >= this) of two samples of these sizes from one distribution without ties, for each distance; exact, by counting lattice
/// paths (Hodges 1957; R's and scipy's recursion; see lattice_paths.h).
std::vector<double> ks_exact_p(size_t n1, size_t n2, std::span<const double> distances);
/// P(D_n > d) of the one-sample statistic: Marsaglia, Tsang, Wang (2003) for small n, Pelz and Good (1976) or twice the one-sided law
/// elsewhere; within 1e-9 of scipy's kstwo.sf.
double ks_limit_p(size_t n, double d);
/// What ks_2samp(method="auto") gives.
std::vector<double> ks_p(size_t n1, size_t n2, std::span<const double> distances);

}  // namespace monitorai::judge
