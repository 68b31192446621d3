// Singles and doubles, integers of all widths, comparisons, extremes and rounding modes.
#include "start.h"

static word state = 12345;

static unsigned next(void)
{
    state = state * 6364136223846793005ul + 1442695040888963407ul;
    return state >> 33;
}

static float series(float x)
{
    float term = 1, sum = 1;
    for (int i = 1; i < 12; i++) {
        term *= x / (float)i;
        sum += term;
    }
    return sum;
}

static word sort_and_count(void)
{
    double values[24];
    word swaps = 0;
    for (int i = 0; i < 24; i++)
        values[i] = ((double)(int)next() - 1e9) / (1 + next() % 100);
    for (int i = 1; i < 24; i++)
        for (int j = i; j > 0 && values[j] < values[j - 1]; j--, swaps++) {
            double other = values[j];
            values[j] = values[j - 1];
            values[j - 1] = other;
        }
    for (int i = 0; i < 24; i++)
        swaps = swaps * 31 + bits_of(values[i]);
    return swaps;
}

word run(void)
{
    word count = 0;
    for (int i = 0; i < 8; i++) {
        float single = series((float)(int)(next() % 2000 - 1000) / 300.0f);
        double value = single * 1e3;
        answer[count++] = bits_of(single);
        answer[count++] = (long)value;
        answer[count++] = (unsigned long)(value * value);
        answer[count++] = (int)value;
        answer[count++] = (unsigned)__builtin_fabs(value);
        answer[count++] = bits_of(__builtin_copysign(value, -1.0) / (double)(next() | 1));
        answer[count++] = bits_of((double)state * (float)(unsigned)state);
        answer[count++] = bits_of(__builtin_sqrtf(__builtin_fabsf(single)));
    }
    answer[count++] = sort_and_count();
    for (long mode = 0; mode < 5; mode++) {
        word flags;
        volatile double third = 3, one = 1, tiny = 0x1p-1060;
        __asm__ volatile("csrw frm, %0\ncsrw fflags, zero" : : "r"(mode));
        answer[count++] = bits_of(one / third);
        answer[count++] = bits_of((float)(tiny * one));
        answer[count++] = bits_of(tiny * tiny);
        answer[count++] = bits_of(0x1p1023 * (third + one));
        __asm__ volatile("csrr %0, fcsr" : "=r"(flags));
        answer[count++] = flags;
    }
    return count;
}
