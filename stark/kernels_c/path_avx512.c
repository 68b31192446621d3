#if defined(__x86_64__)
#include "lanes_avx512.h"

#include "path.h"

const struct kernels kernels_avx512 = KERNELS("avx512");

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
