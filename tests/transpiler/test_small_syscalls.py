"""Logs, return data, heap and calls around: each syscall ends as in LiteSVM, in every check that can fail."""

import pytest

from bpf_programs import OWN_LINES, difference, log_difference, run_both, sbpf_file
from runtime_runs import Case, run_in_litesvm
from syscall_programs import CONSTANTS, GAP, HEAP, ROOM, SLICES, STACK, call, put, show, show_bytes, slices
from zisk_py.isa.faults import Exit, FaultKind
from zisk_py.transpiler.bpf.input_buffer import Loader
from zisk_py.transpiler.bpf.log_records import log_lines
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3, SBPF_VERSIONS, Version

OFTEN = (SBPF_V0, SBPF_V3)
VERSIONS = pytest.mark.parametrize(
    "version",
    [pytest.param(v, id=v.target, marks=[] if v in OFTEN else [pytest.mark.slow]) for v in SBPF_VERSIONS],
)
PATTERN = put(HEAP, 0x1122334455667788, 0x99AABBCCDDEEFF00, 0x0102030405060708, -1, 0x7F << 56)
SET = f"{PATTERN}\n{call('sol_set_return_data', HEAP + 3, 20)}"

CASES = {
    "pubkey": f"{PATTERN}\n{call('sol_log_pubkey', HEAP)}",
    "pubkey_of_zeros": call("sol_log_pubkey", HEAP),
    "pubkey_anywhere": f"{PATTERN}\n{call('sol_log_pubkey', HEAP + 5)}",
    "pubkey_over_two_frames": f"{put(STACK + 4088, -1)}\n{call('sol_log_pubkey', GAP)}",
    "pubkey_past_the_heap": call("sol_log_pubkey", HEAP + 0x8000 - 31),
    "units": "syscall sol_log_compute_units_\nsyscall sol_log_compute_units_",
    "values": call("sol_log_64_", 0, -1, 1 << 63, 10, 0xABCDEF),
    "data": f"{PATTERN}\n{slices((HEAP, 3), (HEAP, 0), (HEAP + 1, 16), (HEAP + 5, 25))}\n"
    f"{call('sol_log_data', SLICES, 4)}",
    "data_of_no_slice": call("sol_log_data", 5, 0),
    "data_of_empty_slices": f"{slices((5, 0), (-1, 0))}\n{call('sol_log_data', SLICES, 2)}",
    "data_over_two_frames": f"{put(STACK + 4088, -1)}\n{slices((GAP, 40), (HEAP, 1))}\n"
    f"{call('sol_log_data', SLICES, 2)}",
    "slices_over_two_frames": f"{put(STACK + 4088, HEAP)}\n{call('sol_log_data', STACK + 4088, 1)}",
    "data_of_a_slice_nowhere": f"{slices((HEAP, 1), (5, 1))}\n{call('sol_log_data', SLICES, 2)}",
    "unaligned_slices": call("sol_log_data", SLICES + 4, 1),
    "unaligned_slices_nowhere": call("sol_log_data", 4, 2),
    "no_unaligned_slices": call("sol_log_data", 3, 0),
    "too_many_slices": call("sol_log_data", SLICES, 1 << 59),
    "most_slices": call("sol_log_data", SLICES, (1 << 59) - 1),
    "too_many_slices_nowhere": call("sol_log_data", 4, -1),
    "data_beyond_the_budget": f"{slices((HEAP, 1 << 63))}\n{call('sol_log_data', SLICES, 1)}",
    "data_whose_length_wraps": f"{slices((5, 1 << 63), (5, 1 << 63), (5, 7))}\n"
    f"{call('sol_log_data', SLICES, 3)}",
    "slices_beyond_the_budget": call("sol_log_data", HEAP, 2000),
    "much_data": f"{slices((HEAP, 9000), (HEAP, 9000))}\n{call('sol_log_data', SLICES, 2)}",
    "many_empty_slices": call("sol_log_data", HEAP, 1900),
    "more_than_the_log_holds": "\n".join(
        [call("sol_log_", HEAP, 30_000), call("sol_log_", HEAP, 3000), call("sol_log_", HEAP, 3)]
    ),
    "more_data_than_the_log_holds": f"{call('sol_log_', HEAP, 9000)}\n{slices((HEAP, 30_000))}\n"
    f"{call('sol_log_data', SLICES, 1)}\n{call('sol_log_', HEAP, 3)}",
    "longer_than_the_log_and_nowhere": f"{slices((HEAP, 32_768), (5, 1))}\n{call('sol_log_data', SLICES, 2)}",
    "no_return_data": f"{call('sol_get_return_data', 5, 100, 7)}",
    "return_data": f"{SET}\n{call('sol_get_return_data', ROOM, 100, ROOM + 64)}\n{show()}\n"
    f"{show_bytes(ROOM, 128)}",
    "return_data_cut_off": f"{SET}\n{call('sol_get_return_data', ROOM + 1, 13, ROOM + 65)}\n{show()}\n"
    f"{show_bytes(ROOM, 128)}",
    "return_data_over_two_frames": f"{SET}\n{call('sol_get_return_data', GAP, 20, STACK + 64)}\n"
    f"{show_bytes(GAP, 24)}",
    "program_id_over_two_frames": f"{SET}\n{call('sol_get_return_data', STACK + 64, 20, GAP)}\n"
    f"{show_bytes(GAP, 40)}",
    "length_of_return_data": f"{SET}\n{call('sol_get_return_data', 5, 0, 7)}",
    "return_data_nowhere": f"{SET}\n{call('sol_get_return_data', 5, 3, 7)}",
    "program_id_nowhere": f"{SET}\n{call('sol_get_return_data', ROOM, 3, 7)}",
    "program_id_to_constants": f"{SET}\n{call('sol_get_return_data', ROOM, 3, 0x1_0000_0000)}",
    **{
        f"program_id_{distance:+d}_from_20_bytes": f"{SET}\n"
        + call("sol_get_return_data", ROOM, 100, ROOM + distance)
        for distance in (-33, -32, -31, -1, 0, 1, 19, 20)
    },
    "overlap_behind_a_gap": f"{SET}\n{call('sol_get_return_data', GAP, 20, STACK + 8192)}",
    "data_up_to_a_gap": f"{SET}\n{call('sol_get_return_data', GAP, 13, STACK + 8192)}",
    "shrunk_return_data": f"{SET}\n{call('sol_set_return_data', HEAP, 3)}\n"
    f"{call('sol_get_return_data', ROOM, 100, ROOM + 64)}\n{show()}\n{show_bytes(ROOM, 100)}",
    "stack_height": "syscall sol_get_stack_height",
    "sibling": call("sol_get_processed_sibling_instruction", 0, 5, 5, 5, 5),
    "last_sibling": call("sol_get_processed_sibling_instruction", -1, 5, 5, 5, 5),
    **{
        f"heap_{number}": "\n".join(
            f"{call('sol_alloc_free_', size, address)}\n{show()}" for size, address in requests
        )
        for number, requests in enumerate(
            (
                [(5, 0), (0, 0), (3, 0), (32_752, 0), (32_744, 0), (8, 0), (0, 0)],
                [(32_768, 0), (1, 0), (0, 0), (-1, 0), (1 << 63, 0)],
                [(32_767, 0), (1, 0), (0, 0), (7, 1), (1 << 63, 0)],
                [((1 << 63) - 8, 0), (32_761, 0), (8, 0), (0, 0), (1, 0), (0, HEAP)],
            )
        )
    },
    "panic": f"{put(HEAP, int.from_bytes(b'main.rs ', 'little'))}\n{call('sol_panic_', HEAP, 7, -1, 5)}",
    "panic_in_a_file_that_is_no_text": f"{put(HEAP, 0xFF)}\n{call('sol_panic_', HEAP, 1, 2, 3)}",
    "panic_of_nowhere": call("sol_panic_", 5, 0, 2, 3),
    "panic_over_two_frames": f"{put(STACK + 4088, 0x41 << 56)}\n{call('sol_panic_', GAP, 20, 2, 3)}",
    "text_after_data": f"{slices((HEAP, 9))}\n{call('sol_log_data', SLICES, 1)}\n{call('sol_log_', HEAP, 9)}",
}


@VERSIONS
@pytest.mark.parametrize("name", CASES)
def test_case_ends_as_in_litesvm(name: str, version: Version):
    source = f"{CASES[name]}\n{show()}\nmov r0, 0\nexit"
    ours, theirs = run_both(sbpf_file(source, version, CONSTANTS))
    assert difference(ours, theirs) == ""


@pytest.mark.parametrize("version", OFTEN, ids=lambda version: version.target)
@pytest.mark.parametrize("name", ["data", "return_data", "pubkey", "units", "sibling", "stack_height"])
def test_every_budget_ends_where_litesvm_ends(name: str, version: Version):
    """Budgets around each charge: each amount that the full run has spent on the way, and one less."""
    file = sbpf_file(f"{CASES[name]}\nmov r0, 0\nexit", version, CONSTANTS)
    full, _ = run_both(file)
    step = max(1, full.compute_units // 12)
    for budget in [*range(1, full.compute_units, step), full.compute_units - 1, full.compute_units]:
        ours, theirs = run_both(file, budget=budget)
        assert (ours.compute_units, ours.fault_text) == (theirs.units, theirs.failure), budget


def test_a_log_that_overflows_says_so_where_the_first_line_is_missing():
    source = "\n".join(call("sol_log_", HEAP, length) for length in (9000, 20_000, 9000, 5, 9000, 9000, 6))
    ours, _ = run_both(sbpf_file(f"{source}\nmov r0, 0\nexit", SBPF_V0))
    texts = ["Program log: " + "\0" * length for length in (9000, 9000, 5, 9000, 6)]
    assert log_lines(ours.hidden) == (texts[0], "Log truncated", *texts[1:])


def test_a_log_that_is_full_keeps_the_run_going():
    count = 700
    source = f"mov r6, {count}\nlddw r1, {HEAP:#x}\nmov r2, 100\nsyscall sol_log_\nadd r6, -1\njne r6, 0, -6"
    ours, theirs = run_both(sbpf_file(f"{source}\nmov r0, 0\nexit", SBPF_V0))
    lines = log_lines(ours.hidden)
    assert log_difference(ours, theirs) == ""
    assert lines[-1] == "Log truncated"
    assert 250 < len(lines) < count


def test_a_panic_is_the_last_line():
    source = CASES["panic"]
    ours, _ = run_both(sbpf_file(source, SBPF_V3))
    assert ours.outcome.kind is FaultKind.PANIC
    assert log_lines(ours.hidden)[-1] == f"SBF program Panicked in main.rs at {(1 << 64) - 1}:5"


LOOSE = {
    "heap": "\n".join(f"{call('sol_alloc_free_', size, 0)}\n{show()}" for size in (5, 3, 0, 32_757, 3, 1)),
    "slices": f"{slices((HEAP, 3), (HEAP, 5), address=SLICES + 3)}\n{call('sol_log_data', SLICES + 3, 2)}",
    "slices_over_two_frames": f"{slices((HEAP, 3), address=GAP)}\n{call('sol_log_data', GAP, 1)}",
    "memcmp": f"{PATTERN}\n{call('sol_memcmp_', HEAP, HEAP + 8, 8, ROOM + 1)}\n"
    f"lddw r1, {ROOM:#x}\nldxdw r0, [r1+0]\n{show()}",
    "sha256": f"{slices((HEAP, 3), address=SLICES + 3)}\n{call('sol_sha256', SLICES + 3, 1, ROOM + 1)}\n"
    f"{call('sol_log_pubkey', ROOM + 1)}",
    "program_address": f"{slices((HEAP, 3), address=SLICES + 3)}\n"
    f"{call('sol_create_program_address', SLICES + 3, 1, HEAP + 1, ROOM + 1)}\n{show()}\n"
    f"{call('sol_log_pubkey', ROOM + 1)}",
    "stake": f"{call('sol_get_epoch_stake', HEAP + 1)}\n{show()}",
    "return_data": f"{call('sol_set_return_data', HEAP + 1, 3)}\n"
    f"{call('sol_get_return_data', ROOM + 1, 9, ROOM + 5)}\n{show()}\n{call('sol_log_pubkey', ROOM + 5)}",
}


@pytest.mark.parametrize("name", LOOSE)
def test_the_deprecated_loader_asks_for_no_alignment(name: str):
    case = Case(LOOSE[name], [], loader=Loader.DEPRECATED)
    ours, theirs = case.run(()), run_in_litesvm(case)
    assert theirs.error == ""
    assert ours.outcome == Exit(0)
    assert ours.compute_units == theirs.units
    assert log_lines(ours.hidden) == tuple(line for line in theirs.logs if line.startswith(OWN_LINES))
