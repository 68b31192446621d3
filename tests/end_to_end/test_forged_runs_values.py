"""Forged runs: wrong results, numbers out of their ranges, counts of tables, outputs, words of regions."""

from dataclasses import replace

import pytest

from forged_runs import HEAP, TEXT, Lies, Rows, assert_refused, bpf, forged_run
from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import Exit
from zisk_py.isa.instruction import Store, hidden, immediate, register
from zisk_py.isa.memory_map import (
    GUEST_ADDRESS_LIMIT,
    HIDDEN_KEY,
    MAX_OUTPUT_BYTES,
    OUTPUT_WORD,
    REGISTER_KEY,
    RegionKind,
    guest_key,
)
from zisk_py.isa.operations import ADD, ADD_W, AND, DIVU, EQ, LT, LTU, MULU, OPERATIONS, REMU, SLL
from zisk_py.isa.rules import Quantity, RegionRule
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.multiplicities import table_column
from zisk_py.statemachines.registry import MACHINES

LOW_SUM = "AddCompare: result0 - a0"
HIGH_SUM = "AddCompare: (1 - is_word) * (result1 - a1"
EXTERNAL = [operation for operation in OPERATIONS if operation.is_external]
A, B = 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_0000_0003


def operation_program(operation, a=A, b=B):
    """r0 = operation(a, b)."""
    row = {"op": operation, "a": immediate(a), "b": immediate(b)}
    return Rows().row(**row, store=Store.KEYED, store_key=REGISTER_KEY).exit()


def lying_run(operation, a, b, c, flag=0):
    """The run in which Main has that result; the row of the machine is still the true one."""
    run = forged_run(operation_program(operation, a, b), lies=Lies(results={0: (c, flag)}))
    return run, run.part(next(m.template for m in MACHINES if m.name == operation.machine))


def limbs(name, value, count=4):
    """Cells of 16 bits each."""
    return {f"{name}[{i}]": value >> 16 * i & 0xFFFF for i in range(count)}


# ---- results


@pytest.mark.parametrize("operation", EXTERNAL, ids=lambda operation: operation.name)
def test_a_wrong_result_or_flag_is_proven_by_no_machine(operation):
    c, flag = operation.semantics(A, B)
    run, _ = lying_run(operation, A, B, c ^ 1, flag)
    assert run.statement.outcome == Exit(c ^ 1)
    assert_refused(run, "OPERATION: ")
    run, _ = lying_run(operation, A, B, c, 1 - flag)
    assert_refused(run, "OPERATION: ")


@pytest.mark.parametrize("operation", EXTERNAL, ids=lambda operation: operation.name)
def test_a_wrong_result_that_is_sent_and_received_breaks_the_machine_that_sends_it(operation):
    c, flag = operation.semantics(A, B)
    is_comparison = operation in (EQ, LT, LTU)
    run, cells = lying_run(operation, A, B, c ^ 1, 1 - flag if is_comparison else flag)
    if is_comparison:
        cells.put(0, flag=1 - flag)
    elif cells.air.name == "AddCompare":
        cells.put(0, limbs("result", c ^ 1))
    else:
        cells.put(0, c0=(c ^ 1) % (1 << 32))
    found = run.refusals()
    assert found
    assert all(reason.startswith(f"{cells.air.name}: ") for reason in found), found


def test_a_wrong_carry_of_an_addition_is_refused():
    a, b = 0xFFFF_FFFF, 1
    run, cells = lying_run(ADD, a, b, 0)
    # The carry is made but not taken; it is not made, and the low half is too large.
    cells.put(0, {**limbs("result", 0), "carry[0]": 1})
    assert_refused(run, HIGH_SUM)
    cells.put(0, {"carry[0]": 0})
    assert_refused(run, LOW_SUM)
    main = run.part("Main")
    main.put(0, c0=1 << 32)
    main.put(1, a0=1 << 32, b0=1 << 32, c0=1 << 32)
    for row in range(2, 32):
        main.put(row, a0=1 << 32, b0=1 << 32, c0=1 << 32)
    main.values["end_c0"] = 1 << 32
    boundary, row = run.boundary_row(REGISTER_KEY)
    boundary.put(row, final0=1 << 32)
    cells.put(0, {"result[1]": 1 << 16})
    assert_refused(
        run, "RANGE16(result[i]): AddCompare", "Statement: the last result is not two 32-bit halves"
    )


@pytest.mark.parametrize(
    ("a", "b", "forged"), [(1, 2, -1 << 32 | 3), (1 << 31, 0, 1 << 31)], ids=["3", "-2^31"]
)
def test_a_wrong_sign_of_a_word_is_out_of_range(a, b, forged):
    forged %= 1 << 64
    run, cells = lying_run(ADD_W, a, b, forged)
    cells.put(0, limbs("result", forged) | {"carry[1]": forged >> 63})
    assert_refused(run, "AddCompare: is_word * (result[1] ")
    cells.put(0, top_a=cells[0, "result[1]"] + (1 << 15) - (forged >> 63 << 16))
    assert_refused(run, "RANGE16(top_a): AddCompare")


def test_a_wrong_carry_of_a_product_is_refused():
    c = (A * B) % (1 << 64)
    run, cells = lying_run(MULU, A, B, (c + (1 << 32)) % (1 << 64))
    forged = (c + (1 << 32)) % (1 << 64)
    cells.put(0, limbs("low", forged), c1=forged >> 32)
    cells.put(0, {"carry[0]": cells[0, "carry[0]"] + 1})
    assert_refused(run, "Arith: digit[0] + is_div * low_halves[0]")


@pytest.mark.parametrize(
    ("source", "forged", "step"),
    [("mov r0, -7\nsmod r0, 3\nexit", 1, 9), ("mov r0, 1\nsdiv r0, -1\nexit", 1, 10)],
    ids=["-7 % 3 = 1", "1 / -1 = 1"],
)
def test_a_wrong_sign_of_a_remainder_or_quotient_is_no_difference(source, forged, step):
    run = forged_run(bpf(source), lies=Lies(results={step: (forged, 0)}))
    assert run.statement.outcome == Exit(forged)
    assert_refused(run, "OPERATION")
    cells = run.part("AddCompare")
    row = len(cells.find(is_sub=1)) - 1
    cells.put(row, limbs("result", forged))
    assert_refused(run, LOW_SUM, HIGH_SUM)


def test_a_wrong_sign_of_a_dividend_is_out_of_range():
    # The mask of the sign is then 1 in place of -1, and the remainder comes out as 1 in place of -3.
    run = forged_run(bpf("mov r0, -7\nsmod r0, 4\nexit"), lies=Lies(results={1: (1, 0)}))
    assert run.statement.outcome == Exit(1)
    run.part("Shift").put(0, sign=0, c0=1, c1=0)
    assert_refused(run, "RANGE16(INVERSE_BASE * (a1 + SIGN - LIMB * sign - sign_rest")


def test_a_remainder_is_less_than_the_divisor():
    run, cells = lying_run(REMU, 7, 2, 3)
    cells.put(0, limbs("x", 2) | limbs("low", 3) | limbs("high", (1 << 64) - 2), borrow=1, c0=3)
    assert_refused(run, "Arith: is_div * (")
    cells.put(0, limbs("x", 2), flag=1)
    assert_refused(run, "OPERATION", "Arith: flag * ")


@pytest.mark.parametrize(("b", "c", "flag"), [(3, (1 << 64) - 1, 1), (0, 2, 0)])
def test_a_division_has_the_flag_of_its_divisor(b, c, flag):
    """A fault is neither claimed for a divisor of 3 nor hidden for one of 0."""
    run, cells = lying_run(DIVU, 6, b, c, flag)
    low = 0 if b else 6
    high = (b - low - 1) % (1 << 64)
    cells.put(0, limbs("x", c) | limbs("low", low) | limbs("high", high), flag=flag)
    cells.put(0, c0=c % (1 << 32), c1=c >> 32, borrow=int(b == 0))
    found = run.refusals()
    assert found
    assert all(reason.startswith("Arith: ") for reason in found), found


# ---- correction 12.12: ranges


def test_correction_12_12_numbers_that_are_equal_modulo_p_are_not_equal():
    for a, b in ((P, 0), (0, P), (P + 5, 5)):
        run, cells = lying_run(EQ, a, b, 1, 1)
        cells.put(0, flag=1)
        assert_refused(run, "AddCompare: is_eq * ")
        # Nor is their difference 0; of -P the high half is.
        cells.put(0, limbs("result", 0))
        assert_refused(run, *((LOW_SUM, HIGH_SUM) if a > b else (LOW_SUM,)))
    run, cells = lying_run(EQ, P, P, 0, 0)
    cells.put(0, flag=0)
    assert_refused(run, "AddCompare: is_eq * (1 - flag - inverse * total)")


def test_correction_12_12_a_byte_is_below_256():
    run, cells = lying_run(AND, 0x1FF, 0xFF, 0x1FF)
    cells.put(0, {"a[0]": 0x1FF, "a[1]": 0, "both[0]": 0x1FF}, c0=0x1FF)
    assert_refused(run, "AND8: Logic")
    rom = Rows().store(4, 0, immediate(0x1FF)).load(0, 4, 0, 1).exit()
    run = forged_run(rom, lies=Lies(loads={1: 0x1FF}))
    run.part("Narrow").put(0, {"value[0]": 0x1FF, "value[1]": 0, "first[0]": 0x1FF, "first[1]": 0})
    # The pair is a 16-bit number, but not of two bytes.
    assert_refused(run, "BYTES: Narrow")


def test_correction_12_12_a_shift_has_one_count():
    run, cells = lying_run(SLL, 3, 1, 12)
    cells.put(0, {"low[0]": 12}, bit_count=2, multiplier=4, c0=12, rest=-pow(64, -1, P))
    assert_refused(run, "RANGE16(rest): Shift")
    cells.put(0, rest=0)
    assert_refused(run, "RANGE16(INVERSE_BASE * (b0 - s - 4 * CHUNK * rest))")
    cells.put(0, bit_count=1, rest=0)
    assert_refused(run, "POWER: Shift")


def test_correction_12_12_a_comparison_has_the_true_signs():
    run, cells = lying_run(LT, (1 << 64) - 1, 1, 0, 0)
    cells.put(0, {"carry[1]": 0}, sign_a=0, flag=0)
    assert_refused(run, "RANGE16(a1 + SIGN - LIMB * sign_a - BASE * top_a")


# ---- counts of tables

# (air, column of counts) -> bus
TABLES = {
    (air.name, air.columns[column].name): Bus(interaction.bus).name
    for air in constraint_system().airs
    for interaction in air.interactions
    if (column := table_column(air, interaction)) is not None
}


@pytest.mark.parametrize(("air", "column"), TABLES)
@pytest.mark.parametrize("change", [1, -1])
def test_a_forged_count_of_a_table_is_refused(air, column, change):
    rom = Rows().load(0, 2, 1, 4).row(op=SLL, a=immediate(3), b=immediate(5)).exit()
    run = forged_run(rom)

    def forge(run):
        cells = run.part(air)
        cells[0, column] = cells[0, column] + change

    run.after_recount = forge
    found = run.refusals()
    assert len(found) == 1, found
    assert found.pop().startswith(TABLES[air, column])


@pytest.mark.parametrize("public", [False, True])
def test_a_forged_count_of_a_message_of_the_verifier_is_refused(public):
    rom = Rows().load(0, 5).exit()
    run = forged_run(rom, b"12345678", public=public)
    counts = run.statement.multiplicities
    for number in {*range(0, len(counts), 5), *(i for i, count in enumerate(counts) if count)}:
        run.extra_counts = {number: 1}
        found = run.refusals()
        assert len(found) == 1, found
        assert "verifier" in found.pop()
    run.extra_counts = {number: 1 << 32}
    assert_refused(run, "Statement: a multiplicity is not below 2^32")


# ---- correction 12.11: outputs

OUTPUT = HIDDEN_KEY + OUTPUT_WORD


def output_run():
    """Eight bytes of output, a word behind them, a hidden word."""
    rows = Rows()
    for key, value in ((OUTPUT, 8), (OUTPUT + 1, A), (OUTPUT + 2, B), (HIDDEN_KEY, 5)):
        rows.row(b=immediate(value), store=Store.KEYED, store_key=key)
    run = forged_run(rows.exit())
    assert run.statement.outputs == A.to_bytes(8, "little")
    return run


def test_correction_12_11_an_output_word_is_published_once():
    for key in (OUTPUT, OUTPUT + 1):
        run = output_run()
        cells, row = run.boundary_row(key)
        cells.put(row, is_published=0)
        assert_refused(run, "OUT: verifier")
        cells.put(row, is_published=2)
        assert_refused(run, "Boundary: permutation_proves(BUS_OUT", "OUT: Boundary, verifier")


def test_correction_12_11_only_asked_output_words_are_published():
    run = output_run()
    cells, row = run.boundary_row(OUTPUT + 2)
    cells.put(row, is_published=1)
    assert_refused(run, "OUT: Boundary")
    run = output_run()
    cells, row = run.boundary_row(HIDDEN_KEY)
    cells.put(row, is_published=1)
    assert_refused(run, "Boundary: is_published * (1 - is_output)", "OUT: Boundary")
    run = output_run()
    cells = run.part("Boundary")
    cells.put(31, is_published=1)
    assert_refused(run, "Boundary: is_published * (1 - live)", "OUT: Boundary")


@pytest.mark.parametrize(
    "outputs", [b"", bytes(8), A.to_bytes(8, "big"), A.to_bytes(8, "little")[:7], A.to_bytes(16, "little")]
)
def test_correction_12_11_other_outputs_are_not_those_of_the_run(outputs):
    run = output_run()
    run.state(outputs=outputs)
    assert_refused(run, "OUT: ")


def test_correction_12_11_outputs_fit_their_region():
    run = output_run()
    run.state(outputs=bytes(MAX_OUTPUT_BYTES + 1))
    assert_refused(run, "Statement: 4194305 bytes of output; at most 4194304 are possible")


def test_an_output_word_ends_as_it_was_written():
    run = output_run()
    cells, row = run.boundary_row(OUTPUT + 1)
    cells.put(row, final0=7, final1=0)
    run.state(outputs=(7).to_bytes(8, "little"))
    assert_refused(run, "CHAIN")


# ---- correction 12.3: Boundary; 12.4: what the claim says


def test_correction_12_3_the_partial_last_word_is_opened_as_such():
    key = guest_key(TEXT + 16)
    rom = Rows().load(0, 2, 16, 8).exit()
    run = forged_run(rom, lies=Lies(reach={TEXT + 16: [(key, 0)]}))
    assert_refused(run, "CHAIN")
    cells, row = run.boundary_row(key)
    cells.put(row, attribute=0)
    assert_refused(run, "Boundary: attribute - attribute_whole")
    cells.put(row, is_last=0, slack_high=0)
    assert_refused(run, "RANGE16(slack - TWO_16 * slack_high): Boundary")
    cells.put(row, is_last=1, attribute_last=0)
    assert_refused(run, "REGION: Boundary")


def test_correction_12_3_only_the_last_word_is_the_last():
    run = forged_run(Rows().load(0, 2, 0, 8).exit())
    cells, row = run.boundary_row(guest_key(TEXT))
    cells.put(row, is_last=1)
    assert_refused(run, "Boundary: is_last * (words - 1 - word)", "Boundary: attribute - attribute_whole")


def test_correction_12_3_live_rows_come_first():
    run = forged_run(Rows().load(0, 4).exit())
    cells = run.part("Boundary")
    count = len(cells.find(live=1))
    cells.put(count - 1, live=0, is_published=0)
    # The last word, of the output, is left out; before, so is a register.
    order = "Boundary: (1 - LAST) * (1 - live') * (order' - order)"
    assert_refused(run, "OUT: verifier", order)
    cells.put(count - 2, live=0)
    assert_refused(run, "OUT: verifier", order, "CHAIN: Main")
    run = forged_run(Rows().load(0, 4).exit())
    cells = run.part("Boundary")
    cells.put(0, live=0)
    assert_refused(run, "CHAIN", "Boundary: FIRST * (1 - live)", "Boundary: (1 - LAST) * live' * (1 - live)")
    run = forged_run(Rows().load(0, 4).exit())
    run.part("Boundary").values["first"] += 1
    assert_refused(run, "Boundary: FIRST * (order - first)")
    run = forged_run(Rows().load(0, 4).exit())
    run.part("Boundary").values["last"] += 1
    assert_refused(run, "Boundary: LAST * (order - last)")


def test_correction_12_3_the_order_is_taken_over_the_integers():
    """Two rows of one key, as far apart as the field is large."""
    rom = Rows().store(4, 8, immediate(1)).load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(reads={4 + 2: 0}))
    run.part("Main").put(1, b_gap=4 + 1 - 0)
    cells, row = run.boundary_row(guest_key(HEAP) + 1)
    cells.put(row, time=3, final0=1)
    count = len(cells.find(live=1))
    cells.insert(count, row)
    cells.put(count, time=4 + 2, final0=0)
    held = ("number", "start", "words", "attribute_whole", "attribute_last", "is_output", "word", "is_last")
    for later in range(count + 1, 32):
        cells.put(later, {name: cells[count, name] for name in (*held, "attribute")})
    order = [(cells[at, "number"] << 32) + cells[at, "word"] for at in (count - 1, count)]
    distance = (order[1] - order[0] - 1) % P
    cells.put(count, limbs("step", distance, 2), is_published=0)
    cells.put(count, {"step[2]": distance >> 32})
    cells.values["last"] = order[1]
    assert_refused(run, "RANGE16(step[i]): Boundary")


def test_correction_12_4_registers_follow_from_the_claim():
    run = forged_run(Rows().move(0, register(11)).exit(), budget=100)
    assert run.statement.outcome == Exit(100)
    run.state(claim=replace(run.statement.claim, budget=101))
    assert_refused(run, "INIT: Boundary")


@pytest.mark.parametrize("field", ["number", "start", "words", "attribute_whole", "is_init", "is_private"])
def test_correction_12_4_regions_are_not_those_of_the_proof(field):
    run = forged_run(Rows().load(0, 4, 8).exit())
    cells, row = run.boundary_row(guest_key(HEAP) + 1)
    cells.put(row, {field: cells[row, field] + 1})
    assert any(reason.startswith("REGION") for reason in run.refusals())


@pytest.mark.parametrize(
    ("address", "size", "other", "sentence"),
    [
        (HEAP, Quantity.INPUT_LENGTH, HEAP + 64, "overlap or touch"),
        (HEAP, Quantity.INPUT_LENGTH, HEAP + 8, "overlap or touch"),
        (GUEST_ADDRESS_LIMIT - 16, Quantity.INPUT_LENGTH, HEAP, "ends above 2^48 - 2^32"),
        (HEAP + 4, 64, HEAP + 4096, "does not start at a multiple of 8"),
    ],
)
def test_correction_12_4_regions_neither_overlap_nor_touch_nor_leave_the_space(
    address, size, other, sentence
):
    regions = [
        RegionRule(RegionKind.ZERO, HEAP + 4096, 8, writable=True),
        RegionRule(RegionKind.INPUT, HEAP, Quantity.INPUT_LENGTH, writable=True),
    ]
    run = forged_run(Rows().load(0, 4).exit(regions), b"12345678")
    forged = (
        RegionRule(RegionKind.INPUT, address, size, writable=True),
        RegionRule(RegionKind.ZERO, other, 8, writable=True),
    )
    statement = run.statement
    program = replace(statement.program, rules=replace(statement.program.rules, regions=forged))
    run.state(program=program, claim=replace(statement.claim, input_length=64))
    found = run.refusals()
    assert len(found) == 1, found
    assert sentence in found.pop()


# ---- correction 12.6: one message per memory row; 12.13: heights of Carry


def test_correction_12_6_an_access_is_made_once():
    rom = Rows().store(4, 0, immediate(9)).load(0, 4, 0, 8).exit()
    run = forged_run(rom)
    run.part("Main").put(1, narrow=1)
    # Once here and once by Narrow would be a trap of -1.
    assert_refused(
        run,
        "Main: trap * (1 - trap)",
        "Main: (1 - external) * (flag - trap)",
        "Main: trap * (c",
        "NARROW: Main",
        "FAULT: Main",
    )
    run = forged_run(rom)
    run.part("Main").put(1, aligned=0)
    assert_refused(run, "Main: (1 - external) * (flag - trap)", "FAULT", "CHAIN", "Main: trap * (c")


def test_correction_12_6_an_aligned_word_is_not_read_by_narrow():
    rom = Rows().store(4, 0, immediate(9)).load(0, 4, 0, 8).exit()
    run = forged_run(rom, lies=Lies(instructions={1: lambda i: replace(i, width=4)}))
    run.part("Narrow").put(0, above4=1)
    assert_refused(run, "SHAPE: Narrow")


def test_correction_12_6_a_narrow_access_is_not_made_by_main():
    rom = Rows().store(4, 0, immediate(A)).load(0, 4, 0, 4).exit()
    run = forged_run(rom, lies=Lies(instructions={1: lambda i: replace(i, width=8)}))
    assert run.statement.outcome == Exit(A)
    assert_refused(run, "Main: aligned * (")


def test_correction_12_6_a_word_in_main_begins_at_its_first_byte():
    rom = Rows().store(4, 0, immediate(A)).load(0, 4, 4, 8).exit()
    run = forged_run(rom, lies=Lies(instructions={1: lambda i: replace(i, offset=0)}))
    assert_refused(run, "Main: aligned * b_indirect * (b_word - guest_word)")
    main = run.part("Main")
    main.put(1, b_word=main[1, "b_word"] + pow(2, -1, P))
    assert_refused(run, "CHAIN")


def test_correction_12_13_a_row_of_main_can_need_three_rows_of_carry():
    rows = Rows()
    for _ in range(32):
        rows.move(0, immediate(1))
    for n in range(0, 93, 3):
        rows.row(op=ADD, a=hidden(n), b=hidden(n + 1), store=Store.KEYED, store_key=HIDDEN_KEY + n + 2)
    run = forged_run(rows.exit(), chunk_size=32)
    assert len(run.part("Main").matrix) == 32
    carry = run.part("Carry")
    assert len(carry.matrix) == 4 * 32
    # One row less, and its word cannot be reached from the segment before.
    row = carry.only(key=HIDDEN_KEY + 5)
    carry.put(row, live=0)
    assert_refused(run, "CHAIN")
