"""Section 4 of docs/security.md: the cap of columns, by transforms and hashes in plain loops."""

from second_verifier.arithmetic import H, P, le, rev, root


def transform(values, w):
    """The values at w^0, w^1, .. of the polynomial with these coefficients, as many as the order of w."""
    n = len(values).bit_length() - 1
    a = [values[rev(i, n)] for i in range(len(values))]
    size = 2
    while size <= len(a):
        step = pow(w, len(a) // size, P)
        for begin in range(0, len(a), size):
            u = 1
            for i in range(begin, begin + size // 2):
                low, high = a[i], a[i + size // 2] * u % P
                a[i], a[i + size // 2] = (low + high) % P, (low - high) % P
                u = u * step % P
        size *= 2
    return a


def extended(column):
    """The 2N values of a column of N values that a commitment holds, in their order."""
    N = len(column)
    n = N.bit_length() - 1
    scale = pow(N, -1, P)
    coefficients = [c * scale % P for c in transform(column, pow(root(n), -1, P))]
    shifted, power = [], 1
    for c in coefficients:
        shifted.append(c * power % P)
        power = power * 7 % P
    values = transform(shifted + [0] * N, root(n + 1))
    return [values[rev(r, n + 1)] for r in range(2 * N)]


def cap_of_columns(matrices):
    """The cap of one tree over matrices, each a list of columns."""
    wide = [[extended(column) for column in columns] for columns in matrices]
    heights = [len(columns[0]).bit_length() - 1 for columns in wide]

    def leaf(level, r):
        here = [columns for columns, s in zip(wide, heights, strict=True) if s == level]
        return H(b"ziskleaf", le(*(column[r] for columns in here for column in columns)))

    top = max(heights)
    nodes = [leaf(top, r) for r in range(1 << top)]
    for level in range(top - 1, 5, -1):
        nodes = [H(b"zisknode", nodes[2 * r] + nodes[2 * r + 1]) for r in range(1 << level)]
        if level in heights:
            nodes = [H(b"ziskinjt", node + leaf(level, r)) for r, node in enumerate(nodes)]
    return nodes
