"""Sysvars and stakes: what programs read of the environment is what they read in LiteSVM."""

import struct
from dataclasses import replace
from functools import cache

import pytest
from solders.account import Account
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from bpf_programs import Ended, difference, execute_rom, run_both, sbpf_file
from litesvm_runs import BUDGET, LiteRun, run_in
from runtime_runs import Case, run_in_litesvm
from syscall_programs import CONSTANTS, GAP, HEAP, INPUT, ROOM, STACK, call, put, show, show_bytes
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.memory_map import MAX_ENVIRONMENT_BYTES
from zisk_py.transpiler.bpf.environment import (
    HEAD_WORDS,
    SYSVARS,
    BadEnvironment,
    Clock,
    Environment,
    EpochRewards,
    EpochSchedule,
    LastRestartSlot,
    Packed,
    Rent,
)
from zisk_py.transpiler.bpf.input_buffer import Loader, serialize
from zisk_py.transpiler.bpf.sysvar_syscalls import STRUCTS
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3, SBPF_VERSIONS, Version
from zisk_py.transpiler.front_end import transpile

OFTEN = (SBPF_V0, SBPF_V3)
VERSIONS = pytest.mark.parametrize(
    "version",
    [pytest.param(v, id=v.target, marks=[] if v in OFTEN else [pytest.mark.slow]) for v in SBPF_VERSIONS],
)
SYSVAR_OWNER = Pubkey.from_string("Sysvar1111111111111111111111111111111111111")
VOTERS = {bytes([i]) * 32: 1000 + i for i in (9, 3, 7)}
# Every field has a value of its own.
BUSY = Environment(
    rent=Rent(6961, 2.5, 77),
    clock=Clock(435_888_001, -1_700_000_000, 1 << 40, (1 << 64) - 2, 1_700_000_001),
    epoch_schedule=EpochSchedule(8192, 4096, False, 0x1122334455667788, 0x99AABBCCDDEEFF00),
    slot_hashes=struct.pack("<QQ32sQ32s", 2, 435_888_000, b"h" * 32, 435_887_999, b"g" * 32),
    stake_history=struct.pack("<QQQQQ", 1, 7, 8, 9, 10),
    epoch_rewards=EpochRewards(5, 6, bytes(range(32)), b"points" * 2 + b"xxxx", 1 << 63, 12, True),
    last_restart_slot=LastRestartSlot(0x0102030405060708),
    epoch_stakes=VOTERS,
)
KEYS = {sysvar.name: struct.unpack("<4Q", sysvar.key) for sysvar in SYSVARS}
NAMES = {
    "clock": "sol_get_clock_sysvar",
    "rent": "sol_get_rent_sysvar",
    "epoch_schedule": "sol_get_epoch_schedule_sysvar",
    "epoch_rewards": "sol_get_epoch_rewards_sysvar",
    "last_restart_slot": "sol_get_last_restart_slot",
}
MAX = (1 << 64) - 1


def account_data(environment: Environment, name: str) -> bytes:
    value = getattr(environment, name)
    return value.to_bytes() if isinstance(value, Packed) else value


@cache
def busy_machine() -> LiteSVM:
    svm = LiteSVM()
    for sysvar in SYSVARS:
        data = account_data(BUSY, sysvar.name)
        svm.set_account(Pubkey(sysvar.key), Account(10**9, data, SYSVAR_OWNER))
    for key, stake in VOTERS.items():
        svm.set_epoch_stake(Pubkey(key), stake)
    return svm


def run_both_in(
    svm: LiteSVM, environment: Environment, source: str, version: Version
) -> tuple[Ended, LiteRun]:
    """Run a program here in that environment and in a LiteSVM that has it."""
    file, program = sbpf_file(source, version, CONSTANTS), Pubkey.new_unique()
    svm.add_program(program, file)
    theirs = run_in(svm, program, b"", [])
    ours = execute_rom(transpile(file), serialize([], b"", theirs.program_id), BUDGET, environment.to_bytes())
    return ours, theirs


def get(name: str, place: int, offset: int, length: int, key: int = HEAP + 3) -> str:
    """Lines that call sol_get_sysvar."""
    return f"{put(HEAP + 3, *KEYS[name])}\n" + call("sol_get_sysvar", key, place, offset, length)


UNKNOWN = f"{put(HEAP, 1, 2, 3, 4)}\n" + call("sol_get_sysvar", HEAP, ROOM, 0, 8)
CASES = {
    **{
        f"{name}_{title}": f"{put(place - place % 8, *[-1] * 13)}\n{call(NAMES[name], place)}\n{show()}\n"
        f"{show_bytes(place, 8 * len(words) + 1)}"
        for name, (words, _) in STRUCTS.items()
        for title, place in (("in_the_heap", ROOM), ("over_two_frames", STACK + 4096 - 16))
    },
    **{
        f"{name}_{title}": call(NAMES[name], place)
        for name in STRUCTS
        for title, place in (
            ("unaligned", ROOM + 8 + 4),
            ("aligned_to_8", ROOM + 8),
            ("nowhere", 8),
            ("nowhere_unaligned", 3),
            ("to_constants", 0x1_0000_0000),
            ("past_the_heap", HEAP + 0x8000 - 4),
            ("to_the_input", INPUT),
            ("behind_the_input", -8),
        )
    },
    **{
        f"{name}_from_{offset}_on_{length}": f"{put(ROOM, *[-1] * 16)}\n{get(name, ROOM + 1, offset, length)}"
        f"\n{show()}\n{show_bytes(ROOM, 128)}"
        for name in KEYS
        for offset, length in ((0, 8), (1, 7), (3, 5), (8, 0), (0, len(account_data(BUSY, name))))
    },
    "up_to_the_end": f"{get('epoch_rewards', ROOM + 5, 42, 39)}\n{show()}\n{show_bytes(ROOM, 48)}",
    "past_the_end": f"{get('epoch_rewards', ROOM, 42, 40)}\n{show()}\n{show_bytes(ROOM, 48)}",
    "nothing_at_the_end": get("clock", 7, 40, 0),
    "nothing_past_the_end": get("clock", 7, 41, 0),
    "far_past_the_end": get("clock", ROOM, 1 << 63, 8),
    "over_two_frames": f"{get('stake_history', GAP, 3, 30)}\n{show()}\n{show_bytes(GAP, 40)}",
    "key_over_two_frames": f"{put(GAP, *KEYS['rent'])}\n{call('sol_get_sysvar', GAP, ROOM, 0, 17)}\n"
    f"{show()}\n{show_bytes(ROOM, 17)}",
    "over_its_own_key": f"{get('clock', HEAP + 3, 0, 40)}\n{show_bytes(HEAP, 48)}",
    "unknown": f"{UNKNOWN}\n{show()}",
    "unknown_and_nowhere": f"{put(HEAP, 1, 2, 3, 4)}\n{call('sol_get_sysvar', HEAP, 5, 0, 8)}",
    "offset_that_wraps": get("clock", ROOM, MAX, 1),
    "offset_that_nearly_wraps": get("clock", ROOM, MAX, 0),
    "offset_that_wraps_and_nowhere": get("clock", 8, MAX, 8),
    "to_the_input": get("clock", INPUT, 0, 8),
    "to_the_input_from_no_key": get("clock", INPUT, 0, 8, key=5),
    "no_key": get("clock", ROOM, 0, 8, key=5),
    "no_key_and_an_offset_that_wraps": get("clock", ROOM, MAX, 8, key=9),
    "no_key_and_nowhere": get("clock", 5, 0, 8, key=9),
    "long": get("clock", ROOM, 0, 2750),
    "longer_than_the_heap": get("clock", HEAP, 0, 0x8001),
    "longer_than_the_budget": get("clock", HEAP, 0, 1 << 62),
    "stake_of_all": f"{call('sol_get_epoch_stake', 0)}\n{show()}",
    "stake_of_nowhere": call("sol_get_epoch_stake", 1),
    "stake_of_the_input": f"{call('sol_get_epoch_stake', INPUT + 8)}\n{show()}",
    **{
        f"stake_of_{key[0]}": f"{put(place, *struct.unpack('<4Q', key))}\n"
        f"{call('sol_get_epoch_stake', place)}\n{show()}"
        for key, place in zip((*VOTERS, b"\5" * 32), (HEAP, HEAP + 5, GAP, HEAP), strict=True)
    },
}


@VERSIONS
@pytest.mark.parametrize("name", CASES)
def test_case_ends_as_in_litesvm(name: str, version: Version):
    source = f"{CASES[name]}\nmov r0, 0\nexit"
    assert difference(*run_both_in(busy_machine(), BUSY, source, version)) == ""


@pytest.mark.parametrize("name", ["epoch_schedule", "epoch_rewards"])
@pytest.mark.parametrize("place", [ROOM, ROOM + 1, 5])
def test_a_sysvar_that_is_not_there_is_a_fault_as_in_litesvm(name: str, place: int):
    svm = LiteSVM.default().with_builtins().with_lamports(10**15)
    fresh = LiteSVM()
    svm.set_clock(fresh.get_clock())
    svm.set_rent(fresh.get_rent())
    environment = Environment(rent=Rent(), clock=Clock(435_888_000))
    ours, theirs = run_both_in(svm, environment, f"{call(NAMES[name], place)}\nmov r0, 0\nexit", SBPF_V0)
    assert difference(ours, theirs) == ""
    assert (ours.outcome.kind is FaultKind.UNSUPPORTED_SYSVAR) == (place == ROOM)


@pytest.mark.parametrize("version", OFTEN, ids=lambda version: version.target)
@pytest.mark.parametrize("name", ["rent_in_the_heap", "stake_history_from_0_on_40", "stake_of_9"])
def test_every_budget_ends_where_litesvm_ends(name: str, version: Version):
    file = sbpf_file(f"{CASES[name]}\nmov r0, 0\nexit", version, CONSTANTS)
    full, _ = run_both(file)
    step = max(1, full.compute_units // 12)
    for budget in [*range(1, full.compute_units, step), full.compute_units - 1, full.compute_units]:
        ours, theirs = run_both(file, budget=budget)
        assert (ours.compute_units, ours.fault_text) == (theirs.units, theirs.failure), budget


def test_the_default_is_what_a_fresh_litesvm_has():
    svm, found = LiteSVM(), Environment()
    for sysvar in SYSVARS:
        found = found.with_sysvar(sysvar.key, bytes(svm.get_account(Pubkey(sysvar.key)).data))
    assert found == Environment.default()


@pytest.mark.parametrize("environment", [BUSY, Environment.default(), Environment()])
def test_an_environment_is_read_as_it_was_written(environment: Environment):
    assert Environment.from_bytes(environment.to_bytes()) == environment


REFUSED = {
    "nothing": b"",
    "no_head": bytes(8 * HEAD_WORDS - 8),
    "no_end": Environment().to_bytes()[:-8],
    "more": Environment().to_bytes() + bytes(8),
    "a_sysvar_elsewhere": struct.pack("<Q", 1 << 40 | 17) + bytes(8 * HEAD_WORDS),
    "a_rent_that_is_too_short": struct.pack("<Q", HEAD_WORDS << 32 | 8) + bytes(8 * HEAD_WORDS + 8),
    "a_sum_that_is_wrong": bytearray(BUSY.to_bytes()),
}
REFUSED["a_sum_that_is_wrong"][8 * len(SYSVARS)] ^= 1


@pytest.mark.parametrize("name", REFUSED)
def test_bytes_that_are_no_environment_are_refused(name: str):
    with pytest.raises(BadEnvironment):
        Environment.from_bytes(bytes(REFUSED[name]))


@pytest.mark.parametrize(
    "environment",
    [
        replace(BUSY, clock=Clock(-1)),
        replace(BUSY, epoch_stakes={b"k" * 32: 1 << 63, b"j" * 32: 1 << 63}),
        replace(BUSY, slot_hashes=bytes(MAX_ENVIRONMENT_BYTES)),
    ],
    ids=["a number out of range", "a sum out of range", "too long"],
)
def test_an_environment_that_does_not_fit_is_refused(environment: Environment):
    with pytest.raises(BadEnvironment):
        environment.to_bytes()


def test_an_account_that_is_no_sysvar_is_refused():
    with pytest.raises(BadEnvironment, match="no sysvar"):
        Environment().with_sysvar(bytes(32), b"")


@pytest.mark.parametrize("name", [*NAMES.values(), "sol_get_sysvar"])
@pytest.mark.parametrize("place", [ROOM, 5, INPUT])
def test_programs_of_the_deprecated_loader_read_no_sysvars(name: str, place: int):
    case = Case(call(name, place, place, 0, 8), [], loader=Loader.DEPRECATED)
    ours, theirs = case.run(()), run_in_litesvm(case)
    assert theirs.logs[-1].endswith("failed: Unaligned pointer")
    assert ours.outcome.kind is FaultKind.UNALIGNED_POINTER
    assert f"consumed {ours.compute_units} of" in theirs.logs[-2]
