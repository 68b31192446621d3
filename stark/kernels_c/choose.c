#include <string.h>

#include "kernels.h"

#if defined(__x86_64__)
static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"); }

static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

const struct kernels *kernels_choose(const char *name) {
    int any = name[0] == 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if ((any || !strcmp(name, "avx512")) && has_avx512()) return &kernels_avx512;
    if ((any || !strcmp(name, "avx2")) && has_avx2()) return &kernels_avx2;
#endif
    return any || !strcmp(name, "scalar") ? &kernels_scalar : NULL;
}
