/* Conversions between integers and both formats. What is out of range, NaN too, becomes the nearest integer
   that there is, NaN the largest, and is invalid. */
#include "number.h"

INLINE result from_size(word sign, word size, word mode, int format)
{
    return size ? rounded(sign, bias(format) + 63, size, mode, format) : put(0, 0, format);
}

INLINE result from_integer(word a, word mode, int bits, int is_signed, int format)
{
    if (bits == 32)
        a = is_signed ? (word)(integer)(int)a : (word)(unsigned)a;
    word sign = is_signed ? a >> 63 : 0;
    return from_size(sign, sign ? -a : a, mode, format);
}

INLINE result integer_result(word value, word flags, int bits)
{
    return pair(bits == 32 ? (word)(integer)(int)value : value, flags);
}

INLINE result to_integer(word a, word mode, int bits, int is_signed, int format)
{
    a = take(a, format);
    const word most = is_signed ? ~0ul >> (65 - bits) : ~0ul >> (64 - bits);
    struct number x = unpack(a, format);
    integer place = x.exponent - bias(format); /* of the leading digit */
    word size = 0, rest, least = is_signed ? most + 1 : 0;
    if (is_nan(a, format))
        return integer_result(most, INVALID, bits);
    if (place > 63)
        return integer_result(x.sign ? -least : most, INVALID, bits);
    if (place >= 0) {
        size = x.digits >> (63 - place);
        rest = place == 63 ? 0 : x.digits << 1 << place;
    } else
        rest = place == -1 ? x.digits : x.digits != 0;
    word is_up;
    if (mode & 3)
        is_up = mode + x.sign == 3 && rest;
    else
        is_up = rest > TOP || (rest == TOP && (mode == NEAREST_AWAY || size & 1));
    size += is_up;
    if (size > (x.sign ? least : most))
        return integer_result(x.sign ? -least : most, INVALID, bits);
    return integer_result(x.sign ? -size : size, rest ? INEXACT : 0, bits);
}

#define CONVERSIONS(suffix, format)                                                          \
    ROUTINE(fcvt_##suffix##_w) { return from_integer(a, mode, 32, 1, format); }              \
    ROUTINE(fcvt_##suffix##_wu) { return from_integer(a, mode, 32, 0, format); }             \
    ROUTINE(fcvt_##suffix##_l) { return from_integer(a, mode, 64, 1, format); }              \
    ROUTINE(fcvt_##suffix##_lu) { return from_integer(a, mode, 64, 0, format); }             \
    ROUTINE(fcvt_w_##suffix) { return to_integer(a, mode, 32, 1, format); }                  \
    ROUTINE(fcvt_wu_##suffix) { return to_integer(a, mode, 32, 0, format); }                 \
    ROUTINE(fcvt_l_##suffix) { return to_integer(a, mode, 64, 1, format); }                  \
    ROUTINE(fcvt_lu_##suffix) { return to_integer(a, mode, 64, 0, format); }

CONVERSIONS(s, SINGLE)
CONVERSIONS(d, DOUBLE)

INLINE result change_format(word a, word mode, int from, int to)
{
    a = take(a, from);
    word size = magnitude(a, from);
    if (size > infinity(from))
        return put_nan(is_signalling(a, from), to);
    if (size == infinity(from) || !size)
        return put_signed(sign_of(a, from), size ? infinity(to) : 0, to);
    struct number x = unpack(a, from);
    return rounded(x.sign, x.exponent - bias(from) + bias(to), x.digits, mode, to);
}

ROUTINE(fcvt_d_s) { return change_format(a, mode, SINGLE, DOUBLE); }
ROUTINE(fcvt_s_d) { return change_format(a, mode, DOUBLE, SINGLE); }
