#include "judge/quality/embed/encoder_kernel.h"

namespace monitorai::judge {
namespace {

enum class Cpu { baseline, avx2, avx512 };

Cpu cpu() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return Cpu::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Cpu::avx2;
#endif
  return Cpu::baseline;
}

}  // namespace

EncoderKernel encoder_kernel() {
  switch (cpu()) {
#if defined(__x86_64__)
    case Cpu::avx512: return kernel_avx512::run;
    case Cpu::avx2: return kernel_avx2::run;
#endif
    default: return kernel_baseline::run;
  }
}

const char* encoder_kernel_name() { return cpu() == Cpu::avx512 ? "AVX-512" : cpu() == Cpu::avx2 ? "AVX2" : "baseline"; }

}  // namespace monitorai::judge
