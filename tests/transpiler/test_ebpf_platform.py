"""What an eBPF program finds around it: helpers by number, further regions, and packets."""

import struct
from pathlib import Path

import pytest

from bpf_programs import sbpf_file
from proven_runs import prove_and_verify
from zisk_py.cli.listing import list_rom
from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.calls import UnknownHelper
from zisk_py.transpiler.bpf.helpers import HelperError
from zisk_py.transpiler.bpf.platform import PACKET_CONTEXTS, MemoryRegion, Mode, Platform, RegionError
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.front_end import NoPlatform, transpile
from zisk_py.zkvm import Program

OBJECTS = Path(__file__).parent.parent / "data" / "ebpf" / "objects"
LOW = 0x2000_0000


def build(source: str, platform: Platform) -> Program:
    return Program(transpile(assemble(source).text, "ebpf", platform=platform))


def outcome(source: str, platform: Platform, data: bytes = b"") -> Outcome:
    return build(source, platform).execute(data).outcome


def fault(kind: FaultKind, slot: int) -> Fault:
    return Fault(kind, slot)


# Helpers


def test_an_object_calls_helpers_that_are_proven_with_it():
    helpers = {7: "mov r0, r1\nmul r0, r2\nexit", 5: "mov r0, r1\nxor r0, -1\nexit"}
    program = Program.load(OBJECTS / "helpers.o", platform=Platform(helpers))
    data = bytes(range(10, 20))
    expected = ~sum(value * weight for weight, value in enumerate(data)) % (1 << 64)
    assert prove_and_verify(program, data).statement.outcome == Exit(expected)


def test_a_helper_sees_the_arguments_and_leaves_saved_registers_and_the_callers_frame():
    source = """
    mov r6, 60
    stdw [r10-8], 70
    mov r1, 1
    mov r5, 5
    helper 0xffffffff
    ldxdw r1, [r10-8]
    add r0, r6
    add r0, r1
    exit"""
    helper = "mov r6, 0\nstdw [r10-8], 0\nmov r0, r1\nadd r0, r5\nexit"
    assert outcome(source, Platform({0xFFFFFFFF: helper})) == Exit(60 + 70 + 1 + 5)


def test_helpers_may_have_functions_and_call_helpers():
    helpers = {
        1: "call double\nadd r0, 1\nexit\ndouble: mov r0, r1\nadd r0, r1\nexit",
        2: "helper 1\nmov r1, r0\nhelper 1\nexit",
    }
    assert outcome("mov r1, 10\nhelper 2\nexit", Platform(helpers)) == Exit(43)


def test_a_callx_takes_the_number_of_a_helper_too():
    platform = Platform({5: "mov r0, 50\nexit", 6: "mov r0, 60\nexit"})
    assert outcome("mov r2, 6\ncallx r2\nexit", platform) == Exit(60)
    assert outcome("mov r2, 7\ncallx r2\nexit", platform) == fault(FaultKind.CALL_OUTSIDE_TEXT, 1)


def test_a_program_does_not_run_on_into_a_helper_nor_a_helper_into_the_next():
    helpers = {1: "mov r0, 1", 2: "mov r0, 2\nexit"}
    assert outcome("mov r0, 9", Platform(helpers)) == fault(FaultKind.EXECUTION_OVERRUN, 1)
    # The program has slots 0 and 1, the helpers start behind an empty slot each.
    assert outcome("helper 1\nexit", Platform(helpers)) == fault(FaultKind.EXECUTION_OVERRUN, 4)
    assert outcome("helper 2\nexit", Platform(helpers)) == Exit(2)


def test_the_id_covers_the_helpers():
    ids = {build("helper 1\nexit", Platform({1: f"mov r0, {n}\nexit"})).id for n in (1, 2)}
    assert len(ids) == 2


def test_a_helper_is_listed_under_its_number():
    rom = build("helper 1\nexit", Platform({1: "mov r0, 1\nexit"})).rom
    assert rom.debug["symbols"] == {"3": "helper 1"}
    assert Program(type(rom).from_bytes(rom.to_bytes())).execute().outcome == Exit(1)


def test_the_listing_has_the_text_of_helpers():
    rom = build("helper 1\nexit", Platform({1: "mov r0, 1\nexit", 2: "lddw r0, 7\nexit"})).rom
    texts = [listing.text.split(maxsplit=1)[1] for listing in list_rom(rom) if listing.text]
    end = "past the end"
    lines = ["helper 0x1", "exit", end, "mov r0, 1", "exit", end]
    assert texts == [*lines, "lddw r0, 0x7", "second half of lddw", "exit", end]


@pytest.mark.parametrize(
    ("helpers", "message"),
    [
        ({}, "the call at slot 1 wants helper 5, which is not there"),
        ({6: "exit"}, "the call at slot 1 wants helper 5, which is not there"),
        ({5: "helper 9\nexit"}, "the call at slot 4 wants helper 9, which is not there"),
    ],
)
def test_an_unknown_helper_is_refused_with_its_number_and_place(helpers: dict[int, str], message: str):
    with pytest.raises(UnknownHelper, match=message):
        build("mov r1, 1\nhelper 5\nexit", Platform(helpers))


@pytest.mark.parametrize(
    ("helpers", "message"),
    [
        ({5: "mov r0"}, "helper 5 cannot be used: line 1"),
        ({5: ""}, "helper 5 cannot be used: the text has 0 bytes"),
        ({5: "ja +3\nexit"}, "helper 5 cannot be used: the ja at slot 0 goes to slot 4 of 2"),
        ({-1: "exit"}, "no helper -1"),
        ({1 << 32: "exit"}, "no helper 4294967296"),
    ],
)
def test_a_helper_that_is_no_program_is_refused(helpers: dict[int, str], message: str):
    with pytest.raises(HelperError, match=message):
        build("helper 5\nexit", Platform(helpers))


# Regions


def test_a_region_holds_its_content_then_zeros():
    platform = Platform(regions=(MemoryRegion(LOW, 20, data=b"\x01\x02\x03"),))
    source = f"lddw r1, {LOW:#x}\nldxw r0, [r1]\nldxdw r2, [r1+12]\nadd r0, r2\nexit"
    assert prove_and_verify(build(source, platform)).statement.outcome == Exit(0x030201)


@pytest.mark.parametrize("content", [b"", b"12345678"], ids=["zeros", "content"])
@pytest.mark.parametrize(
    ("line", "writable", "kind"),
    [
        ("ldxb r0, [r1+19]", False, None),
        ("stb [r1+19], 7", True, None),
        ("ldxb r0, [r1+20]", True, FaultKind.LOAD_VIOLATION),
        ("ldxb r0, [r1-1]", True, FaultKind.LOAD_VIOLATION),
        ("ldxdw r0, [r1+13]", True, FaultKind.LOAD_VIOLATION),
        ("stb [r1], 7", False, FaultKind.STORE_VIOLATION),
        ("lock add [r1], r2", False, FaultKind.STORE_VIOLATION),
        ("lock cmpxchg [r1], r2", False, FaultKind.STORE_VIOLATION),
        ("stw [r1+17], 7", True, FaultKind.STORE_VIOLATION),
    ],
)
def test_an_access_against_a_region_is_a_fault_that_is_proven(
    line: str, writable: bool, kind: FaultKind | None, content: bytes
):
    platform = Platform(regions=(MemoryRegion(LOW, 20, writable, content),))
    program = build(f"lddw r1, {LOW:#x}\n{line}\nmov r0, 0\nexit", platform)
    report = program.check(chunk_size=1 << 10)
    assert report.ok, report
    assert program.execute().outcome == (Exit(0) if kind is None else fault(kind, 2))


def test_a_store_against_a_region_is_proven():
    platform = Platform(regions=(MemoryRegion(LOW, 8),))
    program = build(f"mov r1, {LOW:#x}\nstb [r1], 1\nexit", platform)
    assert prove_and_verify(program).statement.outcome == fault(FaultKind.STORE_VIOLATION, 1)


def test_regions_may_not_overlap_touch_or_be_too_many():
    for address in (0x1000_0000, LOW + 8, LOW + 16):
        with pytest.raises(InputError, match="overlap or touch"):
            build("exit", Platform(regions=(MemoryRegion(LOW, 16), MemoryRegion(address, 8))))
    with pytest.raises(InputError, match="multiple of 8"):
        build("exit", Platform(regions=(MemoryRegion(LOW + 4, 16),)))
    many = tuple(MemoryRegion(LOW + 64 * number, 8) for number in range(20))
    with pytest.raises(InputError, match="22 guest regions"):
        build("exit", Platform(regions=many))


def test_a_region_is_read_from_text(tmp_path: Path):
    file = tmp_path / "a:b.bin"
    file.write_bytes(b"hello")
    assert MemoryRegion.parse("0x20000000:64:r") == MemoryRegion(LOW, 64)
    assert MemoryRegion.parse(f"64:0x10:rw:{file}") == MemoryRegion(64, 16, True, b"hello")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not of the form"),
        ("64:8", "not of the form"),
        ("64:8:w", "not of the form"),
        ("64:-8:r", "not of the form"),
        ("64:0:r", "has 0 bytes"),
        ("64:8:r:no/such/file", "cannot read no/such/file"),
        (f"64:3:r:{__file__}", "has 3 bytes, its content has more"),
        ("64:3:r:/dev/zero", "has 3 bytes, its content has more"),
        ("64:0x7fffffffffff:r:/dev/zero", "with content it may have 67108864"),
    ],
)
def test_text_that_is_no_region_is_refused(text: str, message: str):
    with pytest.raises(RegionError, match=message):
        MemoryRegion.parse(text)


# Modes


def udp(port: int, kind: int = 17) -> bytes:
    """A packet: Ethernet and IPv4 headers, as much of them as the programs look at, and the ports."""
    packet = bytearray(60)
    packet[12:14], packet[23] = b"\x08\x00", kind
    struct.pack_into(">HH", packet, 34, 4000, port)
    return bytes(packet)


PACKETS = {
    "dropped": (udp(7000), 1, 60),
    "another port": (udp(7001), 2, 0),
    "no UDP": (udp(7000, kind=6), 2, 0),
    "too short": (udp(7000)[:41], 2, 0),
    "just long enough": (udp(7000)[:42], 1, 42),
    "empty": (b"", 2, 0),
}


@pytest.mark.parametrize("name", PACKETS)
@pytest.mark.parametrize("mode", PACKET_CONTEXTS, ids=lambda mode: mode.value)
def test_an_object_for_linux_finds_its_packet(mode: Mode, name: str):
    packet, verdict, kept = PACKETS[name]
    entry, expected = ("xdp", verdict) if mode is Mode.XDP else ("socket", kept)
    program = Program.load(OBJECTS / "packets.o", entry=entry, platform=Platform(mode=mode))
    assert program.execute(packet).outcome == Exit(expected)
    report = program.check(packet, chunk_size=1 << 10)
    assert report.ok, report


@pytest.mark.parametrize("mode", PACKET_CONTEXTS, ids=lambda mode: mode.value)
def test_a_verdict_is_proven(mode: Mode):
    entry, expected = ("xdp", 1) if mode is Mode.XDP else ("socket", 60)
    program = Program.load(OBJECTS / "packets.o", entry=entry, platform=Platform(mode=mode))
    verification = prove_and_verify(program, udp(7000))
    assert verification.statement.outcome == Exit(expected)


@pytest.mark.parametrize("mode", PACKET_CONTEXTS, ids=lambda mode: mode.value)
def test_only_r1_and_r10_have_values_at_the_start_and_no_compute_unit_is_spent(mode: Mode):
    others = "\n".join(f"or r0, r{number}" for number in range(2, 10))
    run = build(f"{others}\nexit", Platform(mode=mode)).execute(b"packet")
    assert run.outcome == Exit(0)
    assert run.compute_units == 9


@pytest.mark.parametrize("mode", PACKET_CONTEXTS, ids=lambda mode: mode.value)
def test_the_context_ends_after_its_last_field(mode: Mode):
    size = PACKET_CONTEXTS[mode].size
    platform = Platform(mode=mode)
    assert outcome(f"ldxw r0, [r1+{size - 4}]\nexit", platform) == Exit(0)
    expected = fault(FaultKind.LOAD_VIOLATION, 0)
    assert outcome(f"ldxw r0, [r1+{size}]\nexit", platform) == expected


def test_sbpf_has_a_platform_of_its_own(tmp_path: Path):
    for platform in (
        Platform({1: "exit"}),
        Platform(regions=(MemoryRegion(LOW, 8),)),
        Platform(mode=Mode.XDP),
    ):
        with pytest.raises(NoPlatform, match="platform is Solana's"):
            transpile(sbpf_file("mov r0, 0\nexit", SBPF_V3), platform=platform)


def test_a_built_program_keeps_its_platform(tmp_path: Path):
    program = build("ldxw r0, [r1]\nexit", Platform(mode=Mode.XDP))
    program.save(tmp_path / "p.zrom")
    assert Program.load(tmp_path / "p.zrom").execute(b"x").outcome == Exit(0x1000_0000)
    with pytest.raises(InputError, match="was built with its platform"):
        Program.load(tmp_path / "p.zrom", platform=Platform(mode=Mode.XDP))
