"""Runs that claim another product, another point or another address are refused."""

from functools import cache
from hashlib import sha256

import numpy as np
import pytest
from solders.pubkey import Pubkey

from bpf_programs import sbpf_file
from forged_runs import ForgedRun, Lies, assert_refused, forged_run
from micro_code import rom_of_rows
from secp256k1_reference import edge_signatures
from zisk_py import emulator
from zisk_py.emulator.records import Step
from zisk_py.isa.instruction import hidden, immediate
from zisk_py.isa.memory_map import HIDDEN_KEY
from zisk_py.isa.operations import ADD, AND, COPY, MULU, MULUH, SRL
from zisk_py.isa.rom import ROM_COLUMNS, Rom
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.fields import SECP256K1_ORDER
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, put_constant
from zisk_py.transpiler.bpf.curves.program_addresses import MARKER
from zisk_py.transpiler.bpf.curves.recovery import R
from zisk_py.transpiler.bpf.curves.secp256k1 import (
    ACCUMULATOR,
    GENERATOR,
    IS_INFINITE,
    ORDER,
    call_double,
)
from zisk_py.transpiler.bpf.curves.squares import SIGNS
from zisk_py.transpiler.bpf.hidden_layout import LOG
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile

CHUNK = 1 << 16

SOURCE = """
stxdw [r10-16], r10
stdw [r10-8], 0
mov r1, r10
add r1, -16
mov r2, 1
mov r3, r10
add r3, -64
stdw [r10-64], {program_id}
mov r4, r10
add r4, -128
syscall sol_create_program_address
jne r0, 0, leave
mov r1, r4
mov r2, 32
syscall sol_set_return_data
mov r0, 0
leave: exit
"""


def multiply(context: Context) -> None:
    """A product modulo the order of secp256k1."""
    factors = [put_constant(context.builder, LOG + NUM_LIMBS * i, ORDER - 2 - i) for i in range(2)]
    SECP256K1_ORDER.multiply(context.builder, LOG + 2 * NUM_LIMBS, *factors)


def double(context: Context) -> None:
    """Twice the generator."""
    builder = context.builder
    for index, value in enumerate((*GENERATOR, 1)):
        put_constant(builder, ACCUMULATOR + NUM_LIMBS * index, value)
    builder.copy(immediate(0), hidden(IS_INFINITE))
    call_double(context)


def address(program_id: int) -> Rom:
    """Asks for the address of one empty seed."""
    return transpile(sbpf_file(SOURCE.format(program_id=program_id), SBPF_V3))


def recovery() -> Rom:
    """Recovers the key of a signature, and returns it."""
    data = edge_signatures()["good"].to_bytes()
    words = [int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8)]
    stores = [f"lddw r6, {word:#x}\nstxdw [r10-{96 - 8 * i}], r6" for i, word in enumerate(words)]
    arguments = "mov r1, r10\nadd r1, -96\nmov r3, r10\nadd r3, -64\nmov r4, r10\nadd r4, -160"
    result = "mov r1, r4\nmov r2, 64\nsyscall sol_set_return_data\nmov r0, 0\nexit"
    id_ = edge_signatures()["good"].id
    source = "\n".join([*stores, arguments, f"mov r2, {id_}\nsyscall sol_secp256k1_recover", result])
    return transpile(sbpf_file(source, SBPF_V3))


PIECES = {"a product": lambda: rom_of_rows(multiply), "a point": lambda: rom_of_rows(double)}
ADDRESSES = {"no point": lambda: address(0), "a point after all": lambda: address(1)}  # the program ids


@cache
def rom_of(name: str) -> Rom:
    return (PIECES | ADDRESSES | {"a key": recovery})[name]()


@cache
def rows_of(name: str) -> np.ndarray:
    """The row of the ROM for each step: (steps, len(ROM_COLUMNS))."""
    rom = rom_of(name)
    claim = make_claim(rom.rules, b"")
    regions = rom.rules.start_regions(claim)
    chunks = emulator.execute(rom, claim, b"", chunk_size=CHUNK).chunks
    arrivals, _ = emulator.merge([emulator.count(rom, regions, chunk) for chunk in chunks])
    rows = [
        emulator.expand(rom, regions, chunk, times).steps[:, Step.ROW]
        for chunk, times in zip(chunks, arrivals, strict=True)
    ]
    return rom.rows[np.concatenate(rows).astype(np.int64)]


def column(name: str, field: str) -> np.ndarray:
    return rows_of(name)[:, ROM_COLUMNS.index(field)]


def run_with(name: str, lies: Lies) -> ForgedRun:
    return forged_run(rom_of(name), b"", lies, chunk_size=CHUNK, has_twin=False)


@cache
def honest_run(name: str) -> ForgedRun:
    """The twin of runs with lies; a test of its own accepts it."""
    return run_with(name, Lies())


def run_with_wrong_result(name: str, step: int) -> ForgedRun:
    """The run in which one bit of a result is another; it goes on from there."""
    main = honest_run(name).part("Main")
    c, flag = main[step, "c0"] | main[step, "c1"] << 32, main[step, "flag"]
    return run_with(name, Lies(results={step: (c ^ 1 << 20, flag)}))


@pytest.mark.parametrize("name", [*PIECES, pytest.param("no point", marks=pytest.mark.slow)])
def test_the_honest_run_is_accepted(name):
    assert honest_run(name).refusals() == set()


@pytest.mark.parametrize("operation", [MULU, MULUH, ADD, SRL], ids=lambda o: o.name)
@pytest.mark.parametrize("name", PIECES)
def test_a_wrong_result_within_a_piece_is_proven_by_no_machine(name, operation):
    steps = np.flatnonzero(column(name, "op") == np.uint64(operation.code))
    assert_refused(run_with_wrong_result(name, int(steps[len(steps) // 2])), "OPERATION: ")


def criterion_of(name: str) -> int:
    """The step that compares the sign of Jacobi's symbol with 0: the flag is 1 for points."""
    is_sign = column(name, "a_lo") == np.uint64(SIGNS.value)
    return int(np.flatnonzero(is_sign & (column(name, "op") == np.uint64(AND.code)))[-1]) + 1


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_point_cannot_be_told_to_be_none_nor_the_other_way(name):
    digest = sha256(bytes([list(ADDRESSES).index(name), *bytes(31)]) + MARKER).digest()
    is_point = Pubkey(digest).is_on_curve()
    run = run_with(name, Lies(results={criterion_of(name): (int(not is_point), int(not is_point))}))
    assert run.statement.outputs == (digest if is_point else b"")
    assert_refused(run, "OPERATION: ")


@pytest.mark.slow
@pytest.mark.parametrize("part", [0.3, 0.5, 0.7, 0.9])
def test_a_wrong_result_on_the_way_to_an_address_is_proven_by_no_machine(part):
    step = int(part * criterion_of("no point"))
    while column("no point", "op")[step] == COPY.code:
        step += 1
    assert_refused(run_with_wrong_result("no point", step), "OPERATION: ")


@pytest.mark.slow
def test_another_key_from_the_last_steps_is_proven_by_no_machine():
    """The run with the lie is long, and so its honest twin is only executed."""
    signature = edge_signatures()["good"]
    stores = np.flatnonzero(column("a key", "store_key") == np.uint64(HIDDEN_KEY + R))
    run = run_with("a key", Lies(results={int(stores[-1]): (0, 0)}))
    assert run.statement.outputs[8:] == signature.key()[8:]
    assert run.statement.outputs != signature.key()
    assert_refused(run, "OPERATION: ")
