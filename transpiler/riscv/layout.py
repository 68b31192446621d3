"""Guest memory of RISC-V programs: where input, heap and stack are, and the regions of a run.

The convention follows from where the segments are: text in ZisK's range for code, and all that can be written
in ZisK's RAM, is laid out for ZisK; everything else is a program that makes system calls as on Linux.
"""

from collections.abc import Sequence
from itertools import pairwise

from zisk_py.errors import InputError
from zisk_py.isa.memory_map import ROUTINES_PC, RegionKind
from zisk_py.isa.rules import Quantity, RegionRule, RegisterRule, Rules
from zisk_py.transpiler.riscv.program import Convention, Piece, RiscvProgram

WORD, PAGE = 8, 4096
PIE_BASE = 0x1_0000  # of programs that can be anywhere
INPUT_BASE = 0x4000_0000  # ZisK's input region; its first word, ZisK's channel to the host, does not exist
INPUT_ADDRESS = INPUT_BASE + 8
STACK_SIZE = 8 << 20
STACK_TOP = 0x7FFF_F000
STACK_ADDRESS = STACK_TOP - STACK_SIZE
HEAP_SIZE = 64 << 20  # from behind the data that a program may write
FIRST_FRAME = 64  # bytes of zeros at the top of the stack: no arguments, no environment, no auxiliary values

ZISK_TEXT, ZISK_TEXT_END = 0x8000_0000, 0x8800_0000
ZISK_RAM, ZISK_RAM_END = 0xA000_0000, 0xC000_0000
ZISK_OUTPUT, ZISK_OUTPUT_BYTES = 0xA001_0000, 256

INPUT_LENGTH_REGISTER = 12


class MisplacedSegment(InputError):
    """A segment of the file lies where the memory of a run has something else."""


def find_convention(pieces: Sequence[Piece]) -> Convention:
    """The convention that the places of the segments show."""
    is_zisk = any(piece.writable for piece in pieces) and all(
        piece.address >= ZISK_RAM and piece.end <= ZISK_RAM_END
        if piece.writable
        else piece.address >= ZISK_TEXT and piece.end <= ZISK_TEXT_END
        for piece in pieces
    )
    return Convention.ZISK if is_zisk else Convention.LINUX


def heap_range(program: RiscvProgram) -> tuple[int, int]:
    """First address that the system call brk hands out, and the end of what it can."""
    end = program.writable_end or max(piece.end for piece in program.pieces) + WORD
    start = -(-end // PAGE) * PAGE
    if program.convention is Convention.ZISK:
        return start, max(start, ZISK_RAM_END - STACK_SIZE)
    obstacles = [INPUT_BASE, STACK_ADDRESS, *(piece.address for piece in program.pieces)]
    most = min((place for place in obstacles if place >= end), default=1 << 47) - PAGE
    return start, max(start, min(start + HEAP_SIZE, most // PAGE * PAGE))


def stack_top(program: RiscvProgram) -> int:
    """What sp is at the start."""
    top = ZISK_RAM_END if program.convention is Convention.ZISK else STACK_TOP
    return top - FIRST_FRAME


def make_rules(program: RiscvProgram) -> Rules:
    """Regions and registers at the start of a run. Raises MisplacedSegment."""
    regions = [
        RegionRule(RegionKind.IMAGE, piece.address, len(piece.data), writable=False)
        for piece in program.pieces
        if not piece.writable
    ]
    writable = [piece for piece in program.pieces if piece.writable]
    if program.convention is Convention.ZISK:
        regions += _fill(ZISK_RAM, writable, ZISK_RAM_END)
    else:
        start, heap_end = heap_range(program)
        for piece in writable[:-1]:
            regions += _fill(piece.address, [piece], piece.end)
        regions += _fill(writable[-1].address if writable else start, writable[-1:], heap_end)
        regions.append(RegionRule(RegionKind.ZERO, STACK_ADDRESS, STACK_SIZE, writable=True))
    regions.append(RegionRule(RegionKind.INPUT, INPUT_ADDRESS, Quantity.INPUT_LENGTH, writable=True))
    _check_places(program)
    return Rules(
        target=program.convention.value,
        num_slots=program.num_slots,
        entry=ROUTINES_PC,
        regions=tuple(sorted(regions, key=lambda region: region.address)),
        registers=(RegisterRule(INPUT_LENGTH_REGISTER, 0, Quantity.INPUT_LENGTH),),
    )


def _fill(start: int, pieces: Sequence[Piece], end: int) -> list[RegionRule]:
    """Regions without a gap from `start` to `end`: the bytes of the pieces, and zeros between them."""
    regions, place = [], start
    for piece in pieces:
        if piece.address > place:
            regions.append(RegionRule(RegionKind.ZERO, place, piece.address - place, writable=True))
        place = piece.address
        if piece.data:
            regions.append(RegionRule(RegionKind.IMAGE, place, len(piece.data), writable=True))
            place += len(piece.data)
    if end > place:
        regions.append(RegionRule(RegionKind.ZERO, place, end - place, writable=True))
    return regions


def _check_places(program: RiscvProgram) -> None:
    """Refuse pieces that lie in the input or the stack, or that leave no word between what may and may not
    be written."""
    taken = [("the input", INPUT_BASE, INPUT_ADDRESS + 1)]
    if program.convention is Convention.LINUX:
        taken.append(("the stack", STACK_ADDRESS - WORD, STACK_TOP + WORD))
    for piece in program.pieces:
        for what, start, end in taken:
            if piece.address < end and start < piece.end:
                raise MisplacedSegment(
                    f"{program.name} has a segment at {piece.address:#x} where {what} is; "
                    f"link it elsewhere, for example at {PIE_BASE:#x}"
                )
    for low, high in pairwise(program.pieces):
        if low.writable != high.writable and low.end + WORD > high.address:
            raise MisplacedSegment(
                f"{program.name} has nothing between the segments at {low.address:#x} and {high.address:#x}, "
                f"of which one is writable; leave {WORD} bytes between them in the link script"
            )
