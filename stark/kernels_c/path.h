/* All kernels over the lanes that were included before; a path is this file once. */
#include "transform.h"
#include "hashing.h"
#include "interpreter.h"
#include "sums.h"
#include "points.h"

#define KERNELS(path)                                                                       \
    {path,          transform,   transform_words, hash_rows,    grind,           run_program, \
     cubic_inverse, barycentric, deep_quotient,   combine_rows, combine_columns, fold}
