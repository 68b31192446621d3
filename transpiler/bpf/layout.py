"""Guest memory and start registers of each BPF target (notes on BPF 2.1 to 2.3, 2.6)."""

from zisk_py.isa.memory_map import BUDGET_REGISTER, ROUTINES_PC, RegionKind
from zisk_py.isa.rules import ENVIRONMENT_RULE, Quantity, RegionRule, RegisterRule, Rules
from zisk_py.transpiler.bpf.program import BpfProgram
from zisk_py.transpiler.bpf.solana_runtime import TARGET_SUFFIX
from zisk_py.transpiler.bpf.versions import Feature, Version

PROGRAM_ADDRESS = 0x1_0000_0000  # text of sBPF; read-only data of v0 to v2 and of eBPF objects
RODATA_ADDRESS_V3 = 0
STACK_ADDRESS = 0x2_0000_0000
HEAP_ADDRESS = 0x3_0000_0000  # sBPF heap; writable data of eBPF objects
INPUT_ADDRESS = 0x4_0000_0000
EBPF_INPUT_ADDRESS = 0x1000_0000  # below 2^32: 32-bit pointers into the input can be part of the input
EBPF_CONTEXT_ADDRESS = 0x0FFF_0000  # of xdp_md and __sk_buff, below 2^32 too
EBPF_TEXT_ADDRESS = 0x5_0000_0000  # of function pointers; no memory is there
FRAME_SIZE = 4096  # of sBPF

# Registers that hold the sizes of regions: for the slice checks of syscalls, see `slices`, and for packets.
INPUT_LENGTH_REGISTER = 12
HEAP_SIZE_REGISTER = 13


def make_rules(program: BpfProgram, reads_environment: bool) -> Rules:
    """Regions and registers at the start of a run of the program."""
    version = program.version
    regions = [
        RegionRule(RegionKind.IMAGE, segment.address, len(segment.data), segment.writable)
        for segment in program.data
        if segment.data
    ]
    is_gapped = version.has(Feature.GAPPED_STACK)
    regions.append(RegionRule(RegionKind.ZERO, STACK_ADDRESS, version.stack_size, True, is_gapped))
    regions += [
        RegionRule(RegionKind.ZERO, region.address, region.size, region.writable)
        for region in program.platform.regions
        if not region.data
    ]
    if program.platform.context is not None:
        regions.append(RegionRule(RegionKind.ZERO, EBPF_CONTEXT_ADDRESS, program.platform.context.size, True))
    if version.is_sbpf:
        regions.append(RegionRule(RegionKind.ZERO, HEAP_ADDRESS, Quantity.HEAP_SIZE, True))
    regions.append(RegionRule(RegionKind.INPUT, input_address(version), Quantity.INPUT_LENGTH, True))
    if reads_environment:
        regions.append(ENVIRONMENT_RULE)
    has_prologue = program.platform.context is not None or program.runtime is not None
    return Rules(
        target=version.target + (TARGET_SUFFIX if program.runtime is not None else ""),
        num_slots=program.num_slots_with_helpers,
        entry=ROUTINES_PC if has_prologue else 8 * program.entry,
        regions=tuple(sorted(regions, key=lambda region: region.address)),
        registers=_registers(program),
    )


def input_address(version: Version) -> int:
    """Where the input is."""
    return INPUT_ADDRESS if version.is_sbpf else EBPF_INPUT_ADDRESS


def _registers(program: BpfProgram) -> tuple[RegisterRule, ...]:
    version = program.version
    if not version.is_sbpf:
        arguments: tuple[RegisterRule, ...] = (
            RegisterRule(1, EBPF_INPUT_ADDRESS, zero_if_empty_input=True),
            RegisterRule(2, 0, Quantity.INPUT_LENGTH),
        )
        if program.platform.context is not None:
            arguments = (RegisterRule(1, EBPF_CONTEXT_ADDRESS),)
        return (
            *arguments,
            RegisterRule(10, STACK_ADDRESS + version.first_frame),
            RegisterRule(INPUT_LENGTH_REGISTER, 0, Quantity.INPUT_LENGTH),
        )
    # The runtime's rows find the instruction data, and set r2, themselves.
    instruction = (RegisterRule(2, INPUT_ADDRESS, Quantity.INSTRUCTION_OFFSET),)
    return (
        RegisterRule(1, INPUT_ADDRESS),
        *(instruction if program.runtime is None else ()),
        RegisterRule(10, STACK_ADDRESS + version.first_frame),
        RegisterRule(BUDGET_REGISTER, 0, Quantity.BUDGET),
        RegisterRule(INPUT_LENGTH_REGISTER, 0, Quantity.INPUT_LENGTH),
        RegisterRule(HEAP_SIZE_REGISTER, 0, Quantity.HEAP_SIZE),
    )
