"""sBPF programs end as in LiteSVM: outcome, compute units, return data."""

import pytest

from bpf_programs import (
    ACCOUNT_SIZE,
    difference,
    random_account_program,
    random_memory_program,
    random_program,
    run_both,
    sbpf_file,
)
from syscall_programs import random_syscall_program
from zisk_py.isa.faults import FaultKind
from zisk_py.transpiler.bpf.elf_writer import text_offset_v0
from zisk_py.transpiler.bpf.layout import PROGRAM_ADDRESS
from zisk_py.transpiler.bpf.versions import (
    SBPF_V0,
    SBPF_V1,
    SBPF_V2,
    SBPF_V3,
    SBPF_VERSIONS,
    Feature,
    Version,
)

CONSTANTS = b"constants that can be read" * 4
VERSIONS = pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
GENERATORS = pytest.mark.parametrize(
    ("generator", "account_size"),
    [
        (random_program, None),
        (random_account_program, ACCOUNT_SIZE),
        (random_memory_program, None),
        (random_syscall_program, None),
    ],
    ids=["computing", "with an account", "memory", "syscalls"],
)

BELOW = "mov r1, r10\nadd r1, -64"  # r1 = 64 bytes of the frame
ASIDE = "mov r2, r10\nadd r2, -128"
RESULT_PLACE = "mov r4, r10\nadd r4, -136"
RETURN_64 = f"{BELOW}\nmov r2, 64\nsyscall sol_set_return_data\nmov r0, 0\nexit"


def text_in_stack(data: bytes) -> str:
    """Lines that put bytes at r10-64 and point r1, r2 at them."""
    stores = [f"stb [r10{i - 64:+d}], {byte}" for i, byte in enumerate(data)]
    return "\n".join([*stores, BELOW, f"mov r2, {len(data)}"])


# name -> (program, how it ends: None for success, a fault kind, or "error" for a non-zero exit)
CASES: dict[str, tuple[str, FaultKind | str | None]] = {
    "exit": ("mov r0, 0\nexit", None),
    "exit_with_a_code": ("lddw r0, 0x200000000\nexit", "error"),
    "call_and_return": ("call f\nmov r0, 0\nexit\nf: stdw [r10-8], 5\nexit", None),
    "frames_are_apart": (
        f"mov r6, 9\ncall f\nstxdw [r10-64], r6\n{RETURN_64}\nf: mov r6, 1\nstdw [r10-64], 5\ncall g\nexit\n"
        "g: stdw [r10-64], 6\nexit",
        None,
    ),
    "a_stack_frame_keeps_the_bytes_of_a_call_before": (
        f"call f\ncall g\nstxdw [r10-64], r0\n{RETURN_64}\n"
        "f: stdw [r10-8], 77\nexit\ng: ldxdw r0, [r10-8]\nexit",
        None,
    ),
    "initial_registers": (
        "sub r2, r1\nstxdw [r10-64], r1\nstxdw [r10-56], r2\n"
        f"stxdw [r10-48], r10\nstxdw [r10-40], r3\n{RETURN_64}",
        None,
    ),
    "log": (f"{text_in_stack('déjà vu €𐍈'.encode())}\nsyscall sol_log_\nexit", None),
    "log_costs_its_length": (f"{BELOW}\nadd r1, -200\nmov r2, 150\nsyscall sol_log_\nexit", None),
    "log_of_nothing_anywhere": ("mov r1, 5\nmov r2, 0\nsyscall sol_log_\nexit", None),
    "log_64": ("mov r3, -5\nsyscall sol_log_64_\nexit", None),
    "log_compute_units": ("mov r0, 5\nsyscall sol_log_compute_units_\nexit", None),
    "memset_uses_the_low_byte": (
        f"{BELOW}\nmov r2, 0x1ab\nmov r3, 61\nsyscall sol_memset_\n{RETURN_64}",
        None,
    ),
    "memcmp_of_a_smaller_byte": (
        f"{BELOW}\n{ASIDE}\nstb [r10-44], 200\nmov r3, 40\n{RESULT_PLACE}\nsyscall sol_memcmp_\n"
        f"ldxdw r5, [r10-136]\nstxdw [r10-64], r5\n{RETURN_64}",
        None,
    ),
    "memcmp_of_a_larger_byte": (
        f"{BELOW}\n{ASIDE}\nstb [r10-108], 200\nmov r3, 40\n{RESULT_PLACE}\nsyscall sol_memcmp_\n"
        f"ldxdw r5, [r10-136]\nstxdw [r10-64], r5\n{RETURN_64}",
        None,
    ),
    "empty_memcmp_still_stores_its_result": (
        f"mov r1, 0\nmov r2, 0\nstdw [r10-136], -1\nmov r3, 0\n{RESULT_PLACE}\nsyscall sol_memcmp_\n"
        f"ldxdw r5, [r10-136]\nstxdw [r10-64], r5\n{RETURN_64}",
        None,
    ),
    "return_data_shrinks": (
        f"stdw [r10-64], -1\nstdw [r10-56], -1\n{BELOW}\nmov r2, 16\nsyscall sol_set_return_data\n"
        f"{BELOW}\nmov r2, 3\nsyscall sol_set_return_data\nmov r0, 0\nexit",
        None,
    ),
    "empty_return_data": ("mov r1, 0\nmov r2, 0\nsyscall sol_set_return_data\nexit", None),
    "load_from_nowhere": ("mov r1, 0\nldxdw r0, [r1-8]\nexit", FaultKind.LOAD_VIOLATION),
    "store_to_the_program": (
        "lddw r1, 0x100000000\nstdw [r1+0], 1\nexit",
        FaultKind.STORE_VIOLATION,
    ),
    "store_past_the_heap": ("lddw r1, 0x300000000\nstdw [r1+32761], 1\nexit", FaultKind.STORE_VIOLATION),
    "load_past_the_input": ("ldxdw r0, [r1+48]\nexit", FaultKind.LOAD_VIOLATION),
    "recursion": ("f: mov r1, 1\ncall f\nexit", FaultKind.CALL_DEPTH_EXCEEDED),
    "callx_outside": ("mov r3, 77\ncallx r3\nexit", FaultKind.CALL_OUTSIDE_TEXT),
    "callx_too_deep_and_outside": (
        "mov r6, 63\nf: jeq r6, 0, deep\nadd r6, -1\ncall f\nexit\ndeep: callx r6\nexit",
        FaultKind.CALL_DEPTH_EXCEEDED,
    ),
    "overrun": ("mov r0, 0", FaultKind.EXECUTION_OVERRUN),
    "overrun_by_a_branch_not_taken": ("mov r0, 0\njne r0, 0, -1", FaultKind.EXECUTION_OVERRUN),
    "endless_loop": ("ja -1", FaultKind.BUDGET_EXCEEDED),
    "budget_ends_within_a_syscall": (
        "mov r2, 200000\nsyscall sol_log_\nexit",
        FaultKind.SYSCALL_BUDGET_EXCEEDED,
    ),
    "memory_syscall_beyond_the_budget": (
        "lddw r3, 0xffffffffffffffff\nsyscall sol_memset_\nexit",
        FaultKind.SYSCALL_BUDGET_EXCEEDED,
    ),
    "abort": ("syscall abort\nexit", FaultKind.ABORT),
    "panic": (f"{text_in_stack(b'lib.rs')}\nmov r3, 7\nmov r4, 9\nsyscall sol_panic_\nexit", FaultKind.PANIC),
    "panic_without_a_good_name": (
        "lddw r1, 0x500000000\nmov r2, 3\nsyscall sol_panic_\nexit",
        FaultKind.LOAD_VIOLATION,
    ),
    "overlapping_copy": (
        f"{BELOW}\nmov r2, r1\nadd r2, 23\nmov r3, 24\nsyscall sol_memcpy_\nexit",
        FaultKind.COPY_OVERLAPPING,
    ),
    "unaligned_result": (
        f"{BELOW}\n{ASIDE}\nmov r3, 8\n{RESULT_PLACE}\nadd r4, 2\nsyscall sol_memcmp_\nexit",
        FaultKind.UNALIGNED_POINTER,
    ),
    "unaligned_result_nowhere": (
        f"{BELOW}\n{ASIDE}\nmov r3, 8\nmov r4, 3\nsyscall sol_memcmp_\nexit",
        FaultKind.STORE_VIOLATION,
    ),
    "large_return_data": (
        f"{BELOW}\nmov r2, 1025\nsyscall sol_set_return_data\nexit",
        FaultKind.RETURN_DATA_TOO_LARGE,
    ),
    "slice_over_two_regions": (
        "lddw r1, 0x300000000\nlddw r3, 0x900000\nmov r2, 1\nsyscall sol_memset_\nexit",
        FaultKind.STORE_VIOLATION,
    ),
    "slice_that_wraps_around": (
        "lddw r1, 0xffffffffffffffff\nmov r3, 2\nmov r2, 1\nsyscall sol_memset_\nexit",
        FaultKind.STORE_VIOLATION,
    ),
    "copy_into_constants": (
        f"lddw r1, 0x100000000\n{ASIDE}\nmov r3, 8\nsyscall sol_memcpy_\nexit",
        FaultKind.STORE_VIOLATION,
    ),
}


# The same where versions differ, with the versions.
NO_PRODUCTS = (SBPF_V0, SBPF_V1, SBPF_V3)
FIXED_FRAMES, DYNAMIC_FRAMES = (SBPF_V0, SBPF_V3), (SBPF_V1, SBPF_V2)
ACROSS_A_FRAME = "lddw r1, 0x1122334455667788\nstxdw [r10-4], r1\nmov r0, 0\nexit"
ZERO_32 = "lddw r1, 0x500000000"
CASES_OF_SOME: dict[str, tuple[tuple[Version, ...], str, FaultKind | str | None]] = {
    "divide_by_zero": (NO_PRODUCTS, "mov r1, 0\ndiv r0, r1\nexit", FaultKind.DIVIDE_BY_ZERO),
    "divide_32_bits_by_zero": (NO_PRODUCTS, f"{ZERO_32}\nmod32 r0, r1\nexit", FaultKind.DIVIDE_BY_ZERO),
    "udiv_by_zero": ((SBPF_V2,), "mov r1, 0\nudiv r0, r1\nexit", FaultKind.DIVIDE_BY_ZERO),
    "urem_by_zero": ((SBPF_V2,), "mov r1, 0\nurem r0, r1\nexit", FaultKind.DIVIDE_BY_ZERO),
    "udiv32_by_zero": ((SBPF_V2,), f"{ZERO_32}\nudiv32 r0, r1\nexit", FaultKind.DIVIDE_BY_ZERO),
    "urem32_by_zero": ((SBPF_V2,), f"{ZERO_32}\nurem32 r0, r1\nexit", FaultKind.DIVIDE_BY_ZERO),
    **{
        f"{name}{bits}_of_the_least_number_by_{operand}": (
            (SBPF_V2,),
            f"lddw r1, {least:#x}\nmov r2, -1\n{name}{bits} r1, {operand}\nexit",
            FaultKind.DIVIDE_OVERFLOW,
        )
        for name in ("sdiv", "srem")
        for bits, least in (("", 1 << 63), ("32", 0x5_8000_0000))
        for operand in ("r2", "-1")
    },
    **{
        f"{name}_by_zero": (
            (SBPF_V2,),
            f"lddw r1, {least:#x}\nlddw r2, {zero:#x}\n{name} r1, r2\nexit",
            FaultKind.DIVIDE_BY_ZERO,
        )
        for name, least, zero in (
            ("sdiv", 1 << 63, 0),
            ("srem", 1 << 63, 0),
            ("sdiv32", 1 << 31, 1 << 32),
            ("srem32", 1 << 31, 1 << 32),
        )
    },
    "store_past_the_end_of_a_frame_goes_on_in_the_next": (FIXED_FRAMES, ACROSS_A_FRAME, None),
    "store_past_the_end_of_the_stack": (DYNAMIC_FRAMES, ACROSS_A_FRAME, FaultKind.STORE_VIOLATION),
    "frames_that_the_program_moves": (
        DYNAMIC_FRAMES,
        f"add r10, -128\ncall f\nstxdw [r10-64], r0\nstxdw [r10-56], r10\n{RETURN_64}\n"
        "f: add r10, -4096\nstdw [r10+4096], 7\ncall g\nadd r0, r10\nexit\n"
        "g: add r10, 64\nmov r0, r10\nexit",
        None,
    ),
    "a_call_leaves_r10": (
        DYNAMIC_FRAMES,
        f"stdw [r10-64], 5\ncall f\n{RETURN_64}\nf: ldxdw r1, [r10-64]\nadd r1, 1\nstxdw [r10-64], r1\nexit",
        None,
    ),
    "a_frame_above_the_stack": (
        DYNAMIC_FRAMES,
        "add r10, 64\nstdw [r10-8], 1\nexit",
        FaultKind.STORE_VIOLATION,
    ),
    "a_frame_below_the_stack": (
        DYNAMIC_FRAMES,
        "add r10, -262144\nldxdw r0, [r10-8]\nexit",
        FaultKind.LOAD_VIOLATION,
    ),
    "no_gaps_in_the_stack": (
        (SBPF_V1, SBPF_V2, SBPF_V3),
        f"lddw r1, 0x200001ff8\nlddw r2, 0x1122334455667788\nstxdw [r1+4], r2\nldxdw r3, [r1+8]\n"
        f"stxdw [r10-64], r3\n{RETURN_64}",
        None,
    ),
    "high_products_of_constants": (
        (SBPF_V2,),
        f"lddw r3, 0xfedcba9876543210\nmov r4, r3\nuhmul r3, -2\nshmul r4, -2\nstxdw [r10-64], r3\n"
        f"stxdw [r10-56], r4\n{RETURN_64}",
        None,
    ),
}
ALL_CASES = [(name, version, *case) for name, case in CASES.items() for version in SBPF_VERSIONS] + [
    (name, version, *case) for name, (versions, *case) in CASES_OF_SOME.items() for version in versions
]


@pytest.mark.parametrize(
    ("version", "source", "expected"),
    [case[1:] for case in ALL_CASES],
    ids=[f"{name}-{version.target}" for name, version, *_ in ALL_CASES],
)
def test_case_ends_as_in_litesvm(version: Version, source: str, expected: FaultKind | str | None):
    ours, theirs = run_both(sbpf_file(source, version, CONSTANTS))
    assert difference(ours, theirs) == ""
    assert getattr(ours.outcome, "kind", None if theirs.failure == "" else "error") == expected


# One text per rule of UTF-8: overlong forms, surrogates, beyond the last code point, stray and missing bytes.
TEXTS = {
    "two_bytes": b"\xc3\xa9",
    "last_of_three": b"\xef\xbf\xbf",
    "first_of_four": b"\xf0\x90\x80\x80",
    "last_of_four": b"\xf4\x8f\xbf\xbf",
    "before_surrogates": b"\xed\x9f\xbf",
    "after_surrogates": b"\xee\x80\x80",
    "ascii_then_two": b"12345678\xc3\xa9",
    "overlong_two": b"\xc1\x81",
    "overlong_three": b"\xe0\x9f\xbf",
    "overlong_four": b"\xf0\x8f\xbf\xbf",
    "surrogate": b"\xed\xa0\x80",
    "beyond_unicode": b"\xf4\x90\x80\x80",
    "lead_f5": b"\xf5\x80\x80\x80",
    "stray_continuation": b"abc\x80",
    "missing_end_of_two": b"ab\xc3",
    "missing_end_of_three": b"\xe2\x82",
    "missing_end_of_four": b"\xf0\x9f\x98",
    "ascii_in_the_middle": b"\xe2\x41\xac",
    "ascii_at_the_end": b"\xf0\x9f\x98\x41",
    "lead_in_the_middle": b"\xf0\xc3\x98\x81",
    "bad_after_eight": b"12345678\xff",
}


@VERSIONS
@pytest.mark.parametrize("name", TEXTS)
def test_logged_text_is_utf8_where_litesvm_says_so(name: str, version: Version):
    ours, theirs = run_both(
        sbpf_file(f"{text_in_stack(TEXTS[name])}\nsyscall sol_log_\nmov r0, 0\nexit", version)
    )
    assert difference(ours, theirs) == ""
    assert (theirs.failure == "") == (TEXTS[name].decode(errors="replace").encode() == TEXTS[name])


def test_an_unknown_syscall_is_a_fault_when_it_is_called():
    ours, theirs = run_both(sbpf_file("helper 0x12345\nexit", SBPF_V3))
    assert ours.outcome.kind is FaultKind.UNSUPPORTED_INSTRUCTION
    assert difference(ours, theirs) == ""


def test_a_syscall_that_zisk_py_lacks_is_a_fault_when_it_is_called():
    ours, _ = run_both(sbpf_file("mov r0, 0\nsyscall sol_poseidon\nexit", SBPF_V0))
    assert (ours.outcome.kind, ours.outcome.pc) == (FaultKind.UNSUPPORTED_SYSCALL, 1)


def text_address(version: Version) -> int:
    """Where a program's text is that has no more than that."""
    return PROGRAM_ADDRESS + (0 if version.has(Feature.STRICT_ELF) else text_offset_v0())


@VERSIONS
def test_callx_calls_the_slot_of_an_address_without_its_low_bits(version: Version):
    source = f"lddw r3, {text_address(version) + 0x3F:#x}\ncallx r3\nmov r0, 0\nexit\nmov r0, 1\nexit\n"
    ours, theirs = run_both(sbpf_file(source + "mov r0, 2\nmov r6, 1\nexit", version))
    assert ours.outcome.code == 0
    assert difference(ours, theirs) == ""


@pytest.mark.parametrize("version", [SBPF_V0, SBPF_V1, SBPF_V3], ids=lambda version: version.target)
def test_callx_into_the_second_half_of_lddw_is_unsupported(version: Version):
    source = f"lddw r3, {text_address(version) + 8:#x}\ncallx r3\nexit"
    ours, theirs = run_both(sbpf_file(source, version))
    assert (ours.outcome.kind, ours.outcome.pc) == (FaultKind.UNSUPPORTED_INSTRUCTION, 1)
    assert difference(ours, theirs) == ""


def test_a_static_call_outside_the_text_is_unsupported_when_it_is_made():
    ours, theirs = run_both(sbpf_file("call +5\nexit", SBPF_V3))
    assert ours.outcome.kind is FaultKind.UNSUPPORTED_INSTRUCTION
    assert difference(ours, theirs) == ""


@VERSIONS
@GENERATORS
def test_random_programs_end_as_in_litesvm(generator, account_size: int | None, version: Version):
    for seed in range(12):
        file = sbpf_file(generator(seed, version), version, CONSTANTS)
        assert difference(*run_both(file, account_size=account_size)) == "", f"seed {seed}"


@pytest.mark.slow
@VERSIONS
@GENERATORS
def test_many_random_programs_end_as_in_litesvm(generator, account_size: int | None, version: Version):
    """2,010 programs of v0 and v3, 600 of v1 and v2."""
    for seed in range(20, 355 if version in (SBPF_V0, SBPF_V3) else 120):
        file = sbpf_file(generator(seed, version), version, CONSTANTS)
        assert difference(*run_both(file, account_size=account_size)) == "", f"seed {seed}"


# Slices in the stack of v0 that cross several gaps; addresses are those of the start, in frames of 8192.
FRAMES = 0x2_0000_0000
LARGE = {
    "fill": "lddw r1, {a:#x}\nmov r2, 0x5a\nmov r3, {n}\nsyscall sol_memset_",
    "move_up": "lddw r1, {b:#x}\nlddw r2, {a:#x}\nmov r3, {n}\nsyscall sol_memmove_",
    "move_down": "lddw r1, {a:#x}\nlddw r2, {b:#x}\nmov r3, {n}\nsyscall sol_memmove_",
    "compare": "lddw r1, {a:#x}\nlddw r2, {b:#x}\nmov r3, {n}\nmov r4, r10\nadd r4, -64\nsyscall sol_memcmp_",
    "log": "lddw r1, {a:#x}\nmov r2, {n}\nsyscall sol_log_",
}


@VERSIONS
@pytest.mark.parametrize("length", [4096, 9001])
@pytest.mark.parametrize("name", LARGE)
def test_a_slice_over_several_frames_is_walked_as_in_litesvm(name: str, length: int, version: Version):
    start, other = FRAMES + 8192 + 4091, FRAMES + 2 * 8192 + 5
    seed = "\n".join(
        f"lddw r1, {FRAMES + 8192 * frame + 8 * word:#x}\nstdw [r1+0], {0x01010101 * (frame + word % 7)}"
        for frame in range(1, 5)
        for word in (0, 1, 9, 100, 300, 510, 511)
    )
    action = LARGE[name].format(a=start, b=other, n=length)
    for shown in (start, FRAMES + 8192 * 2 + 3600, FRAMES + 8192 * 3 + 3900):
        show = f"lddw r1, {shown:#x}\nmov r2, 1000\nsyscall sol_set_return_data"
        source = f"{seed}\n{action}\n{show}\nmov r0, 0\nexit"
        ours, theirs = run_both(sbpf_file(source, version, CONSTANTS))
        assert difference(ours, theirs) == ""
        assert theirs.failure == ""
