#pragma once
// What chance alone does: the null of a test by exchanging rows between baseline and window, in blocks where neighbours resemble each
// other (traffic does: users ask in bursts), and the correction for asking many questions at once.

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace monitorai::judge {

/// Draws which rows are the window. Rows are in order of time: those of the baseline, then those of the window. Seeded, one thread.
class BlockPermutation {
 public:
  /// A block does not reach from the baseline into the window; block 1 exchanges single rows. All sizes at least 1.
  BlockPermutation(size_t baseline_rows, size_t window_rows, size_t block, uint64_t seed);
  /// in_window gets 1 for exactly window_rows of the rows.
  void draw(std::span<uint8_t> in_window);

 private:
  struct Block {
    size_t begin, size;
  };
  size_t window_rows_;
  std::vector<Block> blocks_;
  std::mt19937_64 random_;
};

/// The integrated autocorrelation time (1 + 2 sum of correlations up to the first that chance explains), at least 1: one row in that many
/// is news. 1 for fewer than 20 rows and for constant ones.
double autocorrelation_time(std::span<const double> in_order);
/// The block that keeps such rows together: 6 times as long, 1 where neighbours are independent, at most the window.
size_t block_length(double correlation_time, size_t window_rows);

/// (1 + those at least as large as observed) / (1 + all): valid at any number of draws (Phipson and Smyth, 2010).
double permutation_p(double observed, std::span<const double> null);

/// Benjamini and Hochberg (1995): p values such that rejecting all below q makes at most a share q of the rejections false.
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace monitorai::judge
