/* Rounding, which most routines end with: by the five modes, to subnormals and past the largest number.
   A result is tiny if it would be below the smallest normal number after rounding without a least exponent. */
#include "number.h"

INLINE result round_to(word sign, integer exponent, word digits, word mode, int format)
{
    const int drop = 63 - format;
    const word half = 1ul << (drop - 1), rest_mask = (1ul << drop) - 1;
    struct number x = normalize((struct number){sign, exponent, digits});
    word increment = half, flags = 0, is_tiny = 0;
    if (mode & 3) /* toward 0, or away from it where that is down or up */
        increment = mode + sign == 3 ? rest_mask : 0;
    if (x.exponent <= 0) {
        is_tiny = x.exponent < 0 || x.digits + increment >= x.digits;
        x.digits = shift_right(x.digits, 1 - x.exponent);
        x.exponent = 1;
    }
    word rest = x.digits & rest_mask;
    word kept = (x.digits >> drop) + ((rest + increment) >> drop);
    if (rest == half && mode == NEAREST)
        kept &= ~1ul;
    word bits = ((word)(x.exponent - 1) << format) + kept; /* the leading digit counts as one exponent */
    if (bits >= infinity(format)) {
        bits = infinity(format) - !increment;
        flags = OVERFLOW | INEXACT;
    } else if (rest)
        flags = is_tiny ? UNDERFLOW | INEXACT : INEXACT;
    return put(bits | sign << sign_place(format), flags, format);
}

result round_s(word sign, integer exponent, word digits, word mode)
{
    return round_to(sign, exponent, digits, mode, SINGLE);
}

result round_d(word sign, integer exponent, word digits, word mode)
{
    return round_to(sign, exponent, digits, mode, DOUBLE);
}
