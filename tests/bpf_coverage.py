"""Programs that together run every instruction, syscall and fault kind that the transpiler accepts."""

from dataclasses import dataclass

from bpf_programs import SBPF_VERSIONS, is_sbpf, sbpf_file
from zisk_py import emulator
from zisk_py.isa.memory_map import ROUTINES_PC
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.elf_writer import text_offset_v0
from zisk_py.transpiler.bpf.encodings import ENCODINGS, Encoding, Form
from zisk_py.transpiler.bpf.layout import EBPF_TEXT_ADDRESS, PROGRAM_ADDRESS
from zisk_py.transpiler.bpf.versions import EBPF, SBPF_V0, Version
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile


@dataclass(frozen=True)
class Item:
    """A program to run, and to prove."""

    name: str
    version: Version
    file: bytes
    data: bytes = b""
    budget: int | None = None

    def rom(self) -> Rom:
        """The transpiled program."""
        return transpile(self.file, self.version.target, name=self.name)


def accepted_encodings(version: Version) -> list[Encoding]:
    """Rows of the table that the transpiler takes for a version."""
    return [row for row in ENCODINGS if is_sbpf(row, version) and row.form is not Form.ATOMIC]


def _line(row: Encoding) -> str:
    second = "r2" if row.from_register else "3"
    lines = {
        Form.ALU: f"{row.name} r1, {second}",
        Form.NEGATE: f"{row.name} r1",
        Form.ENDIAN: f"{row.name}16 r1\n{row.name}32 r3\n{row.name}64 r4",
        Form.LOAD_IMMEDIATE: f"{row.name} r1, 0x8123456789abcdef",
        Form.LOAD: f"{row.name} r1, [r10-9]",
        Form.LOAD_SIGNED: f"{row.name} r1, [r10-9]",
        Form.STORE: f"{row.name} [r10-16], r1",
        Form.STORE_IMMEDIATE: f"{row.name} [r10-11], -7",
        Form.JUMP: f"{row.name} +0",
        Form.JUMP_FAR: f"{row.name} +0",
        Form.BRANCH: f"{row.name} r1, {second}, +1\n{row.name} r4, {second}, +0",
        Form.CALL: f"{row.name} function",
        Form.CALLX: f"{row.name} r5",
    }
    return lines.get(row.form, "")


def _function_address(version: Version) -> int:
    if version is EBPF:
        return EBPF_TEXT_ADDRESS + 8
    return PROGRAM_ADDRESS + 8 + (text_offset_v0() if version is SBPF_V0 else 0)


def all_instructions(version: Version) -> Item:
    """Every instruction of a version once or twice; the function is in slot 1."""
    lines = ["ja start", "function: mov r6, 1", "exit", "start:", "lddw r1, 0x8000000180000003"]
    lines += ["lddw r4, 0xfedcba9876543210", "lddw r3, 0xffffffff", "mov r2, 3"]
    lines += [f"lddw r5, {_function_address(version):#x}"]
    lines += [_line(row) for row in accepted_encodings(version)]
    source = "\n".join([*lines, "mov r0, 0", "exit"])
    return Item(f"all_{version.target}", version, _file(source, version))


def _file(source: str, version: Version) -> bytes:
    return assemble(source).text if version is EBPF else sbpf_file(source, version, b"constant" * 4)


_TEXT = "lddw r1, 0x20a9c3a9c3636261\nstxdw [r10-64], r1\nstxdw [r10-56], r1\nmov r1, r10\nadd r1, -64"
SYSCALL_CALLS = {
    "sol_log_": f"{_TEXT}\nmov r2, 15",
    "sol_log_64_": "mov r3, 5",
    "sol_log_compute_units_": "",
    "sol_memset_": "mov r1, r10\nadd r1, -64\nmov r2, 0x5a\nmov r3, 21",
    "sol_memcpy_": "mov r1, r10\nadd r1, -64\nmov r2, r10\nadd r2, -32\nmov r3, 19",
    "sol_memmove_": "mov r1, r10\nadd r1, -61\nmov r2, r10\nadd r2, -64\nmov r3, 19",
    "sol_memcmp_": "mov r1, r10\nadd r1, -61\nmov r2, r1\nadd r2, -3\nmov r3, 19\nmov r4, r10\nadd r4, -128",
    "sol_set_return_data": "mov r1, r10\nadd r1, -64\nmov r2, 43",
}


def all_syscalls(version: Version) -> Item:
    """Every syscall that returns."""
    calls = [f"{setup}\nsyscall {name}" for name, setup in SYSCALL_CALLS.items()]
    return Item(
        f"syscalls_{version.target}", version, _file("\n".join([*calls, "mov r0, 0", "exit"]), version)
    )


_FAR = "lddw r1, 0x900000000"
FAULT_SOURCES = {
    "LOAD_VIOLATION": f"{_FAR}\nldxdw r0, [r1+0]\nexit",
    "STORE_VIOLATION": f"{_FAR}\nstb [r1-3], 5\nexit",
    "DIVIDE_BY_ZERO": "mov r1, 0\nmod r0, r1\nexit",
    "CALL_DEPTH_EXCEEDED": "again: mov r1, 0\ncall again\nexit",
    "CALL_OUTSIDE_TEXT": "mov r3, 5\ncallx r3\nexit",
    "UNSUPPORTED_INSTRUCTION": "syscall sol_unheard_of\nexit",
    "EXECUTION_OVERRUN": "mov r0, 0",
    "BUDGET_EXCEEDED": "ja -1",
    "SYSCALL_BUDGET_EXCEEDED": "mov r2, 200000\nsyscall sol_log_\nexit",
    "ABORT": "syscall abort\nexit",
    "PANIC": f"{_TEXT}\nmov r2, 3\nsyscall sol_panic_\nexit",
    "INVALID_STRING": f"{_TEXT}\nmov r2, 4\nsyscall sol_log_\nexit",
    "COPY_OVERLAPPING": "mov r1, r10\nadd r1, -64\nmov r2, r1\nmov r3, 5\nsyscall sol_memcpy_\nexit",
    "UNALIGNED_POINTER": "mov r3, 0\nmov r4, r10\nadd r4, -63\nsyscall sol_memcmp_\nexit",
    "RETURN_DATA_TOO_LARGE": "mov r2, 1025\nsyscall sol_set_return_data\nexit",
}
FAULT_BUDGET = 1000


def faults(version: Version) -> list[Item]:
    """One program per fault kind."""
    return [
        Item(f"{kind.lower()}_{version.target}", version, _file(source, version), budget=FAULT_BUDGET)
        for kind, source in FAULT_SOURCES.items()
        if not (kind == "UNSUPPORTED_INSTRUCTION" and version is SBPF_V0)
    ]


def coverage_items() -> list[Item]:
    """All of them."""
    items = [all_instructions(version) for version in (EBPF, *SBPF_VERSIONS)]
    for version in SBPF_VERSIONS:
        items += [all_syscalls(version), *faults(version)]
    return items


def executed_slots(item: Item) -> set[int]:
    """Slots whose first row a run passes through."""
    rom = item.rom()
    claim = make_claim(rom.rules, item.data, budget=item.budget)
    regions = rom.rules.start_regions(claim)
    run = emulator.execute(rom, claim, item.data, chunk_size=1 << 20)
    arrivals, _ = emulator.merge([emulator.count(rom, regions, chunk) for chunk in run.chunks])
    slots: set[int] = set()
    for chunk, arrival in zip(run.chunks, arrivals, strict=True):
        steps = emulator.expand(rom, regions, chunk, arrival).steps
        pcs = rom.rows[steps[:, 0], 0].tolist()
        slots |= {pc // 8 for pc in pcs if pc % 8 == 0 and pc < ROUTINES_PC}
    return slots
