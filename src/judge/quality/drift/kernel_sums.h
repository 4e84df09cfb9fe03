#pragma once
// The inner loop of a permutation test of MMD, compiled for several kinds of CPU: of many ways to draw a window, the sum of a kernel over
// its pairs. kernel_sums() picks at run time. Pure functions on plain arrays, any thread.

#include <cstddef>

namespace monitorai::judge {

constexpr size_t kWindowsAtOnce = 16;

/// kernel: symmetric [rows x rows], its diagonal 0. in_window: [rows x kWindowsAtOnce], 1 where a row is in that window, else 0.
/// sums[w]: over all ordered pairs of rows in window w. O(rows^2), in single precision along a row and double over rows.
using KernelSums = void (*)(const float* kernel, size_t rows, const float* in_window, double* sums);

/// The fastest of this CPU.
KernelSums kernel_sums();

namespace kernel_sums_baseline {
void run(const float* kernel, size_t rows, const float* in_window, double* sums);
}
namespace kernel_sums_avx2 {
void run(const float* kernel, size_t rows, const float* in_window, double* sums);
}
namespace kernel_sums_avx512 {
void run(const float* kernel, size_t rows, const float* in_window, double* sums);
}

}  // namespace monitorai::judge
