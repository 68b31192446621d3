#if defined(__x86_64__)
#include "lanes_avx2.h"

#include "path.h"

const struct kernels kernels_avx2 = KERNELS("avx2");

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
