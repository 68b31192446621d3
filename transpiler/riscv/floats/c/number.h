/* Numbers of IEEE 754 in integer registers: their fields, and what all routines share.

   A format is told by the number of bits of its fraction. Everything is inlined with a constant format, so
   that a routine needs no stack. A single in a register has ones above it; without them it is the canonical
   NaN. Every routine takes (a, b, c, mode), of which it uses what it needs, and gives value and flags. */
#ifndef NUMBER_H
#define NUMBER_H

typedef unsigned long word;
typedef long integer;

enum { SINGLE = 23, DOUBLE = 52 };
enum { NEAREST = 0, TO_ZERO = 1, DOWN = 2, UP = 3, NEAREST_AWAY = 4 };
enum { INEXACT = 1, UNDERFLOW = 2, OVERFLOW = 4, DIVISION_BY_ZERO = 8, INVALID = 16 };

typedef unsigned __int128 result; /* value, and flags in the upper word: two registers */

/* (-1)^sign * digits * 2^(exponent - bias - 63): the exponent is biased, and that of bit 63. */
struct number {
    word sign;
    integer exponent;
    word digits;
};

#define INLINE static inline __attribute__((always_inline))
#define ROUTINE(name) result name(word a, word b, word c, word mode)
#define BOX 0xffffffff00000000ul
#define TOP (1ul << 63)


INLINE result pair(word value, word flags)
{
    __asm__("" : "+r"(value), "+r"(flags)); /* keeps a pair of constants out of memory */
    return (result)flags << 64 | value;
}

INLINE int sign_place(int format) { return format == DOUBLE ? 63 : 31; }
INLINE word largest_exponent(int format) { return format == DOUBLE ? 0x7ff : 0xff; }
INLINE integer bias(int format) { return largest_exponent(format) >> 1; }
INLINE word infinity(int format) { return largest_exponent(format) << format; }
INLINE word canonical_nan(int format) { return infinity(format) | 1ul << (format - 1); }
INLINE word sign_of(word bits, int format) { return bits >> sign_place(format) & 1; }
INLINE word magnitude(word bits, int format) { return bits & ((1ul << sign_place(format)) - 1); }
INLINE int is_nan(word bits, int format) { return magnitude(bits, format) > infinity(format); }

INLINE int is_signalling(word bits, int format)
{
    return is_nan(bits, format) && !(bits >> (format - 1) & 1);
}

INLINE word take(word value, int format)
{
    if (format == DOUBLE)
        return value;
    return value >= BOX ? value - BOX : canonical_nan(SINGLE);
}

INLINE result put(word bits, word flags, int format)
{
    return pair(format == DOUBLE ? bits : bits | BOX, flags);
}

INLINE result put_signed(word sign, word size, int format)
{
    return put(sign << sign_place(format) | size, 0, format);
}

INLINE result put_invalid(int format) { return put(canonical_nan(format), INVALID, format); }

INLINE result put_nan(int is_invalid, int format)
{
    return put(canonical_nan(format), is_invalid ? INVALID : 0, format);
}

/* x / 2^count, with the last bit set where others were lost. */
INLINE word shift_right(word x, word count)
{
    if (count == 0)
        return x;
    return count > 63 ? x != 0 : x >> count | (x << (64 - count) != 0);
}

/* The number with its leading digit in bit 63; it is not zero. */
INLINE struct number normalize(struct number x)
{
    if (x.digits >> 63)
        return x;
    if (!(x.digits >> 62))
#pragma GCC unroll 8
        for (int step = 32; step > 1; step >>= 1)
            if (!(x.digits >> (64 - step))) {
                x.digits <<= step;
                x.exponent -= step;
            }
    if (x.digits >> 63)
        return x;
    return (struct number){x.sign, x.exponent - 1, x.digits << 1};
}

/* The fields of a finite number; the leading digit of a normal one is in bit 63. */
INLINE struct number unpack(word bits, int format)
{
    struct number x = {sign_of(bits, format), bits >> format & largest_exponent(format), bits << (63 - format)};
    if (x.exponent)
        x.digits |= TOP;
    else
        x.exponent = 1;
    return x;
}

INLINE struct number unpack_normalized(word bits, int format)
{
    return normalize(unpack(bits, format));
}

/* The nearest number of the format, by the mode; digits are not zero, bit 0 stands for all below it. */
result round_s(word sign, integer exponent, word digits, word mode);
result round_d(word sign, integer exponent, word digits, word mode);

INLINE result rounded(word sign, integer exponent, word digits, word mode, int format)
{
    return format == DOUBLE ? round_d(sign, exponent, digits, mode) : round_s(sign, exponent, digits, mode);
}

#endif
