"""The programs that LiteSVM carries: where they are, and their files."""

from dataclasses import dataclass
from functools import cache

from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from zisk_py.transpiler.bpf.input_buffer import Loader
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

MAGIC = b"\x7fELF"
HEADER_BYTES = 45  # before the file in the data of an upgradeable program
PROGRAM_DATA_POSITION = 4  # of the address of that data in the program's account
DEPRECATED_LOADER = Pubkey.from_string("BPFLoader1111111111111111111111111111111111")


@dataclass(frozen=True)
class Deployed:
    """A program by its address."""

    address: str
    num_slots: int  # of instructions

    @property
    def key(self) -> bytes:
        """The address, 32 bytes."""
        return bytes(Pubkey.from_string(self.address))


PROGRAMS = {
    "p-token": Deployed("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", 11_805),
    "token-2022": Deployed("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb", 67_073),
    "associated-token": Deployed("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL", 11_507),
    "memo": Deployed("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr", 123),
    "memo-v1": Deployed("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo", 1_654),
    "stake": Deployed("Stake11111111111111111111111111111111111111", 22_086),
    "lookup-table": Deployed("AddressLookupTab1e1111111111111111111111111", 17_590),
}


def program_file(name: str) -> bytes:
    """The unmodified ELF file."""
    svm = LiteSVM()
    data = bytes(svm.get_account(Pubkey.from_string(PROGRAMS[name].address)).data)
    if data[: len(MAGIC)] == MAGIC:
        return data
    place = Pubkey.from_bytes(data[PROGRAM_DATA_POSITION : PROGRAM_DATA_POSITION + 32])
    return bytes(svm.get_account(place).data)[HEADER_BYTES:]


def loader_of(name: str) -> Loader:
    """The form in which the program gets its input."""
    account = LiteSVM().get_account(Pubkey.from_string(PROGRAMS[name].address))
    return Loader.DEPRECATED if account.owner == DEPRECATED_LOADER else Loader.ALIGNED


@cache
def program(name: str) -> Program:
    """The transpiled program."""
    return Program(transpile(program_file(name), name=name), name)
