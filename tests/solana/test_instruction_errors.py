"""What a return value means is what LiteSVM says of it."""

import pytest

from bpf_programs import sbpf_file
from litesvm_runs import run
from zisk_py.isa.fault_texts import FAULT_TEXTS
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.solana.instruction_errors import BUILTIN_ERRORS, error_text, outcome_text
from zisk_py.transpiler.bpf.versions import SBPF_V0

UPPER = [number << 32 for number in (*range(max(BUILTIN_ERRORS) + 3), 0xFFFF_FFFF)]
LOWER = [1, 7, 0xFFFF_FFFF, 1 << 32 | 1, 2 << 32 | 1, 0xFFFF_FFFF_FFFF_FFFF]


@pytest.mark.parametrize("code", [*UPPER, *LOWER], ids=hex)
def test_the_text_of_a_return_value_is_that_of_litesvm(code: int) -> None:
    assert error_text(code) == run(sbpf_file(f"lddw r0, {code:#x}\nexit", SBPF_V0)).failure


@pytest.mark.parametrize("kind", FaultKind, ids=lambda kind: kind.name)
def test_every_fault_has_a_text_without_what_only_a_run_tells(kind: FaultKind) -> None:
    text = outcome_text(Fault(kind, 0))
    assert ("?" in text) == ("{" in FAULT_TEXTS[kind])
    assert "{" not in text


def test_success_has_no_text() -> None:
    assert outcome_text(Exit(0)) == ""
