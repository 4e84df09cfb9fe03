#if defined(__x86_64__)
#define MAI_KERNEL kernel_sums_avx512
#include "judge/quality/drift/kernel_sums_body.h"
#endif
