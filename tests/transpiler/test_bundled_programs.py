"""The bundled programs do what their sources say: compared with LiteSVM and with native code."""

import importlib.util
import shutil
import struct
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from bpf_programs import difference, execute_file
from litesvm_runs import run_in
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.input_buffer import InputAccount, account_data_offsets, serialize
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.c.program_source import build_program_file

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
DROP, PASS = Exit(1), Exit(2)


def load_module(path: Path) -> ModuleType:
    """A script beside an example."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PACKETS = load_module(EXAMPLES / "packet_filter" / "make_input.py")
VAULT = load_module(EXAMPLES / "vault" / "make_input.py")
FILTER = (EXAMPLES / "packet_filter" / "packet_filter.o").read_bytes()
WEB = PACKETS.frame(80, b"GET /")


def changed(position: int, value: int) -> bytes:
    """The web packet with one byte replaced."""
    return WEB[:position] + bytes([value]) + WEB[position + 1 :]


PACKET_CASES = {
    "web": (WEB, DROP),
    "proxy": (PACKETS.frame(8080, b""), DROP),
    "shell": (PACKETS.frame(22, b"SSH-2.0"), PASS),
    "empty": (b"", PASS),
    "short_ethernet": (WEB[:13], PASS),
    "short_ip": (WEB[:30], PASS),
    "short_tcp": (WEB[:36], PASS),
    "address_resolution": (changed(13, 6), PASS),
    "broken_checksum": (changed(24, 1), DROP),
    "vlan": (WEB[:12] + b"\x81\x00\x00\x05" + WEB[12:], DROP),
}


@pytest.mark.parametrize("name", PACKET_CASES)
def test_the_filter_decides_as_its_source_says(name: str):
    packet, verdict = PACKET_CASES[name]
    assert execute_file(FILTER, packet).outcome == verdict


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc to run the filter natively")
def test_the_filter_decides_as_native_code_does(tmp_path: Path):
    driver = tmp_path / "driver.c"
    driver.write_text(
        f'#include "{EXAMPLES / "packet_filter" / "packet_filter.c"}"\n'
        "#include <stdio.h>\n"
        "int main(void) { static u8 b[4096]; u64 n = fread(b, 1, sizeof b, stdin);"
        ' printf("%llu", packet_filter(b, n)); return 0; }\n'
    )
    subprocess.run(["gcc", "-O1", "-o", tmp_path / "driver", driver], check=True, capture_output=True)
    packets = [packet for packet, _ in PACKET_CASES.values()] + [changed(i, 0x99) for i in range(len(WEB))]
    for packet in packets:
        native = subprocess.run([tmp_path / "driver"], input=packet, check=True, capture_output=True)
        assert execute_file(FILTER, packet).outcome == Exit(int(native.stdout))


def test_the_sample_packet_is_what_its_script_writes():
    packet = (EXAMPLES / "packet_filter" / "input.bin").read_bytes()
    assert packet == PACKETS.frame(80, packet[len(WEB) - 5 :])
    assert execute_file(FILTER, packet).outcome == DROP


STEPS = {
    "sample": VAULT.STEPS,
    "nothing": [],
    "too_much": [(0, 5), (1, 2000)],
    "overflow": [(0, (1 << 64) - 1)],
    "unknown": [(2, 1)],
}


@pytest.mark.parametrize("name", STEPS)
def test_the_vault_does_what_it_does_in_litesvm(name: str):
    instruction = b"".join(struct.pack("<BQ", *step) for step in STEPS[name])
    account = InputAccount(b"\x07" * 32, VAULT.PROGRAM_ID, 10**9, VAULT.account_data(), is_writable=True)
    program = (EXAMPLES / "vault" / "vault.so").read_bytes()
    svm = LiteSVM()
    svm.add_program(Pubkey(VAULT.PROGRAM_ID), program)
    theirs = run_in(svm, Pubkey(VAULT.PROGRAM_ID), instruction, [account])
    data = serialize([account], instruction, VAULT.PROGRAM_ID)
    ours = execute_file(program, data)
    assert difference(ours, theirs) == ""
    if theirs.failure == "":
        ((start, length),) = account_data_offsets(data)
        assert ours.memory[INPUT_ADDRESS][start : start + length] == theirs.account_data[0]


def test_the_vault_refuses_the_account_of_another_program():
    account = InputAccount(b"\x07" * 32, bytes(32), 10**9, VAULT.account_data(), is_writable=True)
    data = serialize([account], VAULT.instruction(), VAULT.PROGRAM_ID)
    assert execute_file((EXAMPLES / "vault" / "vault.so").read_bytes(), data).outcome == Exit(5)


def test_the_sample_input_of_the_vault_is_what_its_script_writes():
    account = InputAccount(b"\x07" * 32, VAULT.PROGRAM_ID, 10**9, VAULT.account_data(), is_writable=True)
    data = serialize([account], VAULT.instruction(), VAULT.PROGRAM_ID)
    assert (EXAMPLES / "vault" / "input.bin").read_bytes() == data


@pytest.mark.skipif(shutil.which("clang") is None, reason="needs clang to compile the source again")
def test_the_vault_is_what_build_makes_of_its_source():
    source = EXAMPLES / "vault" / "vault.c"
    assert build_program_file([source], "sbpf-v3").data == source.with_suffix(".so").read_bytes()
