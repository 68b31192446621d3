"""Program files to ROMs: recognises the format, loads, checks, lowers."""

from zisk_py.errors import InputError
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.layout import make_rules
from zisk_py.transpiler.bpf.lowering import lower
from zisk_py.transpiler.bpf.program import BpfProgram
from zisk_py.transpiler.bpf.static_checks import check
from zisk_py.transpiler.bpf.versions import EBPF

TARGETS = ("auto", "ebpf", "sbpf", "sbpf-v0", "sbpf-v3", "riscv")


class UnknownTarget(InputError):
    """A target that zisk-py does not have."""


def transpile(data: bytes, target: str = "auto", entry: str | None = None, name: str = "the program") -> Rom:
    """The ROM of a program file.

    `target` is one of TARGETS; raw eBPF bytecode needs "ebpf", everything else is recognised. `entry` names
    the function or section to start at, `name` the file in messages. Raises InputError, one subclass per
    refusal.
    """
    program = load_program(data, target, entry, name)
    check(program)
    instructions, owners = lower(program)
    debug = {
        "name": name,
        "symbols": {str(slot): symbol for slot, symbol in sorted(program.symbols.items())},
        "text": program.text.hex(),
        "routines": _first_rows(owners),
    }
    image = [segment.image for segment in program.data if segment.data]
    return Rom.from_instructions(instructions, image, make_rules(program), debug)


def load_program(data: bytes, target: str, entry: str | None, name: str) -> BpfProgram:
    """Load a file with the loader of its format."""
    if target not in TARGETS:
        raise UnknownTarget(f"target {target!r} is unknown; choose one of {', '.join(TARGETS)}")
    return BpfProgram(EBPF, data, 0)


def _first_rows(owners: dict[int, str]) -> dict[str, str]:
    """First pc of each shared routine -> its name."""
    first: dict[str, int] = {}
    for pc, owner in owners.items():
        if not owner.startswith("slot "):
            first[owner] = min(pc, first.get(owner, pc))
    return {str(pc): owner for owner, pc in first.items()}
