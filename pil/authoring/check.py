"""`pil.check`: every constraint and every bus of a trace, without cryptography; a report of what fails."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil import checker
from zisk_py.pil.authoring.excerpts import Excerpts, bus_words, place_of
from zisk_py.pil.authoring.failing_rows import row_finding
from zisk_py.pil.authoring.formula import formula
from zisk_py.pil.authoring.kernel_blocks import kernel_blocks
from zisk_py.pil.authoring.report_model import (
    AirSummary,
    ConstraintFinding,
    NearestFinding,
    Report,
    SenderFinding,
    TupleFinding,
)
from zisk_py.pil.authoring.table_sentences import explain
from zisk_py.pil.authoring.trace import Trace
from zisk_py.pil.compiled import AuthoredAir, Compiled
from zisk_py.pil.report import ConstraintFailure, Origin, Unmatched, signed
from zisk_py.pil.system import System
from zisk_py.pil.trace_evaluation import Instance
from zisk_py.stark.authored_statement import required_airs

__all__ = ["Report", "check"]


def check(trace: Trace, *, limit: int = 10, rows_limit: int = 3) -> Report:
    """Evaluate every constraint on every row and every global one, balance every bus, miss no air.

    Challenges of stage 2 are drawn from a hash of the trace.
    limit       findings that are kept: of constraints in all, of tuples on each bus.
    rows_limit  rows that are shown of each constraint that fails.
    Raises      TraceError for a trace that does not have the shape of its system.
    """
    system = trace.system.system
    challenges = draw_challenges(trace)
    stage2 = trace.stage2(challenges) if any(air.stage2 for air in system.airs) else {}
    found = checker.check(
        system,
        trace.instances,
        program=trace.program,
        publics=trace.publics,
        challenges=challenges,
        stage2=stage2,
        limit=limit,
        rows_limit=rows_limit,
        evaluate=kernel_blocks,
    )
    made: list[Instance] = []
    if not found.ok:
        *made, final = checker.instances(
            system, trace.instances, trace.program, trace.publics, challenges, stage2
        )
        made = [*made, *checker.absent_tables(system, trace.instances), final]
    return _Findings(trace, made).report(found)


def draw_challenges(trace: Trace) -> tuple[Element, ...]:
    """An element of K for each challenge, from a hash of all that is committed before."""
    system = trace.system.system
    if not system.challenges:
        return ()
    state = blake2b()
    for one in trace.instances:
        state.update(f"{one.air} {one.matrix.shape} {one.air_values}".encode())
        state.update(np.ascontiguousarray(one.matrix).data)
    state.update(repr(trace.publics).encode())
    drawn = [
        int.from_bytes(blake2b(state.digest() + bytes([part]) + name.encode(), digest_size=16).digest()) % P
        for name in system.challenges
        for part in range(3)
    ]
    return tuple((drawn[i], drawn[i + 1], drawn[i + 2]) for i in range(0, len(drawn), 3))


class _Findings:
    """Turns what the checker found into what an author wants to know."""

    def __init__(self, trace: Trace, made: Sequence[Instance]) -> None:
        self._trace, self._made = trace, made
        self._compiled: Compiled = trace.system.compiled
        self._system: System = trace.system.system
        self._beside = dict(zip((air.name for air in self._system.airs), self._compiled.airs, strict=True))
        self._marks = {name: beside.marks for name, beside in self._beside.items()}
        self._words = bus_words(self._system)
        airs = [one.air for one in trace.instances]
        self._labels = [
            one.air if airs.count(one.air) == 1 else f"{one.air}[{one.number}]" for one in trace.instances
        ]

    def report(self, found: checker.Report) -> Report:
        """The report."""
        excerpts = Excerpts(self._compiled) if not found.ok else None
        failures, tuples = [], []
        if excerpts is not None:
            failures = [self._constraint(failure, excerpts) for failure in found.constraint_failures]
            tuples = [self._tuple(unmatched) for unmatched in found.unmatched]
        return Report(
            self._airs(found),
            tuple(failures),
            tuple(tuples),
            found.num_constraints,
            found.num_constraint_failures,
            found.num_messages,
            found.num_unmatched,
            self._missing(),
        )

    def _missing(self) -> tuple[tuple[str, ...], ...]:
        """Airs of which a proof would miss an instance."""
        there = {one.air for one in self._trace.instances}
        groups = [
            tuple(self._system.airs[number].name for number in sorted(wanted))
            for wanted in required_airs(self._system)
        ]
        return tuple(names for names in groups if not there & set(names))

    def _airs(self, found: checker.Report) -> tuple[AirSummary, ...]:
        return tuple(
            AirSummary(
                label,
                len(one.matrix),
                one.matrix.shape[1],
                len(self._system.air(one.air).constraints),
                found.failed_of.get(number, 0),
                self._beside[one.air].is_library,
            )
            for number, (label, one) in enumerate(zip(self._labels, self._trace.instances, strict=True))
        )

    def _label(self, instance: int) -> str:
        if instance >= len(self._labels):
            return self._made[instance].air.name  # a table that has no instance
        return self._labels[instance] if instance >= 0 else ""

    def _constraint(self, failure: ConstraintFailure, excerpts: Excerpts) -> ConstraintFinding:
        made = self._made[failure.instance]  # -1: what is checked once per proof stands last
        beside = self._beside.get(failure.air)
        moved = beside.moved[failure.index] if beside else 0
        # A constraint that defines an added column would say nothing if the column were what it stands for.
        known = beside if beside and failure.index < beside.written else None
        node = made.air.constraints[failure.index].node
        written = formula(self._system, made.air, known, node, moved, self._marks.get(failure.air, {}))
        rows = [row_finding(written, made, (failed.row + moved) % made.rows) for failed in failure.first]
        return ConstraintFinding(
            self._label(failure.instance),
            failure.source.text,
            excerpts.find(failure.source),
            _note(beside, failure, made),
            failure.num_rows,
            tuple(((a + moved) % made.rows, (b + moved) % made.rows) for a, b in failure.ranges),
            failure.num_ranges,
            tuple(rows),
        )

    def _tuple(self, found: Unmatched) -> TupleFinding:
        nearest = None
        if found.nearest is not None:
            differs = tuple(
                position
                for position, (ours, theirs) in enumerate(
                    zip(found.values, found.nearest.values, strict=True)
                )
                if ours != theirs
            )
            nearest = NearestFinding(found.nearest.values, differs, self._sender(found.nearest.origin))
        return TupleFinding(
            found.bus,
            self._bus_name(found.bus),
            found.names,
            found.values,
            found.proven,
            found.assumed,
            explain(found, self._made, self._system),
            tuple(self._sender(origin) for origin in found.origins),
            found.num_origins,
            nearest,
        )

    def _bus_name(self, bus: int) -> str:
        """Its name or its number, with the author's word for it or the tables of the standard library."""
        if bus in self._compiled.buses:
            return self._compiled.buses[bus]
        if bus in self._words:
            return f"{self._words[bus]} ({bus})"
        tables = [
            air.name
            for air in self._system.airs
            if self._beside[air.name].is_library
            and any(one.bus == bus and one.sign > 0 for one in air.interactions)
        ]
        return f"{bus} ({', '.join(tables)})" if tables else str(bus)

    def _sender(self, origin: Origin) -> SenderFinding:
        row: int | None = None
        if origin.air is not None:
            height = self._made[origin.instance].rows
            row = (origin.row + self._beside[origin.air].sent[origin.index]) % height
        times = signed(origin.multiplicity)
        is_proven = (times > 0) == (origin.sign > 0)
        return SenderFinding(
            self._label(origin.instance),
            row,
            "proves" if is_proven or times == 0 else "assumes",
            abs(times),
            place_of(origin.source) if origin.source else "",
            origin.source.text if origin.source else "",
        )


def _note(beside: AuthoredAir | None, failure: ConstraintFailure, made: Instance) -> str:
    """What a constraint is that no author wrote."""
    if beside is None:
        return ""
    if failure.index >= beside.written:
        return "it defines a column that the compiler added"
    if beside.is_library:
        return f"air {made.air.name} is of the standard library and filled by us"
    return ""
