"""--region and --mode: what an eBPF program finds around it, from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from zisk_py.transpiler.bpf.assembler import assemble

PACKETS = Path(__file__).parents[1] / "data" / "ebpf" / "objects" / "packets.o"
SOURCE = "mov r1, 0x20000000\nldxdw r0, [r1]\nlock fetch add [r1], r0\nexit"


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    """A program that doubles a number at 0x2000_0000, and returns what was there."""
    path = tmp_path / "counter.bin"
    path.write_bytes(assemble(SOURCE).text)
    return path


def test_a_region_is_zeros_or_a_file(command: Any, counter: Path, tmp_path: Path) -> None:
    content = tmp_path / "content.bin"
    content.write_bytes((77).to_bytes(8, "little"))
    for region, code in (("0x20000000:8:rw", 0), (f"0x20000000:16:rw:{content}", 77)):
        ending = command("execute", counter, "--target", "ebpf", "--region", region)
        assert ending.code == 0
        assert f"Exit({code})" in ending.out


def test_a_store_to_a_read_only_region_is_a_fault(command: Any, counter: Path) -> None:
    ending = command("execute", counter, "--target", "ebpf", "--region", "0x20000000:8:r")
    assert ending.code == 3
    assert "STORE_VIOLATION" in ending.out


def test_the_id_of_a_program_covers_its_regions_and_its_mode(command: Any, counter: Path) -> None:
    platforms = (
        (),
        ("--region", "0x20000000:8:rw"),
        ("--region", "0x20000000:8:r"),
        ("--region", "0x20000000:8:r", "--region", "0x30000000:8:r"),
        ("--mode", "xdp"),
    )
    zrom = counter.with_suffix(".zrom")
    ids = set()
    for options in platforms:
        ending = command("build", counter, "--target", "ebpf", "-o", zrom, "--json", *options)
        ids.add(json.loads(ending.out)["program_id"])
    assert len(ids) == len(platforms)


@pytest.mark.parametrize(
    ("mode", "entry", "code"), [("xdp", "xdp", "Exit(2)"), ("socket-filter", "socket", "Exit(0)")]
)
def test_a_program_of_linux_sees_its_packet(
    command: Any, tmp_path: Path, mode: str, entry: str, code: str
) -> None:
    packet = tmp_path / "packet.bin"
    packet.write_bytes(bytes(60))
    ending = command("execute", PACKETS, "--entry", entry, "--mode", mode, "-i", packet)
    assert ending.code == 0
    assert code in ending.out


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("here:8:r", "the region 'here:8:r' is not of the form ADDR:SIZE:r|rw[:FILE]"),
        ("64:8:r:nowhere.bin", "cannot read nowhere.bin"),
        ("0x10000000:8:r", "overlap or touch"),
        ("0x1000000000000:8:r", "ends above"),
    ],
)
def test_a_region_that_cannot_be_is_refused(command: Any, counter: Path, region: str, message: str) -> None:
    ending = command("execute", counter, "--target", "ebpf", "--region", region)
    assert ending.code == 2
    assert message in ending.err


def test_a_built_program_takes_no_other_regions(command: Any, counter: Path) -> None:
    zrom = counter.with_suffix(".zrom")
    options = ("--region", "0x20000000:8:rw")
    assert command("build", counter, "--target", "ebpf", "-o", zrom, *options).code == 0
    assert command("execute", zrom).code == 0
    ending = command("execute", zrom, *options)
    assert ending.code == 2
    assert "was built with its platform" in ending.err
