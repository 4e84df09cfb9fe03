// .npy files of strangers: what is accepted has the shape that it says.

#include "base/check.h"
#include "judge/quality/input/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const auto matrix = judge::parse_npy({reinterpret_cast<const char*>(bytes), size});
  if (matrix) MAI_CHECK(matrix->values.size() == matrix->rows * matrix->columns && matrix->values.size() <= size);
  return 0;
}
