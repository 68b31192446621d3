"""Reference arithmetic of the base field, p = 2^64 - 2^32 + 1, on Python integers in [0, p)."""

P = (1 << 64) - (1 << 32) + 1
GENERATOR = 7  # of the multiplicative group; also the shift of every evaluation coset
TWO_ADICITY = 32


def inverse(a: int) -> int:
    """The multiplicative inverse. Raises ZeroDivisionError for 0."""
    if a % P == 0:
        raise ZeroDivisionError("0 has no inverse")
    return pow(a, P - 2, P)


def root_of_unity(log_order: int) -> int:
    """The primitive 2^log_order-th root of unity 7^((p-1)/2^log_order)."""
    if not 0 <= log_order <= TWO_ADICITY:
        raise ValueError(f"no root of unity of order 2^{log_order}")
    return pow(GENERATOR, (P - 1) >> log_order, P)
