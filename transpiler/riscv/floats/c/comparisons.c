/* Comparisons, the lesser and the greater of two, and classes. */
#include "number.h"

enum order { LESS = 1, EQUAL = 2, QUIET = 4 };

INLINE int is_less(word a, word b, int format)
{
    word size_a = magnitude(a, format), size_b = magnitude(b, format);
    if (sign_of(a ^ b, format))
        return sign_of(a, format);
    return sign_of(a, format) ? size_b < size_a : size_a < size_b;
}

INLINE result compare(word a, word b, int wanted, int format)
{
    a = take(a, format);
    b = take(b, format);
    if (is_nan(a, format) || is_nan(b, format)) {
        int is_quiet = wanted & QUIET && !is_signalling(a, format) && !is_signalling(b, format);
        return pair(0, is_quiet ? 0 : INVALID);
    }
    if (a == b || !(magnitude(a, format) | magnitude(b, format)))
        return pair((wanted & EQUAL) != 0, 0);
    return pair(wanted & LESS ? is_less(a, b, format) : 0, 0);
}

/* A number beside a NaN is the answer; -0 is less than 0. */
INLINE result choose(word a, word b, int is_least, int format)
{
    a = take(a, format);
    b = take(b, format);
    word flags = is_signalling(a, format) || is_signalling(b, format) ? INVALID : 0;
    if (is_nan(a, format))
        a = is_nan(b, format) ? canonical_nan(format) : b;
    else if (!is_nan(b, format) && is_less(b, a, format) == is_least)
        a = b;
    return put(a, flags, format);
}

INLINE result classify(word a, int format)
{
    a = take(a, format);
    word size = magnitude(a, format), place;
    if (size > infinity(format))
        return pair(is_signalling(a, format) ? 1 << 8 : 1 << 9, 0);
    place = size == infinity(format) ? 7 : size >> format ? 6 : size ? 5 : 4;
    return pair(1ul << (sign_of(a, format) ? 7 - place : place), 0);
}

#define COMPARISONS(suffix, format)                                                   \
    ROUTINE(feq_##suffix) { return compare(a, b, EQUAL | QUIET, format); }            \
    ROUTINE(flt_##suffix) { return compare(a, b, LESS, format); }                     \
    ROUTINE(fle_##suffix) { return compare(a, b, LESS | EQUAL, format); }             \
    ROUTINE(fmin_##suffix) { return choose(a, b, 1, format); }                        \
    ROUTINE(fmax_##suffix) { return choose(a, b, 0, format); }                        \
    ROUTINE(fclass_##suffix) { return classify(a, format); }

COMPARISONS(s, SINGLE)
COMPARISONS(d, DOUBLE)
