#pragma once
// NumPy's .npy files (format versions 1 to 3; numpy.lib.format is the reference): one matrix of numbers.

#include <string_view>

#include "base/result.h"
#include "judge/quality/drift/matrix.h"

namespace monitorai::judge {

constexpr size_t kNpyValuesMax = size_t{1} << 28;

/// Little-endian float16, float32, float64 and integers of 1 to 8 bytes, in C or Fortran order; one dimension gives a column. Other types,
/// shapes and lengths are Code::invalid.
Result<Matrix> parse_npy(std::string_view bytes);

}  // namespace monitorai::judge
