"""From the tables: everything that `build` accepts is run, proven and verified somewhere here.

Each target gets one program with every encoding that it accepts; each syscall and each kind of fault has a
program of its own. A new row of a table fails these tests until a proven run has it.
"""

import struct
from dataclasses import replace
from functools import cache

import pytest

import riscv_files
from bpf_programs import ACCOUNT_DATA, sbpf_file
from proven_runs import executed_rows, prove_and_verify
from runtime_runs import OTHER, Case, account, store
from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.instruction import Instruction, Store, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, REGISTER_KEY
from zisk_py.isa.operations import OPERATIONS
from zisk_py.isa.rom import ROM_COLUMNS, Rom
from zisk_py.isa.rules import Rules
from zisk_py.transpiler.bpf import base58
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.decoder import decode
from zisk_py.transpiler.bpf.encodings import ENCODINGS, Encoding, Form
from zisk_py.transpiler.bpf.environment import Environment
from zisk_py.transpiler.bpf.syscalls import SYSCALLS
from zisk_py.transpiler.bpf.versions import EBPF, SBPF_V0, SBPF_V2, SBPF_V3, VERSIONS, Version
from zisk_py.transpiler.front_end import load_program, transpile
from zisk_py.zkvm import Program


def lines_of(row: Encoding) -> str:
    """Assembly that executes the encoding once and goes on."""
    operand = "r2" if row.from_register else "5"
    place = "[r10-16]"
    match row.form:
        case Form.ALU:
            return f"{row.name} r1, {operand}"
        case Form.NEGATE:
            return f"{row.name} r1"
        case Form.ENDIAN:
            return f"{row.name}32 r1"
        case Form.LOAD_IMMEDIATE:
            return f"{row.name} r1, 0x1234567890"
        case Form.LOAD | Form.LOAD_SIGNED:
            return f"{row.name} r1, {place}"
        case Form.STORE_IMMEDIATE:
            return f"{row.name} {place}, 7"
        case Form.STORE | Form.ATOMIC:
            return f"{row.name} {place}, r1"
        case Form.PACKET_LOAD:
            return f"mov r2, 3\n{row.name} r2, 1" if row.from_register else f"{row.name} 1"
        case Form.JUMP | Form.JUMP_FAR:
            return f"{row.name} +0"
        case Form.BRANCH:
            return f"{row.name} r1, {operand}, +0"
        case Form.CALL:
            return "call function"
        case Form.CALLX:
            return "lddw r3, {function}\ncallx r3"
    return ""


def build(source: str, version: Version) -> Program:
    """Assemble and transpile; `{function}` stands for the guest address of that label."""
    if "{function}" in source:
        draft = source.replace("{function}", "0")
        text_address = load_program(file_of(draft, version), target_of(version), None, "draft").text_address
        slot = assemble(draft, version).labels["function"]
        source = source.replace("{function}", hex(text_address + 8 * slot))
    return Program(transpile(file_of(source, version), target=target_of(version)))


def file_of(source: str, version: Version) -> bytes:
    return assemble(source, version).text if version is EBPF else sbpf_file(source, version)


def target_of(version: Version) -> str:
    return "ebpf" if version is EBPF else "auto"


@cache
def is_accepted(row: Encoding, version: Version) -> bool:
    """Whether `build` takes a program that has the encoding."""
    if not row.is_in(version):
        return False
    try:
        build(program_of([row], version), version)
    except InputError:
        return False
    return True


def program_of(rows: list[Encoding], version: Version) -> str:
    """A program with these encodings. Raw bytecode starts at slot 0, so the function is behind it."""
    body = "\n".join(lines_of(row) for row in rows)
    main = f"lddw r1, 0x8123456789abcdef\nmov r2, 3\nstxdw [r10-16], r1\n{body}\nmov r0, 0\nexit"
    function = "function:\nmov r0, 1\nexit"
    return f"{main}\n{function}" if version is EBPF else f"{function}\nentrypoint:\n{main}"


@cache
def covering_program(version: Version) -> Program:
    return build(program_of([row for row in ENCODINGS if is_accepted(row, version)], version), version)


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_every_accepted_encoding_is_in_a_proven_run(version):
    program = covering_program(version)
    data = b"" if version.is_sbpf else bytes(8)  # a packet to load from
    prove_and_verify(program, data)
    executed = {int(program.rom.rows[row, 0]) // 8 for row in executed_rows(program.rom, data)}
    instructions = decode(bytes.fromhex(program.rom.debug["text"]), version)
    seen = {instruction.encoding for instruction in instructions if instruction.slot in executed}
    assert seen == {row for row in ENCODINGS if is_accepted(row, version)}


def test_every_encoding_of_a_version_is_accepted():
    refused = [
        (row.name, version.target)
        for version in VERSIONS.values()
        for row in ENCODINGS
        if row.is_in(version) and not is_accepted(row, version)
    ]
    assert refused == []


def test_every_operation_is_in_a_proven_run():
    """A ROM made by hand: some operations are for targets that are still to come."""
    rows = [
        Instruction(
            8 * slot, operation, register(6), immediate(slot + 3), Store.KEYED, REGISTER_KEY + 6, j1=8, j2=8
        )
        for slot, operation in enumerate(OPERATIONS)
    ]
    last = 8 * len(rows)
    rows.append(Instruction(last, b=register(0), j1=EXIT_PC - last, j2=EXIT_PC - last, cost=True))
    rom = Rom.from_instructions(rows, (), Rules("test", len(rows), 0, (), ()))
    assert {int(rom.rows[row, ROM_COLUMNS.index("op")]) for row in executed_rows(rom)} == {
        operation.code for operation in OPERATIONS
    }
    prove_and_verify(Program(rom))


# What some syscalls want besides the registers that `syscall_program` sets.
ONE_SLICE = "stxdw [r10-128], r1\nstdw [r10-120], 40\nmov r1, r4\nmov r2, 1\nmov r3, r10\nadd r3, -40"
RENT_KEY = struct.unpack("<4Q", base58.decode("SysvarRent111111111111111111111111111111111"))
NO_SEEDS = "mov r2, 0\nmov r3, r1\nmov r5, r4\nadd r5, 32"
ARGUMENTS = {
    "sol_log_": "mov r2, 21",
    "sol_set_return_data": "mov r2, 21",
    "sol_get_return_data": "mov r2, 21\nsyscall sol_set_return_data\nmov r2, 17\nmov r3, r4",
    "sol_panic_": "mov r2, 4",
    "sol_alloc_free_": "mov r2, 0",
    "sol_get_epoch_rewards_sysvar": "mov r1, r4",
    "sol_get_sysvar": "".join(
        f"lddw r6, {word:#x}\nstxdw [r10-{64 - 8 * i}], r6\n" for i, word in enumerate(RENT_KEY)
    )
    + "mov r2, r4\nmov r3, 3\nmov r4, 13",
    **dict.fromkeys(("sol_create_program_address", "sol_try_find_program_address"), NO_SEEDS),
    "sol_secp256k1_recover": "mov r2, 4\nmov r3, r1",  # a bad id: test_recovery.py proves a good call
    **dict.fromkeys(("sol_sha256", "sol_keccak256", "sol_blake3", "sol_log_data"), ONE_SLICE),
}


def syscall_program(name: str, version: Version) -> Program:
    """Calls the syscall with arguments that are good for each: slices of the stack, room for a result."""
    source = """
    mov r6, 0x65646362
    stxdw [r10-64], r6
    mov r1, r10
    add r1, -64
    mov r2, r10
    add r2, -32
    mov r3, 17
    mov r4, r10
    add r4, -128
    """
    return build(f"entrypoint:\n{source}{ARGUMENTS.get(name, '')}\nsyscall {name}\nmov r0, 0\nexit", version)


ENDS = {"abort": FaultKind.ABORT, "sol_panic_": FaultKind.PANIC}


@pytest.mark.parametrize("version", [SBPF_V0, SBPF_V3], ids=lambda version: version.target)
@pytest.mark.parametrize("name", [s.name for s in SYSCALLS.values() if s.is_supported])
def test_every_syscall_is_in_a_proven_run(name, version):
    outcome = prove_and_verify(syscall_program(name, version)).statement.outcome
    if name in ENDS:
        assert isinstance(outcome, Fault)
        assert outcome.kind is ENDS[name]
    else:
        assert outcome == Exit(0)


# A program per kind of fault, and its budget where that is the point.
FAULTS = {
    FaultKind.LOAD_VIOLATION: ("mov r1, 0\nldxdw r0, [r1-8]", None),
    FaultKind.STORE_VIOLATION: ("lddw r1, 0x100000000\nstxb [r1+0], r1", None),
    FaultKind.DIVIDE_BY_ZERO: ("mov r1, 0\ndiv r0, r1", None),
    FaultKind.DIVIDE_OVERFLOW: ("lddw r0, 0x8000000000000000\nsdiv r0, -1", None),
    FaultKind.CALL_DEPTH_EXCEEDED: ("mov r1, 1\ncall entrypoint", None),
    FaultKind.CALL_OUTSIDE_TEXT: ("mov r3, 64\ncallx r3", None),
    FaultKind.UNSUPPORTED_INSTRUCTION: ("syscall sol_nothing", None),
    FaultKind.EXECUTION_OVERRUN: ("ja end", None),
    FaultKind.BUDGET_EXCEEDED: ("ja -1", 100),
    FaultKind.SYSCALL_BUDGET_EXCEEDED: ("syscall sol_log_64_", 50),
    FaultKind.ABORT: ("syscall abort", None),
    FaultKind.PANIC: ("mov r1, r10\nadd r1, -8\nmov r2, 4\nsyscall sol_panic_", None),
    FaultKind.INVALID_STRING: (
        "mov r1, r10\nadd r1, -8\nmov r2, 255\nstxb [r1+0], r2\nmov r2, 1\nsyscall sol_log_",
        None,
    ),
    FaultKind.COPY_OVERLAPPING: (
        "mov r1, r10\nadd r1, -64\nmov r2, r1\nmov r3, 8\nsyscall sol_memcpy_",
        None,
    ),
    FaultKind.UNALIGNED_POINTER: (
        "mov r1, r10\nadd r1, -64\nmov r2, r1\nmov r3, 8\nmov r4, r10\nadd r4, -15\nsyscall sol_memcmp_",
        None,
    ),
    FaultKind.RETURN_DATA_TOO_LARGE: (
        "mov r1, r10\nadd r1, -64\nmov r2, 1025\nsyscall sol_set_return_data",
        None,
    ),
    FaultKind.TOO_MANY_SLICES: ("mov r2, 20001\nsyscall sol_sha256", None),
    FaultKind.INVALID_LENGTH: (
        "mov r1, r10\nadd r1, -16\nstdw [r10-8], -1\nmov r2, 1\nmov r3, r10\nadd r3, -64\nsyscall sol_sha256",
        None,
    ),
    FaultKind.BAD_SEEDS: (
        "mov r1, r10\nadd r1, -512\nmov r2, 17\nsyscall sol_create_program_address",
        None,
    ),
    FaultKind.UNSUPPORTED_SYSCALL: ("syscall sol_poseidon", None),
    FaultKind.UNSUPPORTED_SYSVAR: ("mov r1, r10\nadd r1, -64\nsyscall sol_get_clock_sysvar", None),
    FaultKind.INVALID_POINTER: ("syscall sol_get_clock_sysvar", None),
    FaultKind.ARITHMETIC_OVERFLOW: (
        "mov r1, r10\nadd r1, -64\nmov r2, r1\nmov r3, -1\nmov r4, 1\nsyscall sol_get_sysvar",
        None,
    ),
}
ENVIRONMENTS = {FaultKind.UNSUPPORTED_SYSVAR: Environment().to_bytes()}


# What is done to an account, where the Solana runtime is around the program.
DATA, LENGTH, LAMPORTS, OWNER = (ACCOUNT_DATA - distance for distance in (0, 8, 16, 48))
FOREIGN, READ_ONLY = account(1, 8, owner=OTHER), account(1, 8, writable=False)
RUNTIME_FAULTS = {
    FaultKind.READONLY_LAMPORT_CHANGE: (READ_ONLY, LAMPORTS),
    FaultKind.READONLY_DATA_MODIFIED: (READ_ONLY, DATA),
    FaultKind.EXTERNAL_LAMPORT_SPEND: (FOREIGN, LAMPORTS),
    FaultKind.EXTERNAL_DATA_MODIFIED: (FOREIGN, DATA),
    FaultKind.ACCOUNT_DATA_SIZE_CHANGED: (FOREIGN, LENGTH),
    FaultKind.MODIFIED_OWNER: (FOREIGN, OWNER),
    FaultKind.INVALID_REALLOC: (account(1), LENGTH + 2),
    FaultKind.UNBALANCED_INSTRUCTION: (account(1), LAMPORTS),
    FaultKind.MALFORMED_INPUT: (replace(FOREIGN, is_signer=2), DATA),
}

OF_V2 = (FaultKind.DIVIDE_OVERFLOW,)

RISCV_FAULTS = {
    FaultKind.ILLEGAL_INSTRUCTION: ".half 0",
    FaultKind.JUMP_OUTSIDE_TEXT: "jr zero",
    FaultKind.BREAKPOINT: "ebreak",
    FaultKind.UNKNOWN_SYSTEM_CALL: "li a7, 1000\necall",
    FaultKind.MISALIGNED_ATOMIC: f"li a0, {riscv_files.DATA + 1}\nlr.w a1, (a0)",
}


def versions_of(kind: FaultKind) -> tuple[Version, ...]:
    if kind in RISCV_FAULTS:
        return ()
    if kind in RUNTIME_FAULTS:
        return (SBPF_V3,)
    return (SBPF_V2,) if kind in OF_V2 else (SBPF_V0, SBPF_V3)


@pytest.mark.parametrize(
    ("kind", "version"),
    [(kind, version) for kind in FaultKind for version in versions_of(kind)],
    ids=lambda value: value.name if isinstance(value, FaultKind) else value.target,
)
def test_every_kind_of_fault_is_the_proven_outcome_of_a_run(kind, version):
    if kind in RUNTIME_FAULTS:
        entry, place = RUNTIME_FAULTS[kind]
        case = Case(store(place, 1), [entry], version=version)
        outcome = prove_and_verify(Program(case.rom(())), case.input).statement.outcome
    else:
        source, budget = FAULTS[kind]
        program = build(f"entrypoint:\n{source}\nmov r0, 0\nexit\nend:\nmov r0, 1", version)
        environment = ENVIRONMENTS.get(kind)
        outcome = prove_and_verify(program, budget=budget, environment=environment).statement.outcome
    assert isinstance(outcome, Fault)
    assert outcome.kind is kind


@pytest.mark.parametrize("kind", RISCV_FAULTS, ids=lambda kind: kind.name)
def test_every_kind_of_fault_of_risc_v_is_the_proven_outcome_of_a_run(kind):
    program = riscv_files.riscv_program(f"nop\n{RISCV_FAULTS[kind]}\n{riscv_files.EXIT}")
    outcome = prove_and_verify(program).statement.outcome
    assert isinstance(outcome, Fault)
    assert outcome.kind is kind
