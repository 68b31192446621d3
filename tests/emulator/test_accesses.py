"""Guest accesses: bounds, permissions and gaps, against a byte-by-byte model of the memory."""

from types import ModuleType
from typing import Any

import pytest

from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.memory_map import Region

STACK = 2 << 32


def host_bytes(region: Region, address: int, width: int) -> list[int] | None:
    """The bytes of a region that an access reaches, as sBPF's flat and gapped mappings define them."""
    offset = address - region.address
    if not 0 <= offset < region.size:
        return None
    length = region.size
    if region.gapped:
        if offset & 0x1000:
            return None
        offset = (offset & ~0x1FFF) >> 1 | offset & 0xFFF
        length = (region.size + 4096) // 2
    return list(range(offset, offset + width)) if offset + width <= length else None


def edges(regions: tuple[Region, ...]) -> list[int]:
    """Addresses around the ends of regions, and around the ends of frames."""
    ends = {0, 1 << 63}
    for region in regions:
        if region.is_guest:
            ends |= {region.address, region.address + region.size}
            if region.gapped:
                ends |= set(range(region.address, region.address + region.size + 1, 4096))
    return sorted({(end + near) % (1 << 64) for end in ends for near in range(-9, 3)})


@pytest.mark.parametrize("is_store", [False, True], ids=["load", "store"])
@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_access_reaches_its_bytes_or_traps(
    width: int, is_store: bool, phases: ModuleType, one_access: Any
) -> None:
    kind = FaultKind.STORE_VIOLATION if is_store else FaultKind.LOAD_VIOLATION
    found, expected = [], []
    for address in edges(one_access(0, 8, False).regions):
        case = one_access(address, width, is_store)
        guest = [region for region in case.regions if region.is_guest]
        reached = [bytes_ for region in guest if (bytes_ := host_bytes(region, address, width)) is not None]
        is_allowed = bool(reached) and not (is_store and address >> 32 == 1)
        expected.append(Exit(0) if is_allowed else Fault(kind, 0))
        outcome = phases.execute(case.rom, case.claim, bytes(45), chunk_size=16).outcome
        found.append(outcome)
    assert found == expected
    assert len(set(expected)) == 2


def test_store_across_a_frame_end_continues_in_the_next_frame(phases: ModuleType, simple_case: Any) -> None:
    from zisk_py.isa.instruction import Instruction, Store, immediate
    from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC

    value = 0x1122334455667788
    rows = [
        Instruction(
            0, a=immediate(STACK + 4092), b=immediate(value), store=Store.INDIRECT, j1=FAULT_PC, j2=8
        ),
        Instruction(8, b=immediate(0), j1=EXIT_PC - 8, j2=EXIT_PC - 8),
    ]
    case = simple_case(rows)
    memory = phases.execute(case.rom, case.claim, b"", chunk_size=16).memory[STACK]
    assert len(memory) == 3 * 4096
    assert memory[4088:4104] == bytes(4) + value.to_bytes(8, "little") + bytes(4)
