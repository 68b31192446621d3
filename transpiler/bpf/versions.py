"""What differs between the versions of BPF: named features, and a row of them for each version.

Sources: RFC 9669 for eBPF; Solana's improvement documents (SIMD) by number for sBPF, and measurements on
LiteSVM. What v2 changed in the instructions, v3 took back to come close to eBPF again (SIMD-0377).
"""

from dataclasses import dataclass
from enum import Enum


class Feature(Enum):
    """What a version has or has not: the document that brought it, and what it means."""

    EXTENSIONS = ("RFC 9669", "sdiv, smod, movsx, bswap, gotol, sign-extending, atomic and packet loads")
    GAPPED_STACK = ("before SIMD-0166", "4096 addresses of gap above each frame")
    DYNAMIC_FRAMES = ("SIMD-0166", "a call leaves r10; the program moves it by `add r10, imm`")
    CALLX_IN_SRC = ("SIMD-0173", "callx names its register in src")
    HOR_FOR_LDDW = ("SIMD-0173", "hor64 sets the high half of a register; there is no lddw")
    NO_LE = ("SIMD-0173", "there is no le, which only truncates")
    MOVED_MEMORY = ("SIMD-0173", "loads and stores have opcodes in the classes of arithmetic")
    PQR = ("SIMD-0174", "products, quotients and remainders, signed too, in place of mul, div and mod")
    EXPLICIT_SIGN = (
        "SIMD-0174",
        "32-bit results are zero-extended; only mov32 from a register extends signs",
    )
    SWAPPED_SUB = ("SIMD-0174", "sub of a constant subtracts from it")
    NO_NEG = ("SIMD-0174", "there is no neg, which the swapped sub replaces")
    STATIC_SYSCALLS = ("SIMD-0178", "the src field tells calls of slots from syscalls")
    STRICT_ELF = ("SIMD-0189", "a file has one or two segments and nothing else; read-only data is at 0")
    JUMP32 = ("SIMD-0377", "class 6 are comparisons of 32 bits")
    CALLX_IN_DST = ("SIMD-0377", "callx names its register in dst")

    def __init__(self, proposal: str, meaning: str) -> None:
        """Name the parts of the value."""
        self.proposal = proposal
        self.meaning = meaning


@dataclass(frozen=True, slots=True)
class Version:
    """One version of BPF. Without CALLX_IN_SRC and CALLX_IN_DST, callx names its register in imm."""

    target: str
    number: int | None  # e_flags of its files; None for eBPF, whose files do not say it
    features: frozenset[Feature]
    first_frame: int  # r10 at the start, from the start of the stack
    frame_step: int  # added to r10 by a call
    max_depth: int  # frames, the first one included
    stack_size: int  # addresses from the first to the last byte

    def has(self, feature: Feature) -> bool:
        """Whether the version has the feature."""
        return feature in self.features

    @property
    def is_sbpf(self) -> bool:
        """Whether it is one of Solana's."""
        return self.number is not None

    @property
    def sign_extends_32(self) -> bool:
        """Whether add, sub and mul of 32 bits give a sign-extended result, as sBPF did from the start."""
        return self.is_sbpf and not self.has(Feature.EXPLICIT_SIGN)


EBPF = Version(
    target="ebpf",
    number=None,
    features=frozenset({Feature.EXTENSIONS, Feature.JUMP32, Feature.STATIC_SYSCALLS, Feature.CALLX_IN_DST}),
    first_frame=8 * 512,
    frame_step=-512,
    max_depth=8,
    stack_size=8 * 512,
)

SBPF_V0 = Version(
    target="sbpf-v0",
    number=0,
    features=frozenset({Feature.GAPPED_STACK}),
    first_frame=4096,
    frame_step=8192,
    max_depth=64,
    stack_size=63 * 8192 + 4096,
)

SBPF_V1 = Version(
    target="sbpf-v1",
    number=1,
    features=frozenset({Feature.DYNAMIC_FRAMES}),
    first_frame=64 * 4096,
    frame_step=0,
    max_depth=64,
    stack_size=64 * 4096,
)

SBPF_V2 = Version(
    target="sbpf-v2",
    number=2,
    features=SBPF_V1.features
    | {Feature.CALLX_IN_SRC, Feature.HOR_FOR_LDDW, Feature.NO_LE, Feature.MOVED_MEMORY}
    | {Feature.PQR, Feature.EXPLICIT_SIGN, Feature.SWAPPED_SUB, Feature.NO_NEG},
    first_frame=64 * 4096,
    frame_step=0,
    max_depth=64,
    stack_size=64 * 4096,
)

SBPF_V3 = Version(
    target="sbpf-v3",
    number=3,
    features=frozenset({Feature.STATIC_SYSCALLS, Feature.STRICT_ELF, Feature.JUMP32, Feature.CALLX_IN_DST}),
    first_frame=4096,
    frame_step=4096,
    max_depth=64,
    stack_size=64 * 4096,
)

VERSIONS = {version.target: version for version in (EBPF, SBPF_V0, SBPF_V1, SBPF_V2, SBPF_V3)}
SBPF_VERSIONS = tuple(version for version in VERSIONS.values() if version.is_sbpf)
