"""Faults are outcomes like any other: as in LiteSVM, with the instruction that did it, and proven.

Accesses are tried at the ends of every region that a version has, reads and writes, before it, behind it and
over its end; then every other end of a program, in every version.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bpf_programs import difference, run_both, sbpf_file
from litesvm_runs import BUDGET
from proven_runs import ACCEPT, prove
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.isa.memory_map import RegionKind
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.layout import (
    HEAP_ADDRESS,
    INPUT_ADDRESS,
    PROGRAM_ADDRESS,
    RODATA_ADDRESS_V3,
    STACK_ADDRESS,
)
from zisk_py.transpiler.bpf.versions import SBPF_VERSIONS, Feature, Version
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

CONSTANTS = b"constants" * 3
INSTRUCTION = b"data"
WIDE = 8
SMALL_BUDGET = 150
END = "mov r0, 0\nexit"
GUEST = (RegionKind.IMAGE, RegionKind.ZERO, RegionKind.INPUT)


@dataclass(frozen=True)
class Case:
    """A program that ends with a fault at its label `culprit`."""

    version: Version
    source: str
    kind: FaultKind
    budget: int = BUDGET

    @property
    def file(self) -> bytes:
        """The program."""
        return sbpf_file(self.source, self.version, CONSTANTS)

    @property
    def fault(self) -> Fault:
        """How it ends."""
        return Fault(self.kind, assemble(self.source, self.version).labels["culprit"])


REGIONS = {"program": PROGRAM_ADDRESS, "stack": STACK_ADDRESS, "heap": HEAP_ADDRESS, "input": INPUT_ADDRESS}
ACCESSES = {
    "load": ("ldxdw r0, [r1+0]", FaultKind.LOAD_VIOLATION),
    "store": ("stxdw [r1+0], r1", FaultKind.STORE_VIOLATION),
}
# The first address of an access from the start of its region, or from its end.
BEFORE = {"before it": -WIDE, "over its start": -1}
BEHIND = {"over its end": 1 - WIDE, "behind it": 0}


def start_of(name: str, version: Version) -> int:
    """Where a region begins; in versions that cannot read their text, it is that of the constants."""
    return RODATA_ADDRESS_V3 if name == "program" and version.has(Feature.STRICT_ELF) else REGIONS[name]


def size_of(start: int, file: bytes) -> int:
    """Bytes of the region of a program that starts there."""
    rules = transpile(file).rules
    claim = make_claim(rules, serialize([], INSTRUCTION, bytes(32)))
    (size,) = (rule.size for rule in rules.regions if rule.address == start and rule.kind in GUEST)
    return claim.quantity(size)


def access(line: str, address: int) -> str:
    """A program with one access of the address."""
    return f"lddw r1, {address % (1 << 64):#x}\nculprit: {line}\n{END}"


def accesses(version: Version) -> dict[str, Case]:
    """Around every region; inside, where it cannot be written; and where there is none."""
    found = {}
    for how, (line, kind) in ACCESSES.items():
        size_of_file = sbpf_file(access(line, 0), version, CONSTANTS)
        addresses = {"nowhere": 0x5_0000_0000, "at the last address": (1 << 64) - 1}
        for name in REGIONS:
            start = start_of(name, version)
            end = start + size_of(start, size_of_file)
            addresses |= {f"of the {name}, {place}": start + step for place, step in BEFORE.items()}
            addresses |= {f"of the {name}, {place}": end + step for place, step in BEHIND.items()}
        if kind is FaultKind.STORE_VIOLATION:
            addresses["of the program, inside"] = start_of("program", version)
        elif version.has(Feature.STRICT_ELF):
            addresses["of the text"] = PROGRAM_ADDRESS
        if version.has(Feature.GAPPED_STACK):
            addresses["of the gap above a frame"] = STACK_ADDRESS + version.first_frame
        for place, address in addresses.items():
            found[f"{how} {place}"] = Case(version, access(line, address), kind)
    return found


MESSAGE = "mov r1, r10\nadd r1, -8\nlddw r2, 0x632e626c\nstxdw [r1+0], r2\nmov r2, 4\nmov r3, 7\nmov r4, 9"
ENDS: dict[str, tuple[str, FaultKind, int]] = {
    "division by zero": (f"mov r1, 0\nculprit: {{divide}} r0, r1\n{END}", FaultKind.DIVIDE_BY_ZERO, BUDGET),
    "division of 32 bits by zero": (
        f"lddw r1, 0x100000000\nculprit: {{divide}}32 r0, r1\n{END}",
        FaultKind.DIVIDE_BY_ZERO,
        BUDGET,
    ),
    "call depth": (f"again: mov r0, 1\nculprit: call again\n{END}", FaultKind.CALL_DEPTH_EXCEEDED, BUDGET),
    "call below the text": (
        f"mov r3, 64\nculprit: callx r3\n{END}",
        FaultKind.CALL_OUTSIDE_TEXT,
        BUDGET,
    ),
    "call behind the text": (
        f"lddw r3, 0x1ffffffff\nculprit: callx r3\n{END}",
        FaultKind.CALL_OUTSIDE_TEXT,
        BUDGET,
    ),
    "end of the text": ("mov r0, 0\nmov r0, 1\nculprit:", FaultKind.EXECUTION_OVERRUN, BUDGET),
    "budget": ("loop: add r0, 1\nculprit: ja loop\n", FaultKind.BUDGET_EXCEEDED, SMALL_BUDGET + 1),
    "budget of a syscall": (
        f"mov r0, 0\nculprit: syscall sol_log_64_\n{END}",
        FaultKind.SYSCALL_BUDGET_EXCEEDED,
        50,
    ),
    "abort": (f"culprit: syscall abort\n{END}", FaultKind.ABORT, BUDGET),
    "panic": (f"{MESSAGE}\nculprit: syscall sol_panic_\n{END}", FaultKind.PANIC, BUDGET),
    "strange call": (f"culprit: syscall sol_unheard_of\n{END}", FaultKind.UNSUPPORTED_INSTRUCTION, BUDGET),
}


def other_ends(version: Version) -> dict[str, Case]:
    """Everything else that ends a program."""
    divide = "udiv" if version.has(Feature.PQR) else "div"
    found = {
        name: Case(version, source.replace("{divide}", divide), kind, budget)
        for name, (source, kind, budget) in ENDS.items()
    }
    if version.has(Feature.PQR):
        for name, line in {"division": "sdiv r0, -1", "remainder": "srem r0, -1"}.items():
            source = f"lddw r0, 0x8000000000000000\nculprit: {line}\n{END}"
            found[f"overflow of a {name}"] = Case(version, source, FaultKind.DIVIDE_OVERFLOW)
    return found


CASES = {
    f"{version.target}, {name}": case
    for version in SBPF_VERSIONS
    for name, case in (accesses(version) | other_ends(version)).items()
}
KINDS = {case.kind for case in CASES.values()}


def one_of_each() -> Iterator[str]:
    """A case for each access of each region and for each other end, in turns of versions and places."""
    groups: dict[str, list[str]] = {}
    for name in CASES:
        groups.setdefault(name.split(", ")[1], []).append(name)
    for number, names in enumerate(groups.values()):
        yield names[5 * number % len(names)]


PROVEN = frozenset(one_of_each())  # in the default suite


def run(case: Case) -> tuple[Program, bytes]:
    """The program and its input, after it has ended as in LiteSVM."""
    ours, theirs = run_both(case.file, INSTRUCTION, budget=case.budget)
    assert difference(ours, theirs) == ""
    assert ours.outcome == case.fault
    return Program(transpile(case.file)), serialize([], INSTRUCTION, theirs.program_id)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_that_of_litesvm(name: str):
    run(CASES[name])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in PROVEN else pytest.mark.slow) for name in CASES]
)
def test_a_fault_is_proven(name: str):
    case = CASES[name]
    program, data = run(case)
    stated = prove(program, data, budget=case.budget).verify(program.id, **ACCEPT).statement
    assert stated.outcome == case.fault
    assert stated.claim.budget == case.budget


def test_the_faults_proven_by_default_are_of_every_kind_and_version():
    proven = [CASES[name] for name in PROVEN]
    assert {case.kind for case in proven} == {case.kind for case in CASES.values()}
    assert {case.version for case in proven} == set(SBPF_VERSIONS)
