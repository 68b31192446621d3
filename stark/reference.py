"""The prover's kernels once more, small, obvious and slow: the specification that tests compare `kernels`
with.

Same functions, same arguments without the ranges for threads, and programs as `zisk_py.stark.program` has
them. Numbers are Python integers in arrays of objects inside; arguments and results are canonical uint64.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from zisk_py.field import extension
from zisk_py.field.goldilocks import GENERATOR, P, inverse, root_of_unity
from zisk_py.pil.system import NodeKind
from zisk_py.stark.domain import bit_reverse, coset_point
from zisk_py.stark.hashing import digest, work
from zisk_py.stark.program import CHALLENGE, STAGE2, Program
from zisk_py.stark.queries import fold_row

U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
Objects = NDArray[Any]  # of Python integers
T = TypeVar("T")
R = TypeVar("R")


def each(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """The results of the function for each item, in order; a backend may compute some at the same time."""
    return [function(item) for item in items]


def ahead(calls: Iterable[Callable[[], R]]) -> Generator[R, None, None]:
    """The results of the calls, one after the other; a backend may make one call before it is asked for."""
    return (call() for call in calls)


def low_degree_extend(columns: U64) -> U64:
    """(N, W) values on the trace domain to (2N, W) values on the coset, bit-reversed."""
    return evaluate_coset(_unsigned(_interpolate(_objects(columns), 1)))


def interpolate_coset(values: U64, shift: int = GENERATOR) -> U64:
    """(n, W) values on shift*H_n, bit-reversed, to (n, W) coefficients."""
    return _unsigned(_interpolate(_objects(values)[_reversal(len(values))], shift))


def evaluate_coset(coefficients: U64) -> U64:
    """(N, W) coefficients to (2N, W) values on the coset, bit-reversed."""
    size = 2 * len(coefficients)
    padded = np.zeros((size, coefficients.shape[1]), dtype=object)
    padded[: len(coefficients)] = _objects(coefficients)
    shifts = _powers(GENERATOR, size)[:, None]
    return _unsigned(_transform(padded * shifts % P, root_of_unity(size.bit_length() - 1))[_reversal(size)])


def hash_rows(matrices: Sequence[U64], person: bytes) -> U8:
    """The digest of each row of the matrices side by side: (n, 32)."""
    rows = np.hstack(matrices).astype("<u8")
    return _digests([digest(person, row.tobytes()) for row in rows])


def hash_pairs(nodes: U8, person: bytes) -> U8:
    """The digest of each pair of neighbours: (n, 32) to (n/2, 32)."""
    return _digests([digest(person, pair.tobytes()) for pair in nodes.reshape(-1, 64)])


def hash_inject(nodes: U8, digests: U8, person: bytes) -> U8:
    """The digest of each node followed by its injected digest: (n, 32)."""
    return _digests([digest(person, pair.tobytes()) for pair in np.hstack([nodes, digests])])


def grind(seed: bytes, bits: int, person: bytes) -> int:
    """The smallest nonce with at least `bits` bits of work; `person` is that of `hashing.work`."""
    nonce = 0
    while work(seed, nonce) < bits:
        nonce += 1
    return nonce


def run_program(
    program: Program,
    witness: U64,
    fixed: U64,
    program_columns: U64,
    stage2: U64,
    air_values: U64,
    publics: U64,
    challenges: U64,
    order: str,
) -> U64:
    """The outputs on every row: (n, outputs, 3). `natural`: of a trace. `coset`: of an extension."""
    size = len(witness)
    if order == "natural":
        following = np.roll(np.arange(size), -1)
        selectors = [np.zeros(size, dtype=object), np.zeros(size, dtype=object)]
        selectors[0][0] = selectors[1][size - 1] = 1
    else:
        reversal = _reversal(size)
        following = reversal[(reversal + 2) % size]  # the trace's next row is two points further on the coset
        selectors = _coset_selectors(size)
    given = {
        int(NodeKind.WITNESS): _objects(witness),
        int(NodeKind.FIXED): _objects(fixed),
        int(NodeKind.PROGRAM): _objects(program_columns),
    }
    zero = np.zeros(size, dtype=object)
    values: list[Any] = []  # by node: three arrays of `size`
    for kind, a, b in program.nodes:
        if kind in given:
            column = given[kind][:, a]
            values.append((column[following] if b else column, zero, zero))
        elif kind == STAGE2:
            columns = _objects(stage2)[:, 3 * a : 3 * a + 3]
            values.append(tuple((columns[following] if b else columns).T))
        elif kind == NodeKind.CONSTANT:
            values.append((zero + a, zero, zero))
        elif kind == NodeKind.AIR_VALUE:
            values.append((zero + int(air_values[a]), zero, zero))
        elif kind == NodeKind.PUBLIC:
            values.append((zero + int(publics[a]), zero, zero))
        elif kind == CHALLENGE:
            values.append(tuple(zero + int(coordinate) for coordinate in challenges[a]))
        elif kind in (NodeKind.FIRST, NodeKind.LAST):
            values.append((selectors[int(kind == NodeKind.LAST)], zero, zero))
        elif kind == NodeKind.NEG:
            values.append(extension.neg(values[a]))
        else:
            operation = {
                NodeKind.ADD: extension.add,
                NodeKind.SUB: extension.sub,
                NodeKind.MUL: extension.mul,
            }[NodeKind(kind)]
            values.append(operation(values[a], values[b]))
    outputs = [np.stack(values[output], axis=1) for output in program.outputs]
    return _unsigned(np.stack(outputs, axis=1)) if outputs else np.zeros((size, 0, 3), dtype=np.uint64)


def quotient(
    program: Program,
    witness: U64,
    fixed: U64,
    program_columns: U64,
    stage2: U64,
    air_values: U64,
    publics: U64,
    challenges: U64,
    lambda_powers: U64,
) -> U64:
    """(sum lambda^i * output_i) / (x^N - 1) on the extension: (2N, 3)."""
    values = _objects(
        run_program(
            program, witness, fixed, program_columns, stage2, air_values, publics, challenges, "coset"
        )
    )
    total: Any = (0, 0, 0)
    for index, power in enumerate(_objects(lambda_powers)):
        total = extension.add(total, extension.mul(tuple(values[:, index].T), tuple(power)))
    inverses = np.array([inverse(x) for x in _vanishing(len(witness))], dtype=object)
    return _unsigned(np.stack(total, axis=1) * inverses[:, None] % P)


def batch_inverse(values: U64) -> U64:
    """The inverse of each element of K: (n, 3). Raises ZeroDivisionError if one is 0."""
    return _elements(extension.batch_inverse(_tuples(values)))


def prefix_sum(values: U64) -> tuple[U64, U64]:
    """(n, 3) sums of all rows before each row, and (3,) the sum of all."""
    sums = np.cumsum(np.vstack([np.zeros((1, 3), dtype=object), _objects(values)]), axis=0) % P
    return _unsigned(sums[:-1]), _unsigned(sums[-1])


def evaluate_at(lde: U64, point: U64, columns: Sequence[int] | None = None) -> U64:
    """The polynomials of degree < N with these (2N, W) values, all or some, at a point of K: (W, 3)."""
    coefficients = interpolate_coset(lde if columns is None else lde[:, list(columns)])
    z = tuple(int(coordinate) for coordinate in point)
    powers = extension.powers((z[0], z[1], z[2]), len(lde) // 2)
    values = _objects(coefficients[: len(lde) // 2]).T
    return _elements(
        [
            extension.total(extension.scale(p, int(c)) for p, c in zip(powers, own, strict=True))
            for own in values
        ]
    )


def accumulate_columns(matrix: U64, coefficients: U64, out: U64) -> None:
    """out += sum over columns j of matrix[:, j] * coefficients[j], in K: (n, 3)."""
    out[:] = _unsigned((_objects(out) + _objects(matrix) @ _objects(coefficients)) % P)


def deep_quotient(accumulator: U64, constant: U64, point: U64, codeword: U64) -> None:
    """codeword += (accumulator - constant) / (x - point) on the coset: (n, 3)."""
    z, c = _tuples(np.stack([point, constant]))
    log_size = len(codeword).bit_length() - 1
    differences = [extension.sub((coset_point(row, log_size), 0, 0), z) for row in range(len(codeword))]
    rows = zip(_tuples(codeword), _tuples(accumulator), extension.batch_inverse(differences), strict=True)
    codeword[:] = _elements([extension.add(old, extension.mul(extension.sub(a, c), i)) for old, a, i in rows])


def fold(codeword: U64, beta: U64, log_arity: int, shift: int = 1) -> U64:
    """Fold 2^log_arity neighbours into one: (n, 3) to (n >> log_arity, 3), on a group (shift 1)."""
    if shift != 1:
        raise ValueError("the twin folds over groups only")
    (b,) = _tuples(beta[None, :])
    elements, arity, log_size = _tuples(codeword), 1 << log_arity, len(codeword).bit_length() - 1
    leaves = range(len(codeword) >> log_arity)
    return _elements(
        [
            fold_row(elements[leaf * arity : (leaf + 1) * arity], leaf, log_size, log_arity, b)
            for leaf in leaves
        ]
    )


def _objects(array: NDArray[Any]) -> Objects:
    return array.astype(object)


def _unsigned(array: Objects) -> U64:
    return np.ascontiguousarray(array.astype(np.uint64))


def _tuples(array: NDArray[Any]) -> list[extension.Element]:
    return [(int(a), int(b), int(c)) for a, b, c in array]


def _elements(elements: Sequence[extension.Element]) -> U64:
    return np.array(elements, dtype=np.uint64).reshape(-1, 3)


def _digests(digests: Sequence[bytes]) -> U8:
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32).copy()


def _powers(base: int, count: int) -> Objects:
    result = [1]
    for _ in range(count - 1):
        result.append(result[-1] * base % P)
    return np.array(result, dtype=object)


def _reversal(size: int) -> NDArray[np.intp]:
    bits = size.bit_length() - 1
    return np.array([bit_reverse(index, bits) for index in range(size)], dtype=np.intp)


def _transform(values: Objects, root: int) -> Objects:
    """sum_j values[j] * root^(i*j) for every i, by halving: natural order in and out."""
    size = len(values)
    if size == 1:
        return values
    even, odd = (
        _transform(values[0::2], root * root % P),
        _transform(values[1::2], root * root % P),
    )
    turned = odd * _powers(root, size // 2)[:, None] % P
    return np.vstack([(even + turned) % P, (even - turned) % P])


def _interpolate(values: Objects, shift: int) -> Objects:
    """Coefficients from values on shift*H_n in natural order."""
    size = len(values)
    inverse_root = inverse(root_of_unity(size.bit_length() - 1))
    scale = _powers(inverse(shift), size) * inverse(size) % P
    coefficients: Objects = _transform(values, inverse_root) * scale[:, None] % P
    return coefficients


def _vanishing(size: int) -> list[int]:
    """x^N - 1 on the rows of an extension of 2N rows."""
    log_size = size.bit_length() - 1
    return [(pow(coset_point(row, log_size), size // 2, P) - 1) % P for row in range(size)]


def _coset_selectors(size: int) -> list[Objects]:
    """The selectors of first and last row on an extension."""
    log_size, height = size.bit_length() - 1, size // 2
    last = inverse(root_of_unity(log_size - 1))
    result = []
    for point in (1, last):
        values = [
            point * zero * inverse(height * (coset_point(row, log_size) - point) % P) % P
            for row, zero in enumerate(_vanishing(size))
        ]
        result.append(np.array(values, dtype=object))
    return result
