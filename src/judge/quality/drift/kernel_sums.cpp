#include "judge/quality/drift/kernel_sums.h"

namespace monitorai::judge {

KernelSums kernel_sums() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return kernel_sums_avx512::run;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return kernel_sums_avx2::run;
#endif
  return kernel_sums_baseline::run;
}

}  // namespace monitorai::judge
