#pragma once
// The two-sample Kolmogorov-Smirnov test: how far two cumulative distributions are apart, and how often chance alone puts them so far.
// Equal to scipy.stats.ks_2samp: exact p where no sample is over kExactRowsMax, else the limit by effective n (kstwo). What is sorted
// once is a baseline; a window of new values is compared in O(window log baseline).

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace monitorai::judge {

constexpr size_t kExactRowsMax = 10'000;  ///< scipy's MAX_AUTO_N

/// The largest distance of the two cumulative distributions, in [0, 1]. Both are sorted and not empty.
double ks_distance(std::span<const double> baseline, std::span<const double> window);

/// P(distance >= this) of two samples of these sizes from one distribution without ties, for each distance; exact, by counting lattice
/// paths (Hodges 1957; R's and scipy's recursion), eight distances at a time.
std::vector<double> ks_exact_p(size_t n1, size_t n2, std::span<const double> distances);
/// P(D_n > d) of the one-sample statistic: Marsaglia, Tsang, Wang (2003) for small n, Pelz and Good (1976) or twice the one-sided law
/// elsewhere; within 1e-9 of scipy's kstwo.sf.
double ks_limit_p(size_t n, double d);
/// What ks_2samp(method="auto") gives.
std::vector<double> ks_p(size_t n1, size_t n2, std::span<const double> distances);

struct KsResult {
  double distance = 0;
  double p = 1;
};

/// Columns of numbers, each sorted once, for many windows.
class KsBaseline {
 public:
  /// columns: rows of `rows` values each, column after column (column-major). All finite.
  KsBaseline(std::span<const double> values, size_t rows);
  size_t rows() const { return rows_; }
  size_t columns() const { return sorted_.size() / rows_; }
  std::span<const double> column(size_t index) const { return std::span(sorted_).subspan(index * rows_, rows_); }
  /// Each column against the same column of a window (column-major, too). The number of columns is the same.
  std::vector<KsResult> compare(std::span<const double> window, size_t window_rows) const;

 private:
  size_t rows_;
  std::vector<double> sorted_;
};

}  // namespace monitorai::judge
