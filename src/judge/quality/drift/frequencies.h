#pragma once
// Distances of two tables of counts: numbers put into bins, or categories; under the definitions (and with the numbers) of Evidently.

#include <span>
#include <string>
#include <vector>

#include "judge/quality/drift/two_samples.h"

namespace monitorai::judge {

/// How often each bin or category occurs in the baseline and in the window; of the same size.
struct Counts {
  std::vector<double> baseline, window;
};

/// Evidently's bins: Sturges' over both samples where the baseline has over 20 different values, else one a value. Sorted samples.
Counts bin(std::span<const double> baseline, std::span<const double> window);
Counts count_categories(std::span<const std::string> baseline, std::span<const std::string> window);

/// Population stability index; empty bins count 0.0001 (or a millionth of the least share, where that is smaller).
double psi(const Counts& counts);
/// Kullback-Leibler divergence of the baseline from the window, natural logarithm, empty bins as for psi.
double kl_divergence(const Counts& counts);
/// Jensen-Shannon distance: the root of the divergence, natural logarithm; in [0, sqrt(ln 2)].
double jensen_shannon(const Counts& counts);
/// sqrt(1 - sum sqrt(p q)), in [0, 1].
double hellinger(const Counts& counts);
/// Evidently's Hellinger distance of numbers, whose bins are Sturges' over the different values. Sorted samples.
double hellinger_of_numbers(std::span<const double> baseline, std::span<const double> window);
/// Half the sum of |p - q|: the share of the window that would have to move. In [0, 1].
double total_variation(const Counts& counts);

/// Evidently's chi-square: the window against the baseline's shares taken as exact, so it alarms too often. Infinite with p = 0 where the
/// window has what the baseline lacks.
TestResult chi_square_of_shares(const Counts& counts);
/// The right one: the 2 x k contingency table (scipy.stats.chi2_contingency without correction).
TestResult chi_square_of_table(const Counts& counts);
/// Two-sided z of two proportions, pooled (Evidently "z"): rows that are not the first category, in two categories.
TestResult z_of_proportions(const Counts& counts);

}  // namespace monitorai::judge
