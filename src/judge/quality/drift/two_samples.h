#pragma once
// Distances of two samples of one number, under the definitions (and with the numbers) of scipy and Evidently. Samples are sorted, finite
// and not empty.

#include <cstddef>
#include <span>

namespace monitorai::judge {

struct TestResult {
  double statistic = 0;
  double p = 1;
};

/// The area between the two cumulative distributions (scipy.stats.wasserstein_distance).
double wasserstein(std::span<const double> a, std::span<const double> b);
/// The same in standard deviations of the baseline, which count at least 0.001 (Evidently "wasserstein").
double wasserstein_normed(std::span<const double> baseline, std::span<const double> window);
/// sqrt(2 * integral (F - G)^2) (scipy.stats.energy_distance, Evidently "ed").
double energy(std::span<const double> a, std::span<const double> b);
/// Scholz and Stephens (1987), midranks; p from their table, so within [0.001, 0.25] (scipy.stats.anderson_ksamp). The statistic is NaN
/// where fewer than two values differ or there are fewer than four rows.
TestResult anderson_darling(std::span<const double> a, std::span<const double> b);
/// Anderson (1962); exact where no sample is over 20 rows, else by the limit law (scipy.stats.cramervonmises_2samp). At least 2 rows each.
TestResult cramer_von_mises(std::span<const double> a, std::span<const double> b);
/// Evidently's "empirical_mmd": MMD^2 with an RBF kernel whose width is the median squared distance within the baseline. O((n + m)^2).
double mmd_of_numbers(std::span<const double> baseline, std::span<const double> window);

double mean(std::span<const double> values);
/// Of the population (divided by n).
double deviation(std::span<const double> values);

}  // namespace monitorai::judge
