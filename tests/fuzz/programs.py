"""Fuzz targets: program files, inputs and traces."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from fuzz.registry import TESTS, target
from zisk_py import emulator
from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.records import Chunk
from zisk_py.errors import InputError, LimitError
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.elf_writer import Import, write_v0, write_v3
from zisk_py.transpiler.bpf.input_buffer import (
    InputAccount,
    account_data_offsets,
    instruction_offset,
    serialize,
)
from zisk_py.transpiler.bpf.versions import SBPF_VERSIONS, VERSIONS, Feature
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile

EXAMPLES = TESTS.parent / "examples"
MAX_STEPS = 1 << 12
MAX_BYTES = 1 << 28  # of a run: a program may ask for any amount of memory
CALLS = "call f\nsyscall sol_log_64_\nexit\nf:\nmov r0, 2\nexit"
SOURCE = "mov r6, 3\nloop:\nstxdw [r10-8], r6\nldxdw r0, [r10-8]\nsub r6, 1\njne r6, 0, loop\nexit"


# ----- programs


def program_files() -> Iterator[bytes]:
    for path in sorted((TESTS / "data" / "bpf" / "objects").glob("*.o")):
        yield path.read_bytes()
    yield (EXAMPLES / "vault" / "vault.so").read_bytes()
    for version in SBPF_VERSIONS:
        assembly = assemble(CALLS, version)
        imports = tuple(Import(8 * slot, name) for slot, name in assembly.syscalls)
        if version.has(Feature.STRICT_ELF):
            yield write_v3(assembly.text, b"text", 0)
        else:
            yield write_v0(assembly.text, b"text", 0, imports, number=version.number)


@target(program_files)
def elf(data: bytes) -> None:
    """ELF files, by all loaders; what is accepted makes a ROM that its own format keeps."""
    with suppress(InputError):
        rom = transpile(data)
        assert Rom.from_bytes(rom.to_bytes()).to_bytes() == rom.to_bytes()


@target(lambda: [assemble(SOURCE).text])
def bytecode(data: bytes) -> None:
    """Raw eBPF bytecode; what is accepted runs to an end or to a limit."""
    with suppress(InputError):
        execute(transpile(data, target="ebpf"))


@target(lambda: [SOURCE.encode(), b"entrypoint:\nlddw r1, {x}\nsyscall sol_log_\nbe16 r0\ncallx r3 ; end"])
def assembly(data: bytes) -> None:
    """Assembly text, in every version."""
    for version in VERSIONS.values():
        with suppress(InputError):
            assemble(data.decode("utf-8", "replace"), version)


@target(lambda: [Rom.to_bytes(transpile(assemble(SOURCE).text, target="ebpf"))])
def zrom(data: bytes) -> None:
    """`.zrom` files; what is accepted is what would be written, and running it is safe."""
    with suppress(InputError):
        rom = Rom.from_bytes(data)
        assert rom.to_bytes() == data
        execute(rom)


def execute(rom: Rom) -> None:
    with suppress(InputError, LimitError, EmulatorError):
        claim = make_claim(rom.rules, b"12345678")
        emulator.execute(
            rom, claim, b"12345678", chunk_size=1 << 10, max_steps=MAX_STEPS, max_bytes=MAX_BYTES
        )


# ----- inputs and traces


@target(lambda: [serialize([InputAccount(bytes(32), bytes(32), 1, b"data"), 0], b"do", bytes(32))[:200]])
def input_buffer(data: bytes) -> None:
    """Input buffers of Solana: any input is one, so that nothing may be raised."""
    assert 0 <= instruction_offset(data) <= len(data)
    assert all(offset + size <= len(data) for offset, size in account_data_offsets(data))


@cache
def small_rom() -> Rom:
    return transpile(assemble(SOURCE).text, target="ebpf")


def chunk_files() -> Iterator[bytes]:
    rom = small_rom()
    for chunk in emulator.execute(rom, make_claim(rom.rules, b""), b"", chunk_size=8).chunks:
        yield chunk.to_bytes()


@target(chunk_files)
def chunk(data: bytes) -> None:
    """Chunk files; counting and replaying one that belongs to no run is refused or harmless."""
    with suppress(InputError, EmulatorError, LimitError):
        found = Chunk.from_bytes(data)
        assert found.to_bytes() == data
        if found.num_steps <= MAX_STEPS:
            rom = small_rom()
            regions = rom.rules.start_regions(make_claim(rom.rules, b""))
            counts = emulator.count(rom, regions, found)
            arrivals, _ = emulator.merge([counts])
            emulator.expand(rom, regions, found, arrivals[0])
