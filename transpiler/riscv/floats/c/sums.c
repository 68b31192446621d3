/* Sums, differences, and products that are rounded only after a sum. */
#include "number.h"

/* Leading digits are in bit 62 or below, and those of x not below those of y where y is shifted far. The
   exponent of x is not less than that of y. */
INLINE result sum(struct number x, struct number y, word mode, int format)
{
    y.digits = shift_right(y.digits, x.exponent - y.exponent);
    word digits = x.sign == y.sign ? x.digits + y.digits : x.digits - y.digits;
    if (x.sign != y.sign && digits >> 63) {
        digits = -digits;
        x.sign = y.sign;
    }
    if (!digits)
        return put_signed(x.sign == y.sign ? x.sign : mode == DOWN, 0, format);
    return rounded(x.sign, x.exponent, digits, mode, format);
}

/* The number with its leading digit a place lower, so that a sum fits. */
INLINE struct number lower(struct number x) { return (struct number){x.sign, x.exponent + 1, x.digits >> 1}; }

INLINE result add(word a, word b, word mode, int format)
{
    a = take(a, format);
    b = take(b, format);
    word size_a = magnitude(a, format), size_b = magnitude(b, format), most = infinity(format);
    if (size_a >= most || size_b >= most) {
        if (size_a > most || size_b > most)
            return put_nan(is_signalling(a, format) || is_signalling(b, format), format);
        if (size_a == size_b && a != b)
            return put_invalid(format);
        return put(size_a == most ? a : b, 0, format);
    }
    if (size_a < size_b) {
        word other = a;
        a = b;
        b = other;
    }
    return sum(lower(unpack(a, format)), lower(unpack(b, format)), mode, format);
}

struct wide {
    word high, low;
};

INLINE struct wide shift_wide_right(struct wide x, word count)
{
    if (count == 0)
        return x;
    if (count < 64)
        return (struct wide){x.high >> count, x.high << (64 - count) | shift_right(x.low, count)};
    return (struct wide){0, shift_right(x.high | (x.low != 0), count - 64)};
}

/* p.digits and `low` are a product of 106 digits; those of c are in the upper word too. */
INLINE result sum_wide(struct number p, word low, struct number c, word mode)
{
    struct wide x = {p.digits, low}, y = {c.digits, 0};
    if (p.exponent < c.exponent) {
        x = shift_wide_right(x, c.exponent - p.exponent);
        p.exponent = c.exponent;
    } else
        y = shift_wide_right(y, p.exponent - c.exponent);
    if (p.sign == c.sign) {
        x.low += y.low;
        x.high += y.high + (x.low < y.low);
    } else {
        word borrow = x.low < y.low;
        x.low -= y.low;
        x.high -= y.high + borrow;
        if (x.high >> 63) {
            x.low = -x.low;
            x.high = -x.high - (x.low != 0);
            p.sign = c.sign;
        }
        if (!(x.high | x.low))
            return put_signed(mode == DOWN, 0, DOUBLE);
    }
    if (!x.high) {
        x = (struct wide){x.low, 0};
        p.exponent -= 64;
    }
    if (!(x.high >> 61)) {
        struct number high = normalize((struct number){p.sign, 0, x.high});
        x.high = high.digits | x.low >> (64 + high.exponent); /* at least two places */
        x.low <<= -high.exponent;
        p.exponent += high.exponent;
    }
    return round_d(p.sign, p.exponent, x.high | (x.low != 0), mode);
}

/* a * b + c, with the signs of product and c changed where the masks say so. */
INLINE result fuse(word a, word b, word c, word mode, word change_product, word change_c, int format)
{
    const word sign_bit = 1ul << sign_place(format), most = infinity(format);
    a = take(a, format) ^ (change_product ? sign_bit : 0);
    b = take(b, format);
    c = take(c, format) ^ (change_c ? sign_bit : 0);
    word size_a = magnitude(a, format), size_b = magnitude(b, format), size_c = magnitude(c, format);
    word sign = sign_of(a ^ b, format);
    if (size_a >= most || size_b >= most || size_c >= most) {
        if ((size_a == most && !size_b) || (size_b == most && !size_a))
            return put_invalid(format);
        if (size_a > most || size_b > most || size_c > most)
            return put_nan(
                is_signalling(a, format) || is_signalling(b, format) || is_signalling(c, format), format);
        if (size_a < most && size_b < most)
            return put(c, 0, format);
        if (size_c == most && sign != sign_of(c, format))
            return put_invalid(format);
        return put_signed(sign, most, format);
    }
    if (!size_a || !size_b) {
        if (size_c)
            return put(c, 0, format);
        return put_signed(sign == sign_of(c, format) ? sign : mode == DOWN, 0, format);
    }
    struct number x = unpack_normalized(a, format), y = unpack_normalized(b, format);
    struct number z = {sign_of(c, format), 0, 0};
    word first = x.digits >> 1, low = first * y.digits;
    x.digits = (unsigned __int128)first * y.digits >> 64;
    x.exponent += y.exponent - bias(format) + 2; /* of bit 63, where the leading digit is in 62 or 61 */
    x.sign = sign;
    if (size_c)
        z = lower(unpack_normalized(c, format));
    else
        z.exponent = x.exponent;
    if (format == DOUBLE)
        return sum_wide(x, low, z, mode);
    return x.exponent < z.exponent ? sum(z, x, mode, format) : sum(x, z, mode, format);
}

#define SUMS(suffix, format)                                                                      \
    ROUTINE(fadd_##suffix) { return add(a, b, mode, format); }                                    \
    ROUTINE(fsub_##suffix) { return fadd_##suffix(a, b ^ 1ul << sign_place(format), c, mode); }   \
    ROUTINE(fmadd_##suffix) { return fuse(a, b, c, mode, 0, 0, format); }                         \
    ROUTINE(fmsub_##suffix) { return fuse(a, b, c, mode, 0, 1, format); }                         \
    ROUTINE(fnmsub_##suffix) { return fuse(a, b, c, mode, 1, 0, format); }                        \
    ROUTINE(fnmadd_##suffix) { return fuse(a, b, c, mode, 1, 1, format); }

SUMS(s, SINGLE)
SUMS(d, DOUBLE)
