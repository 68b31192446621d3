"""The cap of the fixed columns from their values (section 5), for who does not trust the one in the file.

`verify` does not need it: a cap that is not that of the values makes another key digest and program id.
"""

import json
import zlib
from base64 import b64decode
from struct import unpack

from .field import GENERATOR, P, reverse, root
from .stream import CAP_LOG, Cap
from .transcript import integers, tagged_hash

Column = list[int]


def transform(values: Column, factor: int) -> Column:
    """The values of a polynomial at 1, w, w^2, .. from its coefficients, w = factor being of that order."""
    size = len(values)
    log_size = size.bit_length() - 1
    result = [values[reverse(i, log_size)] for i in range(size)]
    half = 1
    while half < size:
        step = pow(factor, size // (2 * half), P)
        twiddles = [1]
        for _ in range(half - 1):
            twiddles.append(twiddles[-1] * step % P)
        for start in range(0, size, 2 * half):
            for low, twiddle in enumerate(twiddles, start):
                odd = result[low + half] * twiddle % P
                result[low], result[low + half] = (result[low] + odd) % P, (result[low] - odd) % P
        half *= 2
    return result


def extended(values: Column) -> Column:
    """A column as it is committed: its polynomial at 7 * w(n+1)^rev(r, n+1) (section 4)."""
    size = len(values)
    log_height = size.bit_length() - 1
    coefficients = transform(values, pow(root(log_height), -1, P))
    scale = pow(size, -1, P)
    for i, coefficient in enumerate(coefficients):
        coefficients[i] = coefficient * scale % P
        scale = scale * GENERATOR % P
    ordered = transform(coefficients + [0] * size, root(log_height + 1))
    return [ordered[reverse(r, log_height + 1)] for r in range(2 * size)]


def cap_of(matrices: list[list[Column]]) -> Cap:
    """The cap of the tree over matrices, each a list of columns of one length."""
    level = max(len(matrix[0]) for matrix in matrices)
    nodes: list[bytes] = []
    while True:
        columns = [column for matrix in matrices if len(matrix[0]) == level for column in matrix]
        if columns:
            leaves = [tagged_hash(b"ziskleaf", integers(row)) for row in zip(*columns, strict=True)]
            if nodes:
                pairs = zip(nodes, leaves, strict=True)
                nodes = [tagged_hash(b"ziskinjt", node + leaf) for node, leaf in pairs]
            else:
                nodes = leaves
        if level == 1 << CAP_LOG:
            return tuple(nodes)
        children = zip(nodes[0::2], nodes[1::2], strict=True)
        nodes = [tagged_hash(b"zisknode", left + right) for left, right in children]
        level //= 2


def fixed_cap(system_file: bytes) -> Cap:
    """The cap of the fixed columns of a system that is trusted to be well formed; takes some seconds."""
    airs = json.loads(json.loads(zlib.decompress(system_file))["system"])["airs"]
    matrices = [[extended(_values(column)) for _, column in air["fixed"]] for air in airs if air["fixed"]]
    return cap_of(matrices)


def _values(text: str) -> Column:
    """The values of a fixed column."""
    data = zlib.decompress(b64decode(text))
    return list(unpack(f"<{len(data) // 8}Q", data))
