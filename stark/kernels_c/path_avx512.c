#include "lanes_scalar.h"

#include "path.h"

const struct kernels kernels_avx512 = KERNELS("avx512");
