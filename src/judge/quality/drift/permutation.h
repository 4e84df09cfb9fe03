#pragma once
// What chance alone does: the null of a test by exchanging rows between baseline and window, in blocks where neighbours resemble each
// other (traffic does: users ask in bursts), and the correction for asking many questions at once.

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace monitorai::judge {

/// Where runs of rows may begin.
enum class Grid {
  rotating,  ///< anywhere: rows lie on a circle that is cut anew for each draw
  fixed,     ///< at multiples of the block: for rows thinned in such runs, whose neighbours are neighbours only within a run
};

/// Draws which rows are the window: as many, in runs of `block` that lie anywhere in baseline and window. A run as long as the window is a
/// shift of it along the circle, which keeps every dependence of neighbours (Politis and Romano, 1992). Rows are in order of time: those
/// of the baseline, then those of the window. Seeded, one thread.
class BlockPermutation {
 public:
  /// Block 1 exchanges single rows. All sizes at least 1.
  BlockPermutation(size_t baseline_rows, size_t window_rows, size_t block, Grid grid, uint64_t seed);
  /// in_window gets 1 for exactly window_rows of the rows.
  void draw(std::span<uint8_t> in_window);

 private:
  struct Block {
    size_t begin, size;
  };
  size_t rows_, window_rows_;
  Grid grid_;
  std::vector<Block> blocks_;
  std::mt19937_64 random_;
};

/// The integrated autocorrelation time (1 + 2 sum of correlations up to the first that chance explains), at least 1: one row in that many
/// is news. 1 for fewer than 20 rows and for constant ones.
double autocorrelation_time(std::span<const double> in_order);
/// The block that keeps such rows together: 12 times as long, so that what is lost at its ends is small; 1 where neighbours are independent,
/// at most the window.
size_t block_length(double correlation_time, size_t window_rows);
/// The same for statistics that multiply rows by rows (what one half teaches times what the other shows, kernels of pairs): what blocks lose
/// at their ends counts twice there, so they are twice as long.
size_t block_length_of_products(double correlation_time, size_t window_rows);

/// (1 + those at least as large as observed) / (1 + all): valid at any number of draws (Phipson and Smyth, 2010).
double permutation_p(double observed, std::span<const double> null);

/// The value that a share `level` of these stay at or below; 0 of none.
double quantile_of(std::vector<double> values, double level);

/// Benjamini and Hochberg (1995): p values such that rejecting all below q makes at most a share q of the rejections false.
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace monitorai::judge
