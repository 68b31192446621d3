"""Helpers of an eBPF program: code that it calls by number (RFC 9669, 4.3.1).

A helper is eBPF assembly. It is called like a local function: r1 to r5 are its arguments, r0 its result, it
has a stack frame of its own, and r6 to r9 are the caller's again when it exits. It is lowered behind the
program, so its steps are proven with the program's, and the program's id covers it.
"""

from dataclasses import replace

from zisk_py.errors import InputError
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.program import BpfProgram
from zisk_py.transpiler.bpf.static_checks import check
from zisk_py.transpiler.bpf.versions import EBPF


class HelperError(InputError):
    """A helper that is no number with a program."""


def link_helpers(program: BpfProgram) -> tuple[BpfProgram, list[BpfInstruction]]:
    """Add the code of the platform's helpers, each behind an empty slot, and where they are.

    Returns the instructions of the helpers too, checked. Raises HelperError.
    """
    instructions: list[BpfInstruction] = []
    for number, source in sorted(program.platform.helpers.items()):
        if not 0 <= number < 1 << 32:
            raise HelperError(f"there can be no helper {number}; numbers have 32 bits")
        start = program.num_slots_with_helpers + 1
        try:
            helper = BpfProgram(EBPF, assemble(source).text, 0)
            instructions += [replace(found, slot=start + found.slot) for found in check(helper)]
        except InputError as error:
            raise HelperError(f"helper {number} cannot be used: {error}") from error
        program = replace(
            program,
            helper_texts=program.helper_texts | {start: helper.text},
            functions=program.functions | {number: start},
            symbols=program.symbols | {start: f"helper {number}"},
        )
    return program, instructions
