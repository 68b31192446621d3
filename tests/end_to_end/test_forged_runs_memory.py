"""Forged runs: words and registers that hold something else, and addresses that reach something else."""

from dataclasses import replace

import pytest

from forged_runs import FRAME, HEAP, STACK, TEXT, Lies, Rows, assert_refused, forged_run
from zisk_py.field.goldilocks import P
from zisk_py.isa.instruction import Store, hidden, immediate, register
from zisk_py.isa.memory_map import HIDDEN_KEY, REGISTER_KEY, RegionKind, guest_key
from zisk_py.isa.rules import RegionRule

HEAP_KEY, STACK_KEY, TEXT_KEY = guest_key(HEAP), guest_key(STACK), guest_key(TEXT)
SECRET = 0x1122334455667788


# ---- reads and writes that are not those of the moment


def test_a_register_read_that_skips_a_write_finds_its_state_taken():
    rom = Rows().move(1, immediate(1)).move(1, immediate(2)).move(0, register(1)).exit()
    run = forged_run(rom, lies=Lies(reads={4 * 2 + 2: 1}))
    run.part("Main").put(2, b_gap=4 * 2 + 1 - 3)  # the state of the first write
    assert_refused(run, "CHAIN")


@pytest.mark.parametrize("width", [8, 4])
def test_a_memory_read_that_skips_a_write_finds_its_state_taken(width):
    rows = Rows().store(4, 8, immediate(1), width).store(4, 8, immediate(2), width).load(0, 4, 8, width)
    run = forged_run(rows.exit(), lies=Lies(reads={4 * 2 + 2: 1}))
    if width == 8:
        run.part("Main").put(2, b_gap=4 * 2 + 1 - 3)
    else:
        run.part("Narrow").put(2, gap=4 * 2 + 1 - 3)
    assert_refused(run, "CHAIN")


def test_a_store_cannot_put_back_what_was_there():
    rom = Rows().store(4, 8, immediate(7)).load(0, 4, 8).exit()
    assert_refused(forged_run(rom, lies=Lies(results={0: (0, 0)})), "Main: (1 - external - trap) * (c0 - b0)")


def test_a_store_to_memory_cannot_be_left_out():
    rom = Rows().store(4, 8, immediate(7)).load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(instructions={0: lambda i: replace(i, store=Store.NONE)}))
    # A row that makes no access is a trap, and must say so.
    assert_refused(run, "Main: (1 - external) * (flag - trap)", "Main: trap * (c", "FAULT")
    run.part("Main").put(0, guest=0, store_indirect=0)
    assert_refused(run, "ROM")


def test_a_store_to_a_register_cannot_be_left_out():
    rom = Rows().move(1, immediate(7)).move(0, register(1)).exit()
    run = forged_run(rom, lies=Lies(instructions={0: lambda i: replace(i, store=Store.NONE)}))
    run.part("Main").put(0, store_keyed=0)
    assert_refused(run, "ROM")


def test_a_swapped_pair_of_writes_goes_back_in_time():
    rom = Rows().store(4, 8, immediate(1)).store(4, 8, immediate(2)).load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(reads={4 * 2 + 2: 1}))
    # First 2 is written at time 7, then 1 at time 3, then 1 is read: the chain closes.
    main = run.part("Main")
    main.put(1, old0=0, store_gap=4 + 2 - 0)
    main.put(0, old0=2, store_gap=2 - 7)
    main.put(2, b_gap=4 * 2 + 1 - 3)
    assert_refused(run, "RANGE16(store_gap): Main")


# ---- initial states


def run_with_two_chains():
    """A word is written and then read from a second initial state of 0; the bus CHAIN closes."""
    rom = Rows().store(4, 8, immediate(1)).load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(reads={4 + 2: 0}))
    run.part("Main").put(1, b_gap=4 + 1 - 0)
    cells, row = run.boundary_row(HEAP_KEY + 1)
    cells.insert(row + 1, row)
    cells.put(row, time=3, final0=1)
    return run, cells, row + 1


def test_two_initial_rows_for_one_address_do_not_ascend():
    run, cells, second = run_with_two_chains()
    cells.put(second, {"step[0]": -1, "step[1]": 0, "step[2]": 0})
    assert_refused(run, "RANGE16(step[i]): Boundary")
    cells.put(second, {"step[0]": 0})
    assert_refused(run, "Boundary: (1 - LAST) * live' * (order' - order")


def test_two_initial_rows_for_one_address_in_another_region_find_no_region():
    run, cells, second = run_with_two_chains()
    # The second row stands before the first, with the number of the region below; the key is the same.
    assert second == 1
    cells.matrix[[0, 1]] = cells.matrix[[1, 0]]
    cells.put(0, number=cells[0, "number"] - 1)
    cells.values["first"] -= 1 << 32
    cells.put(1, {"step[0]": 0xFFFF, "step[1]": 0xFFFF, "step[2]": 0})
    assert_refused(run, "REGION: Boundary")


@pytest.mark.parametrize(
    ("segment", "sentences"),
    [(0, ["must not have Boundary"]), (1, ["has two instances of one air", "the instances of segment 1"])],
)
def test_a_second_boundary_is_refused_wherever_it_stands(segment, sentences):
    run = forged_run(rows_of_two_segments().exit(), chunk_size=32)
    run.segments[segment].append(run.part("Boundary"))
    assert_refused(run, *sentences, "CHAIN", "OUT")


def test_an_image_word_opened_as_zero_is_not_in_the_image():
    rom = Rows().load(0, 2).exit()
    run = forged_run(rom, lies=Lies(reads={2: 0}))
    assert_refused(run, "INIT: Boundary")
    cells, row = run.boundary_row(TEXT_KEY)
    cells.put(row, is_init=0)
    assert_refused(run, "REGION: Boundary")


def test_a_register_or_an_output_word_starts_as_the_verifier_says():
    rom = Rows().move(0, register(10)).exit()
    run = forged_run(rom, lies=Lies(reads={2: 5}))
    cells, row = run.boundary_row(REGISTER_KEY + 10)
    cells.put(row, initial0=5, initial1=0)
    assert_refused(run, "INIT: Boundary")
    rom = Rows().move(0, register(20)).exit()
    run = forged_run(rom, lies=Lies(reads={2: 5}))
    cells, row = run.boundary_row(REGISTER_KEY + 20)
    cells.put(row, initial0=5)
    assert_refused(run, "Boundary: (1 - is_init - is_private) * initial0")


@pytest.mark.parametrize(("public", "refusal"), [(False, "RANGE16(limb[i]): Boundary"), (True, "INIT")])
def test_a_limb_of_the_input_of_two_to_the_32_or_more_is_refused(public, refusal):
    rom = Rows().load(1, 5).exit()
    run = forged_run(rom, b"12345678", public=public)
    excess = 1 << 32
    main = run.part("Main")
    main.put(0, b0=main[0, "b0"] + excess, c0=main[0, "c0"] + excess)
    main.put(1, a0=main[0, "c0"])  # the exit has the last c as its a
    cells, row = run.boundary_row(guest_key(4 << 32))
    for name in ("initial0", "final0"):
        cells.put(row, {name: cells[row, name] + excess})
    if not public:
        cells.put(row, {"limb[1]": cells[row, "limb[1]"] + (1 << 16)})
    cells, row = run.boundary_row(REGISTER_KEY + 1)
    cells.put(row, final0=cells[row, "final0"] + excess)
    assert_refused(run, refusal)


# ---- addresses


@pytest.mark.parametrize("width", [8, 4])
@pytest.mark.parametrize("is_store", [False, True])
def test_an_access_out_of_its_region_finds_no_word(width, is_store):
    end = HEAP + 4096
    rows = Rows().move(1, immediate(end))
    rows = rows.store(1, 0, immediate(3), width) if is_store else rows.load(0, 1, 0, width)
    key = guest_key(end)
    assert_refused(forged_run(rows.exit(), lies=Lies(reach={end: [(key, 1)]}, words={key: 0})), "CHAIN")


def test_a_word_behind_the_last_one_of_its_region_cannot_be_opened():
    end = HEAP + 4096
    rom = Rows().store(4, 4088, immediate(9)).move(1, immediate(end)).load(0, 1).exit()
    key = guest_key(end)
    run = forged_run(rom, lies=Lies(reach={end: [(key, 1)]}, words={key: 0}))
    cells, last = run.boundary_row(key - 1)
    cells.insert(last + 1, last)
    row = last + 1
    steps = {"step[0]": 0, "step[1]": 0, "step[2]": 0}
    cells.put(row, steps, word=512, is_last=0, slack_high=0, time=4 * 2 + 2, final0=0)
    after = (1 << 32) * (cells[row + 1, "number"] - cells[row, "number"]) + cells[row + 1, "word"] - 512 - 1
    cells.put(row + 1, {f"step[{i}]": after >> 16 * i & 0xFFFF for i in range(3)})
    assert_refused(run, "RANGE16(slack - TWO_16 * slack_high): Boundary")
    cells.put(row, is_last=1)
    assert_refused(run, "Boundary: is_last * (words - 1 - word)", "RANGE16(slack")
    cells.put(row, words=513)
    assert_refused(run, "REGION: Boundary")


LOW = 0x1000_0000
# Address, offset, width, forged wrap, and the place that is the same modulo p.
ALIASES = {
    "p + B": (P + LOW, 0, 8, 0, LOW),
    "p + B, by a negative offset": (P + LOW + 8, -8, 8, 0, LOW),
    "p + B, by a positive offset": (P + LOW - 8, 8, 8, 0, LOW),
    "p + B, a byte": (P + LOW + 3, 0, 1, 0, LOW + 3),
    "2^64 - 1": ((1 << 64) - 1, 0, 1, 0, (1 << 32) - 2),
    "2^64 - 1, by a negative offset": ((1 << 64) - 1, -7, 1, 0, (1 << 32) - 9),
    "2^64 - 1, by a positive offset": ((1 << 64) - 1, 7, 1, 0, (1 << 32) + 5),
    "2^64 less than it is": ((1 << 32) + LOW - 1, 0, 8, 1, LOW),
}


@pytest.mark.parametrize("is_store", [False, True])
@pytest.mark.parametrize("name", ALIASES)
def test_an_address_that_aliases_modulo_p_has_no_high_half_in_range(name, is_store):
    address, offset, width, wrap, place = ALIASES[name]
    region = RegionRule(RegionKind.ZERO, place - place % 8, 64, writable=True)
    rows = Rows().move(1, immediate(address))
    rows = rows.store(1, offset, immediate(3), width) if is_store else rows.load(0, 1, offset, width)
    run = forged_run(
        rows.exit([region]), lies=Lies(instructions={1: lambda i: replace(i, offset=place - address)})
    )
    run.part("Main").put(1, wrap=wrap)
    assert_refused(run, "RANGE16(m - negative): Main")
    run.part("Main").put(1, wrap=1 - wrap)
    found = run.refusals()
    assert any("guest_word" in reason or "NARROW" in reason for reason in found), found


# Addresses that would reach these words if the keys of registers and hidden words began elsewhere.
SPACES = {
    "0x1_0000_0006 to hidden word 1": (0x1_0000_0006, 1, HIDDEN_KEY + 1, "NARROW"),
    "0xffff_ffff_0000_0008 to register 1": (
        0xFFFF_FFFF_0000_0008,
        8,
        REGISTER_KEY + 1,
        "Main: aligned * {} * ({}_word - guest_word)",
    ),
    "the key of a hidden word": (HIDDEN_KEY, 8, HIDDEN_KEY, "Main: aligned * {} * ({}_word - guest_word)"),
    "8 times that": (
        8 * HIDDEN_KEY % (1 << 64),
        8,
        HIDDEN_KEY,
        "Main: aligned * {} * ({}_word - guest_word)",
    ),
}


@pytest.mark.parametrize("is_store", [False, True])
@pytest.mark.parametrize("name", SPACES)
def test_correction_12_1_hidden_frames_and_registers_are_not_reached_from_the_guest(name, is_store):
    address, width, key, refusal = SPACES[name]
    rows = Rows().row(b=immediate(SECRET), store=Store.KEYED, store_key=key).move(2, immediate(address))
    rows = rows.store(2, 0, immediate(3), width) if is_store else rows.load(0, 2, 0, width)
    rows.row(b=hidden(1), store=Store.KEYED, store_key=REGISTER_KEY)
    run = forged_run(rows.exit(), lies=Lies(reach={address: [(key, 1)]}))
    names = ("store_indirect", "store") if is_store else ("b_indirect", "b")
    found = run.refusals()
    assert any(refusal.format(*names) in reason for reason in found), found
    assert not any("CHAIN" in reason for reason in found), found
    # Whatever the key in Main is said to be, no wrap makes it that of the address.
    for wrap in (0, 1):
        run.part("Main").put(2, wrap=wrap)
        assert any(refusal.format(*names) in reason for reason in run.refusals())


def test_a_byte_off_by_one_is_not_the_one_that_main_asks_for():
    rom = Rows().store(4, 8, immediate(SECRET)).load(0, 4, 10, 1).exit()
    run = forged_run(rom, lies=Lies(instructions={1: lambda i: replace(i, offset=11)}))
    assert run.statement.outcome.code == 0x55
    assert_refused(run, "NARROW")
    # A key that is an eighth less makes the place right, but no word has it.
    narrow = run.part("Narrow")
    narrow.put(0, key=narrow[0, "key"] - pow(8, -1, P))
    assert_refused(run, "CHAIN")


@pytest.mark.parametrize("width", [1, 2, 4])
def test_high_bytes_of_narrow_loads_are_zero(width):
    rom = Rows().store(4, 8, immediate(SECRET)).load(0, 4, 8, width).exit()
    value = SECRET % (1 << 8 * width) | 1 << 8 * width
    run = forged_run(rom, lies=Lies(loads={1: value}))
    assert run.statement.outcome.code == value
    assert_refused(run, f"Narrow: (1 - is_store) * (1 - above{width}) *")


def test_a_narrow_store_leaves_the_other_bytes_alone():
    rom = Rows().store(4, 8, immediate(SECRET)).store(4, 8, immediate(0x99), 1).load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(reads={4 * 2 + 2: SECRET - 0x88 + 0x99 + 0x100}))
    run.part("Narrow").put(0, {"after[0]": run.part("Narrow")[0, "after[0]"] + 0x100})
    assert_refused(run, "Narrow: after[half] - before[half] - change")


# ---- permissions and partial words


@pytest.mark.parametrize(
    ("width", "attribute", "refusal"),
    [
        (8, 0, "Main: (store_attribute - 1) * (store_attribute - 2)"),
        (8, 1, "CHAIN"),
        (4, 0, "SHAPE"),
        (4, 1, "CHAIN"),
    ],
)
def test_a_store_to_a_read_only_word_is_refused(width, attribute, refusal):
    rom = Rows().store(2, 0, immediate(5), width).load(0, 2).exit()
    run = forged_run(rom, lies=Lies(reach={TEXT: [(TEXT_KEY, attribute)]}))
    assert run.statement.outcome.code % 256 == 5
    loads_as = ["CHAIN"] if attribute else []
    assert_refused(run, refusal, *loads_as)


@pytest.mark.parametrize(
    ("offset", "width", "attribute", "refusal"),
    [
        (16, 8, 12, "Main: b_attribute * (b_attribute - 1) * (b_attribute - 2)"),
        (16, 8, 0, "CHAIN"),
        (20, 1, 12, "SHAPE"),
        (18, 4, 12, "SHAPE"),
        (20, 1, 0, "CHAIN"),
    ],
)
def test_correction_12_5_the_partial_last_word_is_not_read_beyond_its_valid_bytes(
    offset, width, attribute, refusal
):
    rom = Rows().load(0, 2, offset, width).exit()
    run = forged_run(rom, lies=Lies(reach={TEXT + offset: [(TEXT_KEY + 2, attribute)]}))
    assert_refused(run, refusal)


# ---- the gaps of a stack


def test_a_stack_gap_is_skipped_only_at_the_end_of_a_frame():
    address = STACK + FRAME - 20  # two words of one frame
    first = guest_key(address)
    rom = Rows().load(0, 10, -20, 8).exit()
    run = forged_run(rom, lies=Lies(reach={address: [(first, 2), (first + 513, 2)]}, words={first + 513: 7}))
    assert run.part("Narrow")[0, "skip"] == 1
    assert_refused(run, "CHAIN")


def test_a_stack_gap_is_not_read_without_a_skip():
    address = STACK + FRAME - 4
    first = guest_key(address)
    rom = Rows().load(0, 10, -4, 8).exit()
    run = forged_run(rom, lies=Lies(reach={address: [(first, 2), (first + 1, 2)]}, words={first + 1: 7}))
    assert_refused(run, "CHAIN")


@pytest.mark.parametrize("number", [512, 1023])
def test_a_word_of_a_stack_gap_cannot_be_opened(number):
    address = STACK + 8 * number
    rom = Rows().load(0, 10, -8).move(1, immediate(address)).load(0, 1).exit()
    key = STACK_KEY + number
    run = forged_run(rom, lies=Lies(reach={address: [(key, 2)]}, words={key: 0}))
    cells, last = run.boundary_row(STACK_KEY + 511)
    cells.insert(last + 1, last)
    row = last + 1
    cells.put(row, {"step[0]": number - 512, "step[1]": 0, "step[2]": 0}, word=number, time=4 * 2 + 2)
    cells.put(row, {"limb[0]": number, "limb[1]": 128 * number, "limb[2]": 0})
    after = (1 << 32) * (cells[row + 1, "number"] - cells[row, "number"])
    after += cells[row + 1, "word"] - number - 1
    cells.put(row + 1, {f"step[{i}]": after >> 16 * i & 0xFFFF for i in range(3)})
    assert_refused(run, "RANGE16(limb[i]): Boundary")
    # A low part in range asks for a high part that is no number.
    cells.put(row, {"limb[0]": 511, "limb[1]": 128 * 511})
    cells.put(row, {"limb[2]": (number - 511) * pow(1024, -1, P)})
    assert_refused(run, "RANGE16(limb[i]): Boundary")


def test_a_stack_gap_skip_elsewhere_has_no_shape():
    region = RegionRule(RegionKind.ZERO, HEAP, 4 * FRAME, writable=True)
    address = HEAP + 12
    first = guest_key(address)
    rom = Rows().store(4, 8 + 8 * 513, immediate(SECRET)).load(0, 4, 12, 8).exit([region])
    run = forged_run(rom, lies=Lies(reach={address: [(first, 1), (first + 513, 1)]}))
    assert run.part("Narrow")[0, "skip"] == 1
    assert_refused(run, "SHAPE")


# ---- over segments


def rows_of_two_segments() -> Rows:
    """r1 is set, 31 rows pass, and a segment later it is read."""
    rows = Rows().move(1, immediate(7))
    for _ in range(32):
        rows.move(0, immediate(1))
    return rows.move(2, register(1))


def test_a_chain_cannot_be_restarted_from_the_initial_value_in_another_segment():
    run = forged_run(rows_of_two_segments().exit(), chunk_size=32)
    run.part("Main").put(1, b0=0, c0=0)
    run.part("Main").put(2, a0=0)
    carry = run.part("Carry")
    row = carry.only(key=REGISTER_KEY + 1)
    carry.put(row, {"v0": 0, "gap[0]": 4 * 32 - 1, "gap[1]": 0, "gap[2]": 0})  # from time 0
    for number in (1, 2):
        cells, at = run.boundary_row(REGISTER_KEY + number)
        cells.put(at, final0=0)
    assert_refused(run, "CHAIN")
