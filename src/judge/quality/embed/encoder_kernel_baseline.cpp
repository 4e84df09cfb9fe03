#include <vector>

#define MAI_KERNEL kernel_baseline
#include "judge/quality/embed/encoder_kernel_body.h"
