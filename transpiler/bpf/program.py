"""A loaded BPF program: what the loaders of all file formats give to the lowering."""

from dataclasses import dataclass, field

from zisk_py.isa.rom import ImageSegment
from zisk_py.transpiler.bpf.platform import PLAIN, Platform
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.bpf.versions import Version


@dataclass(frozen=True)
class DataSegment:
    """Initial bytes of a guest region at `address`."""

    address: int
    data: bytes
    writable: bool = False

    @property
    def image(self) -> ImageSegment:
        """The segment as the ROM holds it."""
        return ImageSegment(self.address, self.data)


@dataclass(frozen=True)
class BpfProgram:
    """Relocated text and data. `functions` gives the slots of v0's keys of calls, and of eBPF's helpers."""

    version: Version
    text: bytes
    entry: int  # slot
    text_address: int = 0  # guest address of slot 0: what callx computes with
    data: tuple[DataSegment, ...] = ()
    functions: dict[int, int] = field(default_factory=dict)
    symbols: dict[int, str] = field(default_factory=dict)  # slot -> name, for people
    platform: Platform = PLAIN  # of eBPF
    runtime: SolanaRuntime | None = None  # of sBPF: around the program
    helper_texts: dict[int, bytes] = field(default_factory=dict)  # slot behind the text -> code of a helper

    @property
    def num_slots(self) -> int:
        """Eight-byte slots of the text."""
        return len(self.text) // 8

    @property
    def num_slots_with_helpers(self) -> int:
        """Slots of the text and of the helpers behind it."""
        return max([self.num_slots, *(slot + len(text) // 8 for slot, text in self.helper_texts.items())])
