#pragma once
// Fewer rows of many, in runs, so that what neighbours have to do with each other is kept.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace monitorai::judge {

/// At most rows_max of `rows` row numbers, rising: all of them, or runs of `run` rows evenly spread.
inline std::vector<size_t> thin(size_t rows, size_t rows_max, size_t run) {
  std::vector<size_t> out;
  run = std::clamp<size_t>(run, 1, rows_max);
  const size_t runs = rows <= rows_max ? 1 : rows_max / run, length = rows <= rows_max ? rows : run;
  for (size_t i = 0; i < runs; ++i)
    for (size_t k = 0; k < length; ++k) out.push_back(i * rows / runs + k);
  return out;
}

}  // namespace monitorai::judge
