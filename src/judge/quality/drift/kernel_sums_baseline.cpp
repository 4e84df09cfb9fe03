#define MAI_KERNEL kernel_sums_baseline
#include "judge/quality/drift/kernel_sums_body.h"
