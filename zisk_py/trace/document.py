"""The JSON document of a trace: what stands before the instructions, and what behind them.

A line per key of Head, then `"opcode_witnesses": [`, a line per instruction, `],`, a line per key of Tail,
and the digest of all bytes before its line.
"""

from typing import NamedTuple

from zisk_py.errors import InputError
from zisk_py.isa.faults import Outcome
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.trace.constraints import texts_of
from zisk_py.trace.filters import ALL, Filter
from zisk_py.trace.guest import version_of
from zisk_py.trace.run import Ending, Trace
from zisk_py.trace.validation import Validation, ValidationResult
from zisk_py.trace.witness import GuestRegion, VmStateSnapshot
from zisk_py.zkvm import Proof

FORMAT = "zisk-py trace 1"
WITNESSES, DIGEST = "opcode_witnesses", "digest"


class Head(NamedTuple):
    """What stands before the instructions. `program_hash` is the program id."""

    format: str
    program_hash: str
    target: str
    regions: tuple[GuestRegion, ...]
    filters: Filter
    has_constraints: bool
    initial_state: VmStateSnapshot

    @staticmethod
    def of(trace: Trace, kept: Filter) -> "Head":
        """The head of a trace of which a filter keeps some instructions."""
        rules = trace.program.rom.rules
        regions, start = trace.guest_regions, trace.initial_state
        return Head(FORMAT, trace.program.id, rules.target, regions, kept, trace.has_constraints, start)

    def validation(self) -> Validation:
        """The validation of what follows. Raises ValueError where no trace could follow."""
        if self.format != FORMAT:
            raise ValueError(f"format: {self.format!r} is not {FORMAT!r}")
        if self.filters.last > ALL.last:
            raise ValueError(f"filters: there is no step {self.filters.last}")
        try:
            version = version_of(self.target)
        except InputError as error:
            raise ValueError(f"target: {error}") from error
        regions = [region.region() for region in self.regions]
        texts = (
            {air.name: texts_of(air) for air in constraint_system().airs} if self.has_constraints else None
        )
        return Validation(version, regions, self.initial_state, is_complete=self.filters == ALL, texts=texts)


class Tail(NamedTuple):
    """What stands behind the instructions; the totals are of the whole run.

    total_constraints         that the rows of the run must satisfy
    mathematical_proof_valid  None: no proof was asked for
    """

    final_state: VmStateSnapshot
    outcome: Outcome
    success: bool
    total_compute_units: int
    total_instructions: int
    recorded_instructions: int
    total_constraints: int
    mathematical_proof_valid: bool | None
    state_reconstruction_valid: bool
    validation: ValidationResult

    @property
    def is_valid(self) -> bool:
        """Whether the trace, and its proof if there is one, are what they should be."""
        return self.validation.is_valid and self.mathematical_proof_valid is not False

    @staticmethod
    def of(
        trace: Trace, ending: Ending, recorded: int, validation: Validation, proof: Proof | None
    ) -> "Tail":
        """The tail of a trace whose run is over."""
        result = validation.finish(
            ending.final_state, ending.outcome, ending.total_compute_units, ending.total_instructions
        )
        return Tail(
            ending.final_state,
            ending.outcome,
            Ending.succeeds(ending.outcome, trace.version),
            ending.total_compute_units,
            ending.total_instructions,
            recorded,
            ending.total_constraints,
            None if proof is None else ending.is_stated_by(proof),
            bool(result.state_reconstruction),
            result,
        )
