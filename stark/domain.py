"""Where polynomials live: trace domains, evaluation cosets in bit-reversed order, and what vanishes there.

A trace of N = 2^n rows is a polynomial over the group H_N of N-th roots of unity, row i at w_N^i. Its
low-degree extension is its values on the coset 7*H_2N; row r of the extension belongs to the point 7 *
w_2N^bitrev(r). So the first N rows are the values on 7*H_N, and rows 2r and 2r + 1 are the values at x and
-x.
"""

from collections.abc import Iterable
from functools import cache

from zisk_py.field.extension import Element, embed, inverse, mul, power, scale, sub
from zisk_py.field.goldilocks import GENERATOR, P, root_of_unity
from zisk_py.field.goldilocks import inverse as base_inverse
from zisk_py.stark.options import LOG_BLOWUP
from zisk_py.stark.transcript import Transcript

_root = cache(root_of_unity)  # one of 33 numbers


def bit_reverse(index: int, bits: int) -> int:
    """`index` with its lowest `bits` bits in the opposite order."""
    return int(f"{index:0{bits}b}"[::-1], 2) if bits else 0


def group_point(index: int, log_size: int) -> int:
    """The point of row `index` in the group of 2^log_size elements, in bit-reversed order."""
    return pow(_root(log_size), bit_reverse(index, log_size), P)


def inverse_group_point(index: int, log_size: int) -> int:
    """The inverse of `group_point`."""
    return pow(_root(log_size), -bit_reverse(index, log_size) % (1 << log_size), P)


def coset_point(index: int, log_size: int) -> int:
    """The point of row `index` of an extension of 2^log_size rows."""
    return GENERATOR * group_point(index, log_size) % P


def next_point(zeta: Element, log_height: int) -> Element:
    """The point one row further than zeta, for a trace of 2^log_height rows."""
    return scale(zeta, root_of_unity(log_height))


def vanishing(zeta: Element, log_height: int) -> Element:
    """zeta^N - 1, which is zero on the trace domain and nowhere else."""
    return sub(power(zeta, 1 << log_height), embed(1))


def selectors(zeta: Element, log_height: int) -> tuple[Element, Element]:
    """The polynomials that are 1 on the first (last) row and 0 on all others, at zeta."""
    # L_k(X) = w^k (X^N - 1) / (N (X - w^k)) for k = 0 and k = N - 1
    numerator = scale(vanishing(zeta, log_height), base_inverse(1 << log_height))
    last = base_inverse(root_of_unity(log_height))
    return (
        mul(numerator, inverse(sub(zeta, embed(1)))),
        mul(scale(numerator, last), inverse(sub(zeta, embed(last)))),
    )


def out_of_domain_point(transcript: Transcript, label: str, log_heights: Iterable[int]) -> Element:
    """Draw a point, again where it lies in a trace domain or an extension's coset: it must be outside."""
    heights = sorted(set(log_heights))
    while True:
        point = transcript.challenge(label)
        if not any(_is_inside(point, log_height) for log_height in heights):
            return point


def _is_inside(point: Element, log_height: int) -> bool:
    size = 1 << (log_height + LOG_BLOWUP)
    return power(point, 1 << log_height) == embed(1) or power(point, size) == embed(pow(GENERATOR, size, P))
