"""Rom and Image: the committed columns are the program's rows and the words of its image regions."""

from dataclasses import replace

import numpy as np
import pytest
from harness import Sheet, messages
from memory_runs import IMAGE, IMAGE_BYTES, ROM, TEXT, everything, full_run, rules_of, system

from zisk_py.errors import InputError
from zisk_py.isa.memory_map import RegionKind, guest_key
from zisk_py.isa.rom import ROM_COLUMNS, ImageSegment, Rom
from zisk_py.isa.rules import Quantity, RegionRule, Rules
from zisk_py.pil.system import NodeKind
from zisk_py.stark.logup import buses_of, reduce_interactions
from zisk_py.statemachines.buses import Bus, Count
from zisk_py.statemachines.rom.witness import COUNTED


def rom_with(segments, regions):
    rows = everything().rows
    return Rom.from_instructions(rows, segments, Rules("test", len(rows), 0, regions, ()))


def image_of(rom):
    return IMAGE.program_columns(system().air("Image"), rom)


@pytest.mark.parametrize(
    ("name", "bus", "columns"), [("Rom", Bus.ROM, len(ROM_COLUMNS)), ("Image", Bus.INIT, 3)]
)
def test_the_first_message_is_of_program_columns_with_a_counted_multiplicity(name, bus, columns):
    air = system().air(name)
    message = air.interactions[0]
    assert (message.bus, message.sign) == (bus, 1)
    assert air.nodes[message.multiplicity] == (NodeKind.WITNESS, air.column("multiplicity"), 0)
    assert [air.nodes[node] for node in message.values] == [
        (NodeKind.PROGRAM, index, 0) for index in range(columns)
    ]


def test_the_columns_of_rom_are_those_of_the_format_in_order_and_those_that_count():
    assert system().air("Rom").program == (*ROM_COLUMNS, *COUNTED)


def test_rom_counts_its_multiplicities_where_a_row_is_to_be_counted():
    rom = full_run().rom
    matrix = ROM.program_columns(system().air("Rom"), rom)
    rows = [[7 + number] for number in range(len(matrix))]
    said = messages(Sheet(system().air("Rom"), rows, program=tuple(map(tuple, matrix.tolist()))))
    instructions = [
        rom.instruction(row) for row in (*range(len(rom.rows)), *[-1] * (len(matrix) - len(rom.rows)))
    ]
    for what, is_counted in (
        (Count.INSTRUCTIONS, lambda i: i.cost),
        (Count.MEMORY_OPERATIONS, lambda i: i.is_indirect and i.guest),
    ):
        expected = sum(7 + number for number, i in enumerate(instructions) if is_counted(i))
        assert 0 < said[int(Bus.COUNT), (what,)] == expected < 7 * len(matrix) + sum(range(len(matrix)))


def test_counting_costs_no_column_of_the_prover():
    air = system().air("Rom")
    assert [column.name for column in air.columns] == ["multiplicity"]
    assert reduce_interactions(air, buses_of(system())).columns == 1


def test_rom_holds_the_rows_and_pads_with_a_real_one():
    rom = full_run().rom
    columns = ROM.program_columns(system().air("Rom"), rom)
    assert len(columns) == 64
    assert (columns[: len(rom.rows), : len(ROM_COLUMNS)] == rom.rows).all()
    assert (columns[len(rom.rows) :] == columns[len(rom.rows) - 1]).all()


def test_image_is_dense_and_ends_in_zeros_where_no_segment_reaches():
    image = image_of(full_run().rom)
    padded = np.frombuffer(IMAGE_BYTES + bytes(24 - len(IMAGE_BYTES)), dtype="<u8")
    assert image[:3, 0].tolist() == [guest_key(TEXT) + n for n in range(3)]
    assert (image[:3, 1] | image[:3, 2] << np.uint64(32)).tolist() == padded.tolist()
    assert len(image) == 32
    assert (image[3:] == image[2]).all()


def test_segments_inside_a_region_and_uncovered_regions_are_placed():
    regions = (
        RegionRule(RegionKind.IMAGE, 0x2000, 16, writable=True),
        RegionRule(RegionKind.IMAGE, 0x1000, 24, writable=False),
        RegionRule(RegionKind.ZERO, 0x3000, 24, writable=True),
    )
    image = image_of(rom_with([ImageSegment(0x1009, b"\x01\x02")], regions))
    words = {int(key): int(low) | int(high) << 32 for key, low, high in image}
    assert words == {
        guest_key(0x1000): 0,
        guest_key(0x1008): 0x020100,
        guest_key(0x1010): 0,
        guest_key(0x2000): 0,
        guest_key(0x2008): 0,
    }


def test_a_program_without_image_commits_no_word_of_any_region():
    assert not image_of(rom_with([], ())).any()


@pytest.mark.parametrize("address", [0xFF8, 0x1010, 0x1018])
def test_a_segment_outside_the_image_regions_is_refused(address):
    regions = (RegionRule(RegionKind.IMAGE, 0x1000, 24, writable=False),)
    with pytest.raises(InputError, match="lies in no image region"):
        image_of(rom_with([ImageSegment(address, bytes(9))], regions))


def test_an_image_region_cannot_depend_on_the_claim():
    regions = (RegionRule(RegionKind.IMAGE, 0x1000, Quantity.INPUT_LENGTH, writable=False),)
    with pytest.raises(InputError, match="depends on the claim"):
        image_of(rom_with([], regions))


@pytest.mark.parametrize("machine", [ROM, IMAGE], ids=["rom", "image"])
def test_the_witness_is_left_to_be_counted(machine):
    run = full_run()
    trace = machine.fill(system().air(machine.template), run.records[-1], run.run, 64)
    assert trace.matrix.shape == (64, 1)
    assert not trace.matrix.any()


def test_changing_a_row_of_the_program_changes_a_committed_cell():
    w = everything()
    first = ROM.program_columns(system().air("Rom"), full_run().rom)
    w.rows[3] = replace(w.rows[3], j2=16)
    changed = Rom.from_instructions(w.rows, [], rules_of(w.rows))
    assert (ROM.program_columns(system().air("Rom"), changed) != first).sum() == 1
