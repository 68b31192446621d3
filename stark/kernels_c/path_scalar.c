#include "lanes_scalar.h"

#include "path.h"

const struct kernels kernels_scalar = KERNELS("scalar");
