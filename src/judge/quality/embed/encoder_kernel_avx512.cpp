#if defined(__x86_64__)
#include <vector>

#define MAI_KERNEL kernel_avx512
#include "judge/quality/embed/encoder_kernel_body.h"
#endif
