"""`pil.compile`: a file or a text becomes a system that takes a witness, checks it and proves it."""

import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zisk_py.errors import InputError
from zisk_py.pil.authoring.archive import read_witness
from zisk_py.pil.authoring.errors import Unprovable
from zisk_py.pil.authoring.filling import fill
from zisk_py.pil.authoring.instances import read_instances, read_program
from zisk_py.pil.authoring.public_values import read_publics
from zisk_py.pil.authoring.second_stage import SecondStage
from zisk_py.pil.authoring.trace import Trace
from zisk_py.pil.cache import compile_cached
from zisk_py.pil.compiled import Compiled
from zisk_py.pil.errors import PilWarning
from zisk_py.pil.system import System
from zisk_py.stark.key import ProgramCommitment, VerifyingKey
from zisk_py.stark.parallel import ParallelKernels
from zisk_py.stark.proving_key import ProvingKey, commit_program, setup

U64 = NDArray[np.uint64]


@dataclass(frozen=True, eq=False, repr=False)
class CompiledSystem:
    """A compiled file. `compiled` has all that is known of it, `system` what is proven."""

    compiled: Compiled

    @property
    def system(self) -> System:
        """What is checked, proven and verified."""
        return self.compiled.system

    @cached_property
    def proving_key(self) -> ProvingKey:
        """The committed fixed columns, made once. Raises SystemRefused for a system that cannot be proven."""
        with ParallelKernels() as kernels:
            return setup(self.system, backend=kernels)

    @property
    def key(self) -> VerifyingKey:
        """What a verifier needs. Raises SystemRefused for a system that cannot be proven."""
        return self.proving_key.verifying_key

    def commit_program(self, program: Mapping[str, Any]) -> ProgramCommitment:
        """What a verifier needs of the columns that are committed with the program, {"Air": {"x": vector}}.

        Raises as `trace`, and SystemRefused.
        """
        columns = read_program(self.system, program)
        with ParallelKernels() as kernels:
            return commit_program(self.proving_key, columns, backend=kernels).commitment

    def trace(
        self,
        witness: Mapping[str, Any],
        publics: Mapping[str, Any] | None = None,
        *,
        proof_values: Mapping[str, Any] | None = None,
        program: Mapping[str, Any] | None = None,
        stage2: Any = None,
        check_bits: bool = True,
    ) -> Trace:
        """Check what is given, and fill what is not: added columns, tables, multiplicities, totals.

        witness       {"Air": {"a": vector of rows, "b": matrix (rows, n) of the array b, "v": air value}}, or
                      {"Air": [{...}, {...}]} for several instances; integers of any type, in lists, arrays,
                      or tables of pandas' kind. An air that is not mentioned has no instance, unless it is
                      a table that we fill.
        publics       by name, arrays as lists; so are `proof_values`, which may also stand among the publics.
        program       {"Air": {"column": vector}} of the columns that are committed with the program.
        stage2        a function from challenges by name, elements of K as triples, to
                      {"Air": {"z": (rows, 3)}}, or a list of these for several instances.
        check_bits    whether values beyond a column's `bits(n)` are an error; constraints are checked later.
        Raises        a TraceError of `zisk_py.pil.authoring.errors`, which says what, where, what to do.
        """
        if self.compiled.unprovable:
            raise Unprovable("\n\n".join(map(str, self.compiled.unprovable)))
        values = read_publics(self.compiled, publics or {}, proof_values or {})
        given = read_instances(self.compiled, witness, program or {}, check_bits)
        instances, full_values = fill(self.compiled, given, values)
        later = SecondStage(self.compiled, given, full_values, stage2)
        return Trace(self, instances, full_values, given.program, later)

    def read_witness(self, path: Path | str) -> dict[str, list[dict[str, Any]]]:
        """The witness in an `.npz`, `.csv` or `.json`, as `trace` takes it.

        `zisk_py.pil.authoring.archive` says how columns are named there, and what is raised.
        """
        return read_witness(self.compiled, path)

    def __repr__(self) -> str:
        airs = zip(self.system.airs, self.compiled.airs, strict=True)
        lines = [
            f"{air.name}: "
            + ("any height" if air.log_height is None else f"2^{air.log_height} rows")
            + f", {beside.given} columns"
            + (f" and {len(air.columns) - beside.given} added" if len(air.columns) > beside.given else "")
            + f", {len(air.constraints)} constraints, {len(air.interactions)} messages"
            for air, beside in airs
        ]
        head = f"<CompiledSystem: {len(lines)} air{'s' * (len(lines) != 1)}, {len(self.publics)} publics"
        return "\n    ".join([head, *lines]) + ">"

    @property
    def publics(self) -> tuple[str, ...]:
        """Names of the author's publics."""
        return self.system.publics[: len(self.system.publics) - self.system.proof_values]


def compile(
    source: Path | str,
    *,
    constants: Mapping[str, int] | None = None,
    include: Sequence[Path | str] = (),
    features: Collection[str] = (),
    fixed: Mapping[str, Mapping[str, Iterable[int]]] | None = None,
    missing_files: bool = False,
    lints_off: Collection[str] = (),
    cache: bool = True,
) -> CompiledSystem:
    """Compile a PIL file, or a text: a str with a line break, a `;` or a `{` is a text, else a path.

    constants      names that every file can read, with their values.
    include        folders in which `require "x.pil"` searches, after the folder of the file that says it.
    features       names for which `#pragma feature name` keeps the statement after it.
    fixed          values of fixed columns that the file leaves open, {"Air": {"column": vector}}.
    missing_files  take zeros for external fixed columns whose files are missing, to see what airs there are.
                   Nothing that reads them takes a witness.
    lints_off      codes of warnings that are not told, such as "W703".
    cache          use a compilation that was kept while none of its files has changed (`zisk_py.pil.cache`);
                   one with `fixed` or `missing_files` is never kept.
    Raises         PilError with the place, PilErrors if there are several; InputError for a file that cannot
                   be read. Warnings become PilWarning.
    """
    if isinstance(source, str) and not any(sign in source for sign in "\n;{"):
        source = Path(source)
    words = {
        air: {name: list(map(int, x)) for name, x in columns.items()}
        for air, columns in (fixed or {}).items()
    }
    make = compile_cached
    if not cache or words or missing_files:
        from zisk_py.pil.compiler import compile_source

        make = partial(compile_source, fixed=words, missing_files=missing_files)
    folders = [Path(folder) for folder in include]
    try:
        compiled = make(source, constants=constants, include=folders, features=features, lints_off=lints_off)
    except OSError as error:
        raise InputError(f"cannot read {error.filename or source}: {error.strerror}") from error
    for found in compiled.warnings:
        warnings.warn(str(found), PilWarning, stacklevel=2)
    return CompiledSystem(compiled)
