"""Program files to ROMs: recognises the format, loads, checks, lowers."""

from dataclasses import replace

from zisk_py.errors import InputError
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim
from zisk_py.transpiler.bpf import lenient_loader, object_loader, strict_loader
from zisk_py.transpiler.bpf.helpers import link_helpers
from zisk_py.transpiler.bpf.layout import EBPF_TEXT_ADDRESS, make_rules
from zisk_py.transpiler.bpf.lowering import lower
from zisk_py.transpiler.bpf.platform import PLAIN, Platform
from zisk_py.transpiler.bpf.program import BpfProgram, DataSegment
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.bpf.static_checks import check
from zisk_py.transpiler.bpf.syscalls import read_environment
from zisk_py.transpiler.bpf.versions import EBPF, SBPF_VERSIONS, VERSIONS, Feature
from zisk_py.transpiler.elf import MAGIC, ElfFile, MissingEntry, NotElf, WrongMachine
from zisk_py.transpiler.rom_builder import first_rows

TARGETS = ("auto", "sbpf", *VERSIONS, "riscv")
BPF_MACHINE, SBPF_MACHINE = "EM_BPF", 263
RISCV_MACHINE = (243).to_bytes(2, "little")
MAX_SLOTS = 1 << 22


class UnknownTarget(InputError):
    """A target that zisk-py does not have."""


class UnsupportedVersion(InputError):
    """A version of sBPF that zisk-py does not have."""


class WrongTarget(InputError):
    """The file is not of the target that was asked for."""


class NoPlatform(InputError):
    """Helpers, regions or a mode for a program that is not eBPF."""


class NoRuntime(InputError):
    """The Solana runtime around a program that is not sBPF."""


class ProgramTooLarge(InputError):
    """More instructions than a ROM holds."""


def transpile(
    data: bytes,
    target: str = "auto",
    entry: str | None = None,
    name: str = "the program",
    platform: Platform = PLAIN,
    runtime: SolanaRuntime | None = None,
) -> Rom:
    """The ROM of a program file.

    `target` is one of TARGETS; raw eBPF bytecode needs "ebpf", everything else is recognised. `entry` names
    the function or section to start at, `name` the file in messages; `platform` is what an eBPF program
    finds around it, `runtime` what is done before and after an sBPF program. Raises InputError, one subclass
    per refusal.
    """
    if target == "riscv" or (target == "auto" and is_riscv(data)):
        if platform != PLAIN or runtime is not None:
            raise NoPlatform(f"{name} is for RISC-V; leave out helpers, regions, mode and runtime")
        from zisk_py.transpiler.riscv.front_end import transpile as transpile_riscv  # others start faster

        return transpile_riscv(data, entry, name)
    program = _on_platform(load_program(data, target, entry, name), platform, name)
    if runtime is not None and not program.version.is_sbpf:
        raise NoRuntime(
            f"{name} is for {program.version.target}, which Solana does not run; build it without"
        )
    program = replace(program, runtime=runtime)
    program, helpers = link_helpers(program)
    if program.num_slots_with_helpers > MAX_SLOTS:
        raise ProgramTooLarge(
            f"{name} has {program.num_slots_with_helpers} slots of instructions; at most {MAX_SLOTS} fit"
        )
    rows, owners = lower(program, check(program) + helpers)
    debug = {
        "name": name,
        "text": program.text.hex(),
        "helpers": {str(slot): text.hex() for slot, text in program.helper_texts.items()},
        "symbols": {str(slot): symbol for slot, symbol in sorted(program.symbols.items())},
        "routines": first_rows(owners),
    }
    image = [segment.image for segment in program.data if segment.data]
    rules = make_rules(program, read_environment(set(owners.values())))
    rules.start_regions(Claim(input_length=1))  # refuses regions that overlap each other or any input
    return Rom.from_instructions(rows, image, rules, debug)


def is_riscv(data: bytes) -> bool:
    """Whether a file says that it is for RISC-V, in whatever order of bytes."""
    return data[:4] == MAGIC and RISCV_MACHINE in (data[18:20], data[19:17:-1])


def _on_platform(program: BpfProgram, platform: Platform, name: str) -> BpfProgram:
    """The program with the memory that its platform has. Raises NoPlatform."""
    if program.version.is_sbpf and platform != PLAIN:
        raise NoPlatform(
            f"{name} is for {program.version.target}, whose platform is Solana's; leave out helpers,"
            " regions and mode"
        )
    contents = tuple(
        DataSegment(region.address, region.data.ljust(region.size, b"\0"), region.writable)
        for region in platform.regions
        if region.data
    )
    return replace(program, platform=platform, data=program.data + contents)


def load_program(data: bytes, target: str, entry: str | None, name: str) -> BpfProgram:
    """Load a BPF file with the loader of its format, and refuse one that is not of the target."""
    if target not in TARGETS:
        raise UnknownTarget(f"target {target!r} is unknown; choose one of {', '.join(TARGETS)}")
    if data[:4] != MAGIC:
        if target != "ebpf":
            raise NotElf(f"{name} is not an ELF file; raw eBPF bytecode needs --target ebpf")
        if entry is not None:
            raise MissingEntry(f"{name} is raw bytecode, which has no names; leave out --entry {entry}")
        return BpfProgram(EBPF, data, 0, EBPF_TEXT_ADDRESS)
    program = _load_elf(ElfFile(data, name), entry)
    if target not in ("auto", program.version.target) and not (target == "sbpf" and program.version.is_sbpf):
        raise WrongTarget(f"{name} is a program for {program.version.target}, not for {target}")
    return program


def _load_elf(file: ElfFile, entry: str | None) -> BpfProgram:
    header = file.header
    if header.e_machine not in (BPF_MACHINE, SBPF_MACHINE):
        raise WrongMachine(f"{file.name} is for {header.e_machine}, not for BPF")
    version = next((v for v in SBPF_VERSIONS if v.number == header.e_flags), None)
    is_strict = version is not None and version.has(Feature.STRICT_ELF)
    if header.e_type == "ET_REL" and not (is_strict and header.e_phnum):  # a strict file may say any type
        return object_loader.load(file, entry)
    if version is None:
        known = ", ".join(str(v.number) for v in SBPF_VERSIONS)
        raise UnsupportedVersion(f"{file.name} is sBPF version {header.e_flags}; zisk-py takes {known}")
    load = strict_loader.load if is_strict else lenient_loader.load
    program = load(file, version)
    if entry not in (None, *(name for slot, name in program.symbols.items() if slot == program.entry)):
        raise MissingEntry(f"{file.name} starts at its own entry, which no --entry can change")
    return program
