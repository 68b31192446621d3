#include "roots.h"

#include <stdlib.h>

#include "kernels.h"

const u64 *tile_roots[2][MAX_LOG_TILE + 1];

static int build_table(unsigned log_size, int inverse) {
    size_t size = (size_t)1 << log_size, radix = (size_t)1 << log_radix(log_size);
    u64 *table = malloc(size * sizeof(u64));
    if (!table) return OUT_OF_MEMORY;
    u64 w = field_root(log_size), step = 1;
    if (inverse) w = field_inverse(w);
    for (size_t i = 0; i < size / radix; i++, step = field_mul(step, w)) {
        u64 power = 1;
        for (size_t j = 0; j < radix; j++, power = field_mul(power, step)) table[radix * i + j] = power;
    }
    tile_roots[inverse][log_size] = table;
    return 0;
}

int roots_build(void) {
    for (int inverse = 0; inverse < 2; inverse++)
        for (unsigned log_size = 4; log_size <= MAX_LOG_TILE; log_size++)
            if (!tile_roots[inverse][log_size] && build_table(log_size, inverse)) return OUT_OF_MEMORY;
    return 0;
}
