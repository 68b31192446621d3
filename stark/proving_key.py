"""What a prover is given: the committed columns of a system and of a program."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT, System
from zisk_py.stark.backend import Backend
from zisk_py.stark.commitment import Commitment, commit
from zisk_py.stark.errors import ProverError
from zisk_py.stark.key import ProgramCommitment, VerifyingKey
from zisk_py.stark.parallel import ParallelKernels

U64 = NDArray[np.uint64]


@dataclass(frozen=True)
class Committed:
    """Columns that are the same for many proofs: rows on the trace domain by air, and their extensions' tree.

    The matrices of the tree are in the order of the system; `places` tells where each air's is.
    """

    rows: Mapping[str, U64]
    places: Mapping[str, int]
    commitment: Commitment | None

    def extension(self, air: str) -> U64:
        """The extension of an air's columns."""
        assert self.commitment is not None
        return self.commitment.matrices[self.places[air]]


@dataclass(frozen=True)
class ProvingKey:
    """A verifying key and the fixed columns behind it."""

    verifying_key: VerifyingKey
    fixed: Committed


@dataclass(frozen=True)
class ProgramData:
    """The commitment of a program's columns and the columns themselves."""

    commitment: ProgramCommitment
    columns: Committed


def setup(system: System, *, threads: int | None = None, backend: Backend | None = None) -> ProvingKey:
    """Commit to the fixed columns of a system. Raises SystemRefused for one that cannot be proven."""
    rows = {
        air.name: np.ascontiguousarray(np.array([column.values for column in air.fixed], dtype=np.uint64).T)
        for air in system.airs
        if air.fixed
    }
    fixed = _commit(backend or ParallelKernels(threads), system, rows)
    return ProvingKey(VerifyingKey(system, fixed.commitment.cap if fixed.commitment else ()), fixed)


def commit_program(
    key: ProvingKey,
    columns: Mapping[str, U64],
    *,
    threads: int | None = None,
    backend: Backend | None = None,
) -> ProgramData:
    """Commit to the program columns: for each air that has any, a (rows, columns) matrix of canonical uint64.

    Raises ProverError if airs, shapes or numbers are not those that the system asks for.
    """
    system = key.verifying_key.system
    widths = {air.name: len(air.program) for air in system.airs if air.program}
    if columns.keys() != widths.keys():
        raise ProverError(f"program columns are given for {sorted(columns)}, but needed for {sorted(widths)}")
    for name, width in widths.items():
        check_matrix(f"the program columns of {name}", columns[name], width)
    data = _commit(backend or ParallelKernels(threads), system, columns)
    heights = {name: log_height_of(columns[name]) for name in widths}
    return ProgramData(ProgramCommitment(data.commitment.cap if data.commitment else (), heights), data)


def check_matrix(what: str, matrix: U64, width: int) -> None:
    """Raise ProverError unless it is a canonical uint64 matrix of that width with an allowed height."""
    if matrix.dtype != np.uint64 or matrix.ndim != 2 or not matrix.flags.c_contiguous:
        raise ProverError(
            f"{what} must be a C-contiguous matrix of uint64, not {matrix.dtype} {matrix.shape}"
        )
    rows = len(matrix)
    if rows != 1 << log_height_of(matrix) or not MIN_LOG_HEIGHT <= log_height_of(matrix) <= MAX_LOG_HEIGHT:
        raise ProverError(
            f"{what} have {rows} rows; a power of two from 2^{MIN_LOG_HEIGHT} to 2^{MAX_LOG_HEIGHT} is needed"
        )
    if matrix.shape[1] != width:
        raise ProverError(f"{what} have width {matrix.shape[1]}, but the air has {width} columns")
    if matrix.size and int(matrix.max()) >= P:
        row, column = np.unravel_index(int(matrix.argmax()), matrix.shape)
        raise ProverError(f"{what} have a number that is not below p at row {row}, column {column}")


def log_height_of(matrix: U64) -> int:
    """The logarithm of the number of rows, rounded down."""
    return max(len(matrix), 1).bit_length() - 1


def _commit(backend: Backend, system: System, rows: Mapping[str, U64]) -> Committed:
    names = [air.name for air in system.airs if air.name in rows]
    extensions = [backend.low_degree_extend(rows[name]) for name in names]
    places = {name: place for place, name in enumerate(names)}
    return Committed(dict(rows), places, commit(backend, extensions) if extensions else None)
