"""What differs between the versions of BPF: one row each, with the proposal that brought a change.

Sources: RFC 9669 for eBPF; Solana's improvement documents (SIMD) 0166 (dynamic frames), 0173 and 0174
(instruction encoding and arithmetic), 0178 (static calls), 0189 (strict ELF), and measurements on LiteSVM.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """The features of one version of BPF."""

    target: str
    is_sbpf: bool
    number: int  # e_flags of an sBPF file
    has_jump32: bool  # class 6 are 32-bit comparisons
    sign_extends_32: bool  # add, sub, mul of 32 bits give a sign-extended result
    static_syscalls: bool  # SIMD-0178: the src field tells local calls from syscalls
    callx_in_dst: bool  # callx names its register in dst, else in imm
    gapped_stack: bool  # 4096 bytes of gap above each frame
    frame_step: int  # added to r10 by a call
    max_depth: int  # frames, the first one included
    stack_size: int  # addresses from the first to the last byte


EBPF = Version(
    target="ebpf",
    is_sbpf=False,
    number=-1,
    has_jump32=True,
    sign_extends_32=False,
    static_syscalls=True,
    callx_in_dst=True,
    gapped_stack=False,
    frame_step=-512,
    max_depth=8,
    stack_size=8 * 512,
)

SBPF_V0 = Version(
    target="sbpf-v0",
    is_sbpf=True,
    number=0,
    has_jump32=False,
    sign_extends_32=True,
    static_syscalls=False,
    callx_in_dst=False,
    gapped_stack=True,
    frame_step=8192,
    max_depth=64,
    stack_size=63 * 8192 + 4096,
)

SBPF_V3 = Version(
    target="sbpf-v3",
    is_sbpf=True,
    number=3,
    has_jump32=True,
    sign_extends_32=True,
    static_syscalls=True,
    callx_in_dst=True,
    gapped_stack=False,
    frame_step=4096,
    max_depth=64,
    stack_size=64 * 4096,
)

VERSIONS = {version.target: version for version in (EBPF, SBPF_V0, SBPF_V3)}
