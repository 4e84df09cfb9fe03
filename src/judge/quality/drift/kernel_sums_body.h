// No include guard: each kernel_sums_*.cpp includes this once with MAI_KERNEL naming its namespace. Vectors are the compiler's own, so that
// each file's options make what its CPU has of them.

#include <cstring>

#include "judge/quality/drift/kernel_sums.h"

namespace monitorai::judge::MAI_KERNEL {
namespace {

constexpr size_t kRowsAtOnce = 4;  // as many sums as stay in registers
using Lanes = float __attribute__((vector_size(kWindowsAtOnce * sizeof(float))));

inline void load(Lanes& lanes, const float* from) { std::memcpy(&lanes, from, sizeof lanes); }

inline void add(double* sums, const Lanes& of_row, const Lanes& in_window) {
  for (size_t w = 0; w < kWindowsAtOnce; ++w) sums[w] += 2 * static_cast<double>(of_row[w] * in_window[w]);
}

}  // namespace

void run(const float* kernel, size_t rows, const float* in_window, double* sums) {
  for (size_t w = 0; w < kWindowsAtOnce; ++w) sums[w] = 0;
  for (size_t begin = 0; begin < rows; begin += kRowsAtOnce) {
    const size_t count = rows - begin < kRowsAtOnce ? rows - begin : kRowsAtOnce;
    const float* line[kRowsAtOnce];
    for (size_t r = 0; r < kRowsAtOnce; ++r) line[r] = kernel + (begin + (r < count ? r : 0)) * rows;
    Lanes a{}, b{}, c{}, d{}, one;
    for (size_t j = 0; j < begin; ++j) {
      load(one, in_window + j * kWindowsAtOnce);
      a += line[0][j] * one;
      b += line[1][j] * one;
      c += line[2][j] * one;
      d += line[3][j] * one;
    }
    Lanes of_row[kRowsAtOnce] = {a, b, c, d};
    for (size_t r = 0; r < count; ++r) {
      for (size_t j = begin; j < begin + r; ++j) {  // the corner at the diagonal
        load(one, in_window + j * kWindowsAtOnce);
        of_row[r] += line[r][j] * one;
      }
      load(one, in_window + (begin + r) * kWindowsAtOnce);
      add(sums, of_row[r], one);
    }
  }
}

}  // namespace monitorai::judge::MAI_KERNEL
