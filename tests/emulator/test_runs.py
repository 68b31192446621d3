"""How runs end, what they are refused for, and how they are interrupted."""

import dataclasses
import signal
from types import ModuleType
from typing import Any

import pytest

from zisk_py import emulator
from zisk_py.emulator.errors import EmulatorError
from zisk_py.errors import InputError, LimitError
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.instruction import (
    INDIRECT,
    LAST_C,
    UNITS,
    Instruction,
    Store,
    hidden,
    immediate,
    register,
)
from zisk_py.isa.memory_map import (
    ENVIRONMENT_WORD,
    EXIT_PC,
    FAULT_PC,
    HIDDEN_KEY,
    OUTPUT_WORD,
    REGISTER_KEY,
    RegionKind,
)
from zisk_py.isa.operations import COPY, OPERATIONS, Operation

LOOP = [Instruction(0, b=register(0), cost=True, j1=0, j2=0)]


def exit_row(pc: int, source: Any) -> Instruction:
    return Instruction(pc, b=source, j1=EXIT_PC - pc, j2=EXIT_PC - pc)


def run(phases: ModuleType, case: Any, **options: Any) -> Any:
    return phases.execute(case.rom, case.claim, case.data, **({"chunk_size": 16} | options))


@pytest.mark.parametrize("budget", [0, 1, 15, 16, 17, 100])
def test_a_run_stops_at_the_instruction_that_it_cannot_pay(
    budget: int, phases: ModuleType, simple_case: Any
) -> None:
    execution = run(phases, simple_case(LOOP, budget=budget))
    assert execution.outcome == Fault(FaultKind.BUDGET_EXCEEDED, 0)
    assert execution.steps == execution.compute_units == budget
    assert [chunk.num_steps for chunk in execution.chunks][:-1] == [16] * ((budget - 1) // 16)
    assert len(execution.chunks) == max(1, -(-budget // 16))


def test_a_run_may_take_exactly_its_limit_of_steps(phases: ModuleType, simple_case: Any) -> None:
    case = simple_case(LOOP, budget=40)
    assert run(phases, case, max_steps=40).steps == 40
    with pytest.raises(LimitError, match="39 steps"):
        run(phases, case, max_steps=39)


@pytest.mark.parametrize("options", [{"chunk_size": 0}, {"max_steps": 1 << 40}])
def test_impossible_limits_are_refused(options: Any, phases: ModuleType, simple_case: Any) -> None:
    with pytest.raises(InputError, match="impossible"):
        run(phases, simple_case(LOOP), **options)


def test_the_exit_code_has_64_bits(phases: ModuleType, simple_case: Any) -> None:
    execution = run(phases, simple_case([exit_row(0, immediate(-3))]))
    assert execution.outcome == Exit((1 << 64) - 3)
    assert (execution.final_pc, execution.final_c) == (EXIT_PC, (1 << 64) - 3)


def test_a_fault_names_kind_and_slot(phases: ModuleType, simple_case: Any) -> None:
    code = immediate(8 * 5 | FaultKind.DIVIDE_BY_ZERO << 32)
    rows = [Instruction(0, b=code, j1=FAULT_PC, j2=FAULT_PC)]
    assert run(phases, simple_case(rows)).outcome == Fault(FaultKind.DIVIDE_BY_ZERO, 5)


def test_units_are_those_before_the_row_and_charges_count(phases: ModuleType, simple_case: Any) -> None:
    rows = [
        Instruction(0, b=immediate(1 << 32 | 40), cost=True, charge=True, j1=8, j2=8),
        dataclasses.replace(exit_row(8, UNITS), cost=True),
    ]
    execution = run(phases, simple_case(rows))
    assert execution.outcome == Exit(41)
    assert execution.compute_units == 42


def test_outputs_are_as_long_as_their_first_word_says(phases: ModuleType, simple_case: Any) -> None:
    output = HIDDEN_KEY + OUTPUT_WORD
    rows = [
        Instruction(0, b=immediate(11), store=Store.KEYED, store_key=output, j1=8, j2=8),
        Instruction(
            8, COPY, immediate(OUTPUT_WORD), immediate(0x0807060504030201), Store.INDIRECT,
            offset=1, guest=False, j1=8, j2=8,
        ),
        Instruction(16, b=immediate(0x0A09), store=Store.KEYED, store_key=output + 2, j1=8, j2=8),
        exit_row(24, hidden(OUTPUT_WORD + 1)),
    ]  # fmt: skip
    execution = run(phases, simple_case(rows))
    assert execution.outputs == bytes(range(1, 11)) + b"\0"
    assert execution.outcome == Exit(0x0807060504030201)


def test_the_environment_is_read_by_key_and_by_number(phases: ModuleType, simple_case: Any) -> None:
    environment = bytes(range(1, 25))
    rows = [
        Instruction(0, COPY, immediate(ENVIRONMENT_WORD), INDIRECT, offset=1, guest=False, j1=8, j2=8),
        Instruction(
            8, OPERATIONS["xor"], LAST_C, hidden(ENVIRONMENT_WORD + 2), Store.KEYED,
            HIDDEN_KEY + ENVIRONMENT_WORD, j1=8, j2=8,
        ),
        exit_row(16, hidden(ENVIRONMENT_WORD)),
    ]  # fmt: skip
    words = [int.from_bytes(environment[at : at + 8], "little") for at in (8, 16)]
    assert run(phases, simple_case(rows, environment=environment)).outcome == Exit(words[0] ^ words[1])


@pytest.mark.parametrize("size", [0, 8])
def test_an_environment_without_a_word_that_a_row_names_is_refused(
    size: int, phases: ModuleType, simple_case: Any
) -> None:
    case = simple_case([exit_row(0, hidden(ENVIRONMENT_WORD + 1))], environment=bytes(size))
    with pytest.raises(InputError, match=f"has {size} bytes, and the program reads the first 16"):
        run(phases, case)


def test_a_replay_in_regions_without_the_environment_is_refused(phases: ModuleType, simple_case: Any) -> None:
    case = simple_case([exit_row(0, hidden(ENVIRONMENT_WORD + 1))], environment=bytes(16))
    (chunk,) = run(phases, case).chunks
    regions = [region for region in case.regions if region.kind is not RegionKind.ENVIRONMENT]
    with pytest.raises(InputError, match="give it whole"):
        phases.count(case.rom, regions, chunk)


def key_store(number: int) -> Instruction:
    return Instruction(
        0, b=immediate(5_000_000), store=Store.KEYED, store_key=HIDDEN_KEY + number, j1=8, j2=8
    )


REFUSED = {
    "output too long": ([key_store(OUTPUT_WORD), exit_row(8, immediate(0))], "output of 5000000 bytes"),
    "hidden word above the last": ([key_store(1 << 16), exit_row(8, immediate(0))], "names no word"),
    "computed hidden word below the first": (
        [Instruction(0, COPY, immediate(2), INDIRECT, offset=-3, guest=False, j1=8, j2=8)],
        "hidden",
    ),
    "computed output word above the last": (
        [Instruction(0, COPY, immediate(OUTPUT_WORD), INDIRECT, offset=524289, guest=False, j1=8, j2=8)],
        "hidden",
    ),
    "computed word of an environment that is empty": (
        [Instruction(0, COPY, immediate(ENVIRONMENT_WORD), INDIRECT, guest=False, j1=8, j2=8)],
        "hidden",
    ),
    "no row": ([Instruction(0, b=immediate(1), j1=8, j2=8)], "no row"),
    "jump to a high slot": ([Instruction(0, b=immediate(1 << 32), set_pc=True, j1=0)], "2\\^32"),
    "jump to no row": ([Instruction(0, b=immediate(3), set_pc=True, j1=0)], "no row"),
    "unknown fault": ([Instruction(0, b=immediate(99 << 32), j1=FAULT_PC, j2=FAULT_PC)], "fault number 99"),
    "access without fault jump": (
        [Instruction(0, COPY, immediate(0), INDIRECT, j1=8, j2=8), exit_row(8, immediate(0))],
        "fault end",
    ),
}


@pytest.mark.parametrize(("rows", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_rom_that_no_transpiler_makes_is_refused(
    rows: Any, reason: str, phases: ModuleType, simple_case: Any
) -> None:
    with pytest.raises(EmulatorError, match=reason):
        run(phases, simple_case(rows))


def test_the_input_must_be_the_claims(phases: ModuleType, simple_case: Any) -> None:
    case = simple_case([exit_row(0, immediate(0))], b"abc")
    with pytest.raises(InputError, match="2 bytes, the claim says 3"):
        run(phases, dataclasses.replace(case, data=b"ab"))
    claim = dataclasses.replace(case.claim, public_input=b"abd")
    with pytest.raises(InputError, match="public input"):
        run(phases, dataclasses.replace(case, claim=claim))


def test_an_image_outside_its_region_is_refused(phases: ModuleType, random_case: Any) -> None:
    case = random_case(1)
    image = (dataclasses.replace(case.rom.image[0], data=bytes(94)),)
    with pytest.raises(InputError, match="no image region"):
        run(phases, dataclasses.replace(case, rom=dataclasses.replace(case.rom, image=image)))


def test_chunks_can_be_dropped(phases: ModuleType, simple_case: Any) -> None:
    seen: list[int] = []
    execution = run(phases, simple_case(LOOP, budget=40), keep_chunks=False, progress=seen.append)
    assert execution.chunks == ()
    assert seen == [16, 32, 40]


def test_an_error_in_a_foreign_operation_reaches_the_caller(phases: ModuleType, simple_case: Any) -> None:
    def broken(a: int, b: int) -> tuple[int, int]:
        raise ArithmeticError("out of order")

    operation = OPERATIONS.add(Operation("broken", 0xF6, "broken", broken, native=False))
    try:
        with pytest.raises(ArithmeticError, match="out of order"):
            run(phases, simple_case([Instruction(0, operation, j1=0, j2=0)]))
    finally:
        OPERATIONS.remove(operation)


def test_a_foreign_operation_has_a_stream_of_its_own(
    phases: ModuleType, foreign: Operation, simple_case: Any
) -> None:
    rows = [
        Instruction(0, foreign, b=immediate(1 << 40), store=Store.KEYED, store_key=REGISTER_KEY, j1=8, j2=8),
        exit_row(8, register(0)),
    ]
    case = simple_case(rows)
    execution = run(phases, case)
    count = phases.count(case.rom, case.regions, execution.chunks[0])
    records = phases.expand(case.rom, case.regions, execution.chunks[0], emulator.merge([count])[0][0])
    assert execution.outcome == Exit(1 << 8)
    assert count.streams["swapper"] == 1
    assert records.operations["swapper"].tolist() == [[foreign.code, 0, 1 << 40, 1 << 8, 0]]


def test_a_run_can_be_interrupted(simple_case: Any) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(emulator, simple_case([Instruction(0, j1=0, j2=0)]), chunk_size=1 << 30)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
