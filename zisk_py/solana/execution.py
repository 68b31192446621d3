"""Runs and proves a fixture: `zkvm.Program` with what the Solana runtime adds."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zisk_py.errors import LimitError
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.isa.journal import MAX_JOURNAL_BYTES
from zisk_py.isa.memory_map import NUM_HIDDEN_WORDS
from zisk_py.isa.rules import Claim
from zisk_py.limits import Limits
from zisk_py.solana.fixture import DEFAULT_BUDGET, Fixture
from zisk_py.solana.report import Report
from zisk_py.statemachines.estimate import Estimate
from zisk_py.transpiler.bpf.input_buffer import InputAccount
from zisk_py.transpiler.bpf.runtime import records
from zisk_py.transpiler.claims import make_claim
from zisk_py.zkvm import DEFAULTS, Program, Proof


@dataclass(frozen=True)
class Instruction:
    """A fixture and its program, built with the runtime around it."""

    fixture: Fixture
    limits: Limits = DEFAULTS

    @cached_property
    def program(self) -> Program:
        """The program. Raises InputError and LimitError."""
        fixture = self.fixture
        return Program.load(
            fixture.program, target=fixture.target, runtime=fixture.runtime, limits=self.limits
        )

    def arguments(self) -> dict[str, Any]:
        """What `Program.execute`, `estimate` and `prove` take besides the input."""
        fixture = self.fixture
        has_environment = self.program.rom.rules.has_environment
        return {
            "budget": DEFAULT_BUDGET if fixture.compute_budget is None else fixture.compute_budget,
            "heap_size": fixture.heap_size,
            "environment": fixture.environment.to_bytes() if has_environment else None,
            "limits": self.limits,
        }

    def claim(self) -> Claim:
        """What the start of every run of this instruction is fixed by."""
        arguments = {name: value for name, value in self.arguments().items() if name != "limits"}
        return make_claim(self.program.rom.rules, self.fixture.input(), **arguments)

    def run(self, **options: Any) -> Report:
        """Run without proving; options are those of `Program.execute`.

        Raises LimitError too where the accounts or the journal find no room.
        """
        self._check_accounts()
        run = self.program.execute(self.fixture.input(), **self.arguments(), **options)
        if isinstance(run.outcome, Fault) and run.outcome.kind is FaultKind.MALFORMED_INPUT:
            # The input is what `serialize` made, so that only this is left.
            raise LimitError(
                f"what is published takes more than {MAX_JOURNAL_BYTES} bytes; publish hashes of accounts"
            )
        return Report(self.fixture, run)

    def estimate(self, **options: Any) -> Estimate:
        """What `prove` would take; options are those of `Program.estimate`."""
        return self.program.estimate(self.fixture.input(), **self.arguments(), **options)

    def prove(self, **options: Any) -> Proof:
        """Prove; options are those of `Program.prove`. A run that finds no room is proven as such."""
        return self.program.prove(self.fixture.input(), **self.arguments(), **options)

    def _check_accounts(self) -> None:
        """Raise LimitError where the accounts before the run do not fit into the hidden words."""
        words = sum(
            records.DATA + (len(account.data) + 7) // 8
            for account in self.fixture.accounts
            if isinstance(account, InputAccount)
        )
        room = NUM_HIDDEN_WORDS - records.RECORDS
        if words > room:
            raise LimitError(
                f"the accounts take {8 * words:,} bytes, and {8 * room:,} fit; give fewer or shorter ones"
            )
