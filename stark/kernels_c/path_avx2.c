#include "lanes_scalar.h"

#include "path.h"

const struct kernels kernels_avx2 = KERNELS("avx2");
