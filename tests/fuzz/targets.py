"""What is fuzzed: one function per reader of foreign bytes. Only documented errors may leave it.

Every function takes any bytes and returns; an exception from it is a finding. `seeds` are good inputs to
start from, made by the package or kept in the tree.
"""

import struct
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from zisk_py import emulator
from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.records import Chunk
from zisk_py.errors import InputError, LimitError
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim, Rules
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.errors import PilError, PilWarning
from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile
from zisk_py.pil.system_file import from_json, to_json
from zisk_py.stark.errors import VerifierError
from zisk_py.statemachines.constraint_system import verifying_key
from zisk_py.statemachines.statement import Statement, check_claim
from zisk_py.statemachines.verification import read_statement, statement_messages, verify_run
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.elf_writer import write_v0, write_v3
from zisk_py.transpiler.bpf.input_buffer import (
    InputAccount,
    account_data_offsets,
    instruction_offset,
    serialize,
)
from zisk_py.transpiler.bpf.versions import EBPF, SBPF_V0, SBPF_V3
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "examples"
CORPUS = Path(__file__).parent / "corpus"
MAX_STEPS = 1 << 12
SOURCE = "mov r6, 3\nloop:\nstxdw [r10-8], r6\nldxdw r0, [r10-8]\nsub r6, 1\njne r6, 0, loop\nexit"


@dataclass(frozen=True)
class Target:
    """A function that takes any bytes, and where to start."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]


TARGETS: dict[str, Target] = {}


def target(seeds: Callable[[], Iterable[bytes]]) -> Callable[[Callable[[bytes], None]], Callable[..., None]]:
    """Add a function to TARGETS under its name."""

    def add(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
        TARGETS[run.__name__] = Target(run, seeds)
        return run

    return add


# ----- programs


def program_files() -> Iterator[bytes]:
    for path in sorted((TESTS / "data" / "bpf" / "objects").glob("*.o")):
        yield path.read_bytes()
    yield (EXAMPLES / "vault" / "vault.so").read_bytes()
    code = assemble("mov r0, 1\ncall f\nexit\nf:\nmov r0, 2\nexit", SBPF_V3).text
    yield write_v3(code, b"text", 0)
    yield write_v0(assemble(SOURCE, SBPF_V0).text, b"text", 0, ())


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
    for version in (EBPF, SBPF_V0, SBPF_V3):
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
        emulator.execute(rom, claim, b"12345678", chunk_size=1 << 10, max_steps=MAX_STEPS)


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


# ----- proofs


@cache
def honest_proofs() -> tuple[tuple[str, bytes], ...]:
    """(program id, proof): one segment, a public input; then several segments."""
    program = Program(small_rom())
    several = Program(transpile(assemble(SOURCE.replace("3", "20", 1)).text, target="ebpf"))
    quick = {"profile": "test", "threads": 1}
    return (
        (program.id, program.prove(b"12345678", public_input=True, **quick).data),
        (several.id, several.prove(chunk_size=32, **quick).data),
    )


def verify(program_id: str, data: bytes) -> None:
    verify_run(verifying_key(), program_id, data, min_bits=0, allow_test_profile=True)


@target(lambda: [data[:400] for _, data in honest_proofs()])
def proof(data: bytes) -> None:
    """Proof files as they are."""
    program_id, honest = honest_proofs()[0]
    with suppress(VerifierError):
        read_statement(data)
    with suppress(VerifierError):
        verify(program_id, data)
        assert data == honest


@target(
    lambda: [b"\0" + struct.pack("<BIB", kind, place, 2) + b"\1\2" for kind in range(3) for place in (0, 30)]
)
def edited_proof(data: bytes) -> None:
    """A real proof with edits: a byte that chooses it, then (kind, place, length, bytes) each.

    Most of a proof is hashes, which no fuzzer guesses: this way every input begins as a good proof. Kinds:
    replace, insert, remove. An edited proof is refused.
    """
    program_id, honest = honest_proofs()[data[0] % 2 if data else 0]
    found, position = honest, 1
    while len(data) - position > 6:
        kind, place, size = struct.unpack_from("<BIB", data, position)
        piece = data[position + 6 : position + 6 + size]
        position += 6 + len(piece)
        place %= len(found) + 1
        behind = place + (size if kind % 3 == 2 else len(piece) if kind % 3 == 0 else 0)
        found = found[:place] + (b"" if kind % 3 == 2 else piece) + found[behind:]
    with suppress(VerifierError):
        verify(program_id, found)
        assert found == honest, "an edited proof was accepted"


@target(lambda: [read_statement(data)[0].to_bytes() for _, data in honest_proofs()])
def statement(data: bytes) -> None:
    """Headers of proofs; the claim of one that can be read is judged under the rules of a real program."""
    with suppress(VerifierError):
        found = Statement.from_bytes(data)
        assert found.to_bytes() == data
        found = replace(found, program=replace(found.program, rules=small_rom().rules))
        check_claim(found)
        statement_messages(found)


@target(lambda: [small_rom().rules.to_json().encode()])
def rules(data: bytes) -> None:
    """The rules of a program, and the regions that follow."""
    with suppress(InputError):
        text = data.decode("utf-8", "replace")
        found = Rules.from_json(text)
        assert found.to_json() == text
        found.start_registers(Claim(8))
        found.start_regions(Claim(8))


# ----- constraint systems


def pil_files() -> Iterator[bytes]:
    for path in sorted((TESTS / "data" / "pil").rglob("*.pil")):
        yield path.read_bytes()


@target(pil_files)
def pil_syntax(data: bytes) -> None:
    """PIL text through the parser."""
    with suppress(PilError):
        parse(SourceFile("<text>", data.decode("utf-8", "replace")))


@target(pil_files)
def pil(data: bytes) -> None:
    """PIL text through the whole compiler; what it accepts is a system that its file format keeps."""
    with suppress(PilError), warnings.catch_warnings():
        warnings.simplefilter("ignore", PilWarning)
        text = to_json(compile_pil(data.decode("utf-8", "replace")))
        assert to_json(from_json(text)) == text


@target(
    lambda: [
        to_json(
            compile_pil("airgroup G { airtemplate A(int N = 32) { col witness a; a * (1 - a) === 0; } A(); }")
        ).encode()
    ]
)
def system(data: bytes) -> None:
    """Compiled systems; ValueError is what their reader documents."""
    with suppress(ValueError):
        from_json(data.decode("utf-8", "replace"))


def corpus(name: str) -> list[bytes]:
    """The inputs that are kept for a target."""
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]


if __name__ == "__main__":
    print(*TARGETS)
