"""Builds, runs and invents BPF programs for tests."""

import random
from dataclasses import dataclass

from solders.pubkey import Pubkey

from litesvm_runs import BUDGET, LiteRun, own_account, run
from zisk_py.emulator.execution import execute
from zisk_py.emulator.records import Execution
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.divisions import SIGNED_DIVISIONS, UNSIGNED_DIVISIONS
from zisk_py.transpiler.bpf.elf_writer import Import, write_v0, write_v3
from zisk_py.transpiler.bpf.encodings import ENCODINGS, SIZE_NAMES, Encoding, Form
from zisk_py.transpiler.bpf.input_buffer import FIXED_BYTES, account_data_offsets, serialize
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.log_records import TRUNCATION, log_lines, truncate
from zisk_py.transpiler.bpf.run_report import fault_text
from zisk_py.transpiler.bpf.versions import Feature, Version
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile

EDGES = (0, 1, 2, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
ACCOUNT_SIZE = 88  # of the account of programs that write one
ACCOUNT_DATA = INPUT_ADDRESS + 8 + FIXED_BYTES
OWN_LINES = ("Program log: ", "Program data: ", "Program consumption: ", TRUNCATION)
GOOD_END = ["mov r0, 0", "exit"]
SAVE_ALL = "\n".join(f"stxdw [r10-{8 * (i + 1)}], r{i}" for i in range(10))


@dataclass(frozen=True)
class Ended(Execution):
    """An execution, and what the runtime says of its fault; "" for an exit."""

    fault_text: str = ""


def sbpf_file(source: str, version: Version, rodata: bytes = b"") -> bytes:
    """Assemble and link; the program starts at its label `entrypoint`, or else at slot 0."""
    assembly = assemble(source, version)
    entry = 8 * assembly.labels.get("entrypoint", 0)
    imports = tuple(Import(8 * slot, name) for slot, name in assembly.syscalls)
    return sbpf_file_of(assembly.text, version, rodata, entry, imports)


def sbpf_file_of(
    text: bytes, version: Version, rodata: bytes = b"", entry: int = 0, imports: tuple[Import, ...] = ()
) -> bytes:
    """A file with that text."""
    if version.has(Feature.STRICT_ELF):
        return write_v3(text, rodata, entry)
    assert version.number is not None
    return write_v0(text, rodata, entry, imports, number=version.number)


def execute_file(
    data: bytes, program_input: bytes = b"", *, target: str = "auto", budget: int | None = None
) -> Ended:
    """Transpile and execute."""
    return execute_rom(transpile(data, target), program_input, budget)


def execute_rom(
    rom: Rom, program_input: bytes, budget: int | None = None, environment: bytes | None = None
) -> Ended:
    """Execute."""
    claim = make_claim(rom.rules, program_input, budget=budget, environment=environment)
    found = execute(rom, claim, program_input, chunk_size=1 << 20)
    text = fault_text(rom, found.outcome, found) if isinstance(found.outcome, Fault) else ""
    return Ended(**vars(found), fault_text=text)


def execute_ebpf(source: str, program_input: bytes = b"") -> Ended:
    """Assemble raw eBPF and execute it."""
    return execute_file(assemble(source).text, program_input, target="ebpf")


def run_both(
    file: bytes, data: bytes = b"", account_size: int | None = None, budget: int = BUDGET
) -> tuple[Ended, LiteRun]:
    """Run an sBPF program here and in LiteSVM, without accounts or on one of its own of that size."""
    theirs = run(file, data, account_size, None if budget == BUDGET else budget)
    accounts = [] if account_size is None else [own_account(theirs.program_id, account_size)]
    ours = execute_file(file, serialize(accounts, data, theirs.program_id), budget=budget)
    return ours, theirs


def difference(ours: Ended, theirs: LiteRun) -> str:
    """What is not the same; "" if nothing."""
    if ours.compute_units != theirs.units:
        return f"{ours.compute_units} units, LiteSVM counts {theirs.units} ({ours.outcome}, {theirs.failure})"
    if lines := log_difference(ours, theirs):
        return lines
    if isinstance(ours.outcome, Fault):
        same = ours.fault_text == theirs.failure
        return "" if same else f"{ours.fault_text!r}, LiteSVM says {theirs.failure!r}"
    if not theirs.is_of_code(ours.outcome.code):
        return f"{ours.outcome}, LiteSVM says {theirs.failure!r}"
    if ours.outcome.code:
        return ""
    if ours.outputs != theirs.return_data:
        return f"outputs {ours.outputs.hex()}, LiteSVM has {theirs.return_data.hex()}"
    memory = ours.memory[INPUT_ADDRESS]
    places = account_data_offsets(memory) if theirs.account_data else []
    found = tuple(memory[start : start + length] for start, length in places)
    if len(found) == len(theirs.account_data) and found != theirs.account_data:  # no account is there twice
        return f"accounts {[data.hex() for data in found]} differ from those of LiteSVM"
    return ""


def log_difference(ours: Ended, theirs: LiteRun) -> str:
    """Where the lines that the program logged differ; "" if nowhere."""
    name = Pubkey(theirs.program_id)
    found = truncate([f"Program {name} invoke [1]", *log_lines(ours.hidden)])[1:]
    if getattr(ours.outcome, "kind", None) is FaultKind.PANIC:
        found.remove(theirs.failure)
    expected = [line for line in theirs.logs if line.startswith(OWN_LINES)]
    if TRUNCATION not in found and expected[-1:] == [TRUNCATION]:
        expected.pop()  # it stands for the runtime's own lines
    return "" if found == expected else f"logs {found}, LiteSVM has {expected}"


def random_program(seed: int, version: Version) -> str:
    """Arithmetic, memory, branches and calls; all registers and 944 stack bytes become the return data."""
    rng = random.Random(seed)
    rows = [row for row in ENCODINGS if row.is_in(version)]
    arithmetic = [row for row in rows if row.form in (Form.ALU, Form.NEGATE, Form.ENDIAN)]
    branches = [row for row in rows if row.form is Form.BRANCH]
    lines = ["ja start", "helper_function:"]
    if version.has(Feature.DYNAMIC_FRAMES):
        lines.append(f"add r10, {-64 * rng.randrange(6)}")
    lines += [_random_line(rng, arithmetic, branches, 1) for _ in range(5)]
    lines += ["exit", "start:"]
    lines += [f"lddw r{i}, {_random_value(rng):#x}" for i in range(10)]
    lines += [f"stxdw [r10-{8 * i}], r{rng.randrange(10)}" for i in range(1, 12)]
    for position in range(24):
        if rng.random() < 0.08:
            lines.append("call helper_function")
        else:
            lines.append(_random_line(rng, arithmetic, branches, max(1, 22 - position)))
    lines += [SAVE_ALL, "mov r1, r10", "add r1, -1024", "mov r2, 1024", "syscall sol_set_return_data"]
    return "\n".join([*lines, *GOOD_END])


def random_account_program(seed: int, version: Version) -> str:
    """The same, and stores registers into its account; some end with what they have in a register."""
    rng = random.Random(f"account {seed}")
    lines = random_program(seed, version).splitlines()
    assert lines[-2:] == GOOD_END
    lines[-2:] = [f"lddw r1, {ACCOUNT_DATA:#x}"]
    lines += [f"stxdw [r1+{8 * number + rng.randrange(4)}], r{number}" for number in range(6, 10)]
    code = rng.choice(
        ("mov r0, 0", "mov r0, 0", "mov r0, r6\nrsh r0, 32", "lddw r0, 0x100000000", "mov r0, r7")
    )
    return "\n".join([*lines, code, "exit"])


def _random_value(rng: random.Random) -> int:
    value = rng.choice(EDGES) if rng.random() < 0.5 else rng.getrandbits(64)
    return (value + rng.choice((0, 0, 1, -1))) % (1 << 64)


def _random_line(rng: random.Random, arithmetic: list[Encoding], branches: list[Encoding], room: int) -> str:
    choice = rng.random()
    dst, src = rng.randrange(10), rng.randrange(10)
    if choice < 0.6:
        row = rng.choice(arithmetic)
        if row.form is Form.ENDIAN:
            return f"{row.name}{rng.choice((16, 32, 64))} r{dst}"
        if row.form is Form.NEGATE:
            return f"{row.name} r{dst}"
        return f"{row.name} r{dst}, {_operand(rng, row, src)}"
    if choice < 0.85:
        bits = rng.choice((8, 16, 32, 64))
        place = f"[r10-{rng.randrange(bits // 8, 88)}]"
        name = SIZE_NAMES[bits]
        return rng.choice(
            (
                f"ldx{name} r{dst}, {place}",
                f"stx{name} {place}, r{src}",
                f"st{name} {place}, {_immediate(rng)}",
            )
        )
    row = rng.choice(branches)
    operand = f"r{src}" if row.from_register else str(_immediate(rng))
    return f"{row.name} r{dst}, {operand}, +{rng.randrange(min(room, 4))}"


def _immediate(rng: random.Random) -> int:
    return rng.choice((0, 1, -1, 5, 0x7FFFFFFF, -0x80000000, rng.randrange(-(1 << 31), 1 << 31)))


def _operand(rng: random.Random, row: Encoding, src: int) -> str:
    if row.from_register:
        return f"r{src}"
    if row.operation in ("lsh", "rsh", "arsh"):
        return str(rng.randrange(row.bits))
    if row.operation in (*UNSIGNED_DIVISIONS, *SIGNED_DIVISIONS):
        return str(_immediate(rng) or 3)
    return str(_immediate(rng))


# Places that syscalls are pointed at: around the ends of regions and of frames.
def _places(version: Version) -> list[int]:
    constants = 0 if version.has(Feature.STRICT_ELF) else 0x1_0000_0000
    stack_end = 0x2_0000_0000 + version.stack_size
    ends = (constants, 0x2_0000_0000, stack_end, 0x3_0000_0000, 0x3_0000_8000, 0x4_0000_0000, 0x4_0000_0030)
    frames = (0x2_0000_1000, 0x2_0000_2000, 0x2_0000_3000)
    return [*ends, *frames]


MEMORY_SYSCALLS = ("sol_memcpy_", "sol_memmove_", "sol_memset_", "sol_memcmp_")


def random_memory_program(seed: int, version: Version) -> str:
    """Memory syscalls on slices that are mostly good, and whose ends are near those of regions and frames."""
    rng = random.Random(seed)
    windows = (0x3_0000_0100, 0x2_0000_1000 if version.has(Feature.GAPPED_STACK) else 0x2_0000_2000)
    window = rng.choice(windows) if rng.random() < 0.8 else windows[0]
    lines = [f"lddw r6, {window:#x}"]
    # A pattern below and above the window; in v0 the upper half of a stack window lies behind a gap.
    skip = 4096 if version.has(Feature.GAPPED_STACK) and window >> 32 == 2 else 0
    for number in range(-16, 16):
        lines.append(f"lddw r1, {rng.getrandbits(64) if rng.random() < 0.7 else 0:#x}")
        lines.append(f"stxdw [r6{8 * number + (skip if number >= 0 else 0):+d}], r1")
    for _ in range(3):
        length = rng.choice((0, 1, 3, 8, 9, 16, 31, 64, 100, 130))
        pointers = [_pointer(rng, window, length, version) for _ in range(2)]
        if rng.random() < 0.4:
            pointers[1] = pointers[0] + rng.randrange(-24, 25)
        name = rng.choice(MEMORY_SYSCALLS)
        lines.append(f"lddw r1, {pointers[0] % (1 << 64):#x}")
        if name == "sol_memset_":
            lines.append(f"mov r2, {rng.randrange(-512, 512)}")
        else:
            lines.append(f"lddw r2, {pointers[1] % (1 << 64):#x}")
        lines += [f"mov r3, {length}", "lddw r4, 0x300000200", f"syscall {name}"]
    lines += ["lddw r1, 0x300000200", "ldxw r7, [r1+0]", "stxw [r6-128], r7"]
    lines += ["mov r1, r6", "add r1, -128", f"mov r2, {rng.choice((256, 255, 129, 8))}"]
    return "\n".join([*lines, "syscall sol_set_return_data", "mov r0, 0", "exit"])


def _pointer(rng: random.Random, window: int, length: int, version: Version) -> int:
    if rng.random() < 0.85:
        start = window + rng.randrange(-120, 8)
        return start if length or rng.random() < 0.5 else window + 8
    end = rng.choice(_places(version))
    return end + rng.choice((0, -length, -1, 1 - length, -length - 1, -length // 2))
