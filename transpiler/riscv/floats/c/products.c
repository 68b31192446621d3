/* Products, quotients and square roots. */
#include "number.h"

INLINE result multiply(word a, word b, word mode, int format)
{
    a = take(a, format);
    b = take(b, format);
    word size_a = magnitude(a, format), size_b = magnitude(b, format), most = infinity(format);
    word sign = sign_of(a ^ b, format);
    if (size_a >= most || size_b >= most) {
        if (size_a > most || size_b > most)
            return put_nan(is_signalling(a, format) || is_signalling(b, format), format);
        return size_a && size_b ? put_signed(sign, most, format) : put_invalid(format);
    }
    if (!size_a || !size_b)
        return put_signed(sign, 0, format);
    struct number x = unpack_normalized(a, format), y = unpack_normalized(b, format);
    word digits = (unsigned __int128)x.digits * y.digits >> 64;
    if (format == DOUBLE)
        digits |= x.digits * y.digits != 0;
    return rounded(sign, x.exponent + y.exponent - bias(format) + 1, digits, mode, format);
}

/* Eleven digits more of a quotient below 1 of numbers with 53 digits. */
INLINE void divide_on(word *quotient, word *rest, word divisor)
{
    word scaled = *rest << 11, digits = scaled / divisor;
    *rest = scaled - digits * divisor;
    *quotient = *quotient << 11 | digits;
}

INLINE result divide(word a, word b, word mode, int format)
{
    a = take(a, format);
    b = take(b, format);
    word size_a = magnitude(a, format), size_b = magnitude(b, format), most = infinity(format);
    word sign = sign_of(a ^ b, format);
    if (size_a >= most || size_b >= most) {
        if (size_a > most || size_b > most)
            return put_nan(is_signalling(a, format) || is_signalling(b, format), format);
        if (size_a == size_b)
            return put_invalid(format);
        return put_signed(sign, size_a == most ? most : 0, format);
    }
    if (!size_a)
        return size_b ? put_signed(sign, 0, format) : put_invalid(format);
    if (!size_b)
        return put(sign << sign_place(format) | most, DIVISION_BY_ZERO, format);
    struct number x = unpack_normalized(a, format), y = unpack_normalized(b, format);
    word rest = x.digits >> (63 - format), divisor = y.digits >> (63 - format), quotient;
    integer exponent = x.exponent - y.exponent + bias(format);
    if (rest < divisor) {
        rest <<= 1;
        exponent--;
    }
    if (format == DOUBLE) {
        quotient = 1;
        rest -= divisor;
#pragma GCC unroll 5
        for (int step = 0; step < 5; step++)
            divide_on(&quotient, &rest, divisor);
        quotient <<= 8;
    } else {
        quotient = (rest << 39) / divisor;
        rest = (rest << 39) - quotient * divisor;
        quotient <<= 24;
    }
    return rounded(sign, exponent, quotient | (rest != 0), mode, format);
}

/* Newton's steps come to the root of 2^54 <= n < 2^56 from above: from 8 % too much to less than one in three. */
INLINE word root_of_56_bits(word n)
{
    word root = (n >> 29) + (n >> 30) + 89478490; /* 2^28 * (3/8 * t + 2/3) / 2 for n = 2^54 * t */
    for (int step = 0; step < 3; step++)
        root = (root + n / root) >> 1;
    return root - (root * root > n);
}

INLINE result square_root(word a, word mode, int format)
{
    a = take(a, format);
    if (is_nan(a, format))
        return put_nan(is_signalling(a, format), format);
    if (!magnitude(a, format))
        return put(a, 0, format);
    if (sign_of(a, format))
        return put_invalid(format);
    if (a == infinity(format))
        return put(a, 0, format);
    struct number x = unpack_normalized(a, format);
    word n = x.digits >> (8 + (x.exponent & 1)); /* the bias is odd */
    word root = root_of_56_bits(n), rest = n - root * root, digits = root << 36;
    if (format == DOUBLE) { /* n * 2^56: 28 digits more by a division, one too much at most */
        word more = (rest << 28) / (2 * root);
        rest = (((rest << 28) - 2 * root * more) << 28) - more * more;
        digits = (root << 28) + more;
        if (rest >> 63) {
            rest += 2 * digits - 1;
            digits--;
        }
        digits <<= 8;
    }
    return rounded(0, (x.exponent + bias(format)) >> 1, digits | (rest != 0), mode, format);
}

#define PRODUCTS(suffix, format)                                            \
    ROUTINE(fmul_##suffix) { return multiply(a, b, mode, format); }         \
    ROUTINE(fdiv_##suffix) { return divide(a, b, mode, format); }           \
    ROUTINE(fsqrt_##suffix) { return square_root(a, mode, format); }

PRODUCTS(s, SINGLE)
PRODUCTS(d, DOUBLE)
