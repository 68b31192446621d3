"""One program that calls many cases as functions and compares their results: so that one run has them all."""

from collections.abc import Sequence

from ebpf_cases import Case
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.decoder import decode
from zisk_py.transpiler.bpf.encodings import Form
from zisk_py.transpiler.bpf.layout import EBPF_INPUT_ADDRESS
from zisk_py.transpiler.bpf.versions import EBPF

OWN_START = (Form.CALL, Form.CALLX, Form.PACKET_LOAD)  # frames, addresses of functions, the whole input
CLEARED = "\n".join(f"mov r{register}, 0" for register in (0, *range(3, 10)))


def can_be_called(case: Case) -> bool:
    """Whether the case does as a function what it does as a program."""
    if not isinstance(case.outcome, Exit):
        return False
    return not any(instruction.encoding.form in OWN_START for instruction in decode(case.text, EBPF))


def join(cases: Sequence[Case]) -> tuple[bytes, bytes]:
    """A program and its input. r0 at its end is 0, or 1 + the number of the first case that goes wrong."""
    end = assemble("mov r0, 0\nexit").text
    caller, data, functions = b"", b"", b""
    remaining = sum(len(_call(0, case, 0, 0)) for case in cases) + len(end)
    for number, case in enumerate(cases):
        address = EBPF_INPUT_ADDRESS + len(data) if case.mem else 0
        remaining -= len(_call(number, case, address, 0))
        caller += _call(number, case, address, (remaining + len(functions)) // 8)
        data += case.mem + bytes(-len(case.mem) % 8)
        functions += case.text
    return caller + end + functions, data


def _call(number: int, case: Case, address: int, distance: int) -> bytes:
    """Call the function that is `distance` slots after the end of these, with the memory at `address`."""
    assert isinstance(case.outcome, Exit)
    before = f"{CLEARED}\nstdw [r10-8], {number + 1}\nlddw r1, {address:#x}\nmov r2, {len(case.mem)}\n"
    after = f"lddw r1, {case.outcome.code:#x}\njeq r0, r1, +2\nldxdw r0, [r10-8]\nexit"
    return assemble(f"{before}call +{len(assemble(after).text) // 8 + distance}\n{after}").text
