"""The journal: what a run under the Solana runtime makes public, in the outputs of the run.

Format, little-endian: u64 number of accounts that the run has modified; then sections, each a u32 tag, a u32
length, and that many bytes, padded with zeros to a multiple of 8. Tags ascend. The bytes of an account are 32
of its key, 32 of its owner, u64 lamports, u64 length of the data, the data; its hash is the SHA-256 digest of
these. PRE_ and POST_ sections are there once per account, in the order of the instruction, without accounts
that repeat an earlier one.

A run that ends with a fault has no sections of what follows the run, and a run that returns something else
than 0 changes no account: it has no POST_ sections. Both have 0 modified accounts. Standard library only: who
verifies a proof reads the journal with this module.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from zisk_py.errors import InputError

HEADER_BYTES = 8
SECTION_HEADER_BYTES = 8
ACCOUNT_BYTES = 80  # of an account before its data
DIGEST_BYTES = 32
KEY_BYTES = 32
META_BYTES = 8
MAX_JOURNAL_BYTES = 1 << 16


class Section(IntEnum):
    """What a section holds; the numbers are its tag. Those up to PRE_HASHES are of before the run."""

    PROGRAM_ID = 1
    INSTRUCTION = 2  # its data
    INSTRUCTION_HASH = 3
    ACCOUNT_METAS = 4  # 8 bytes per account of the instruction, repeated ones included: see `AccountMeta`
    PRE_ACCOUNTS = 5
    PRE_HASHES = 6
    POST_ACCOUNTS = 7
    POST_HASHES = 8
    RETURN_DATA = 9
    LOGS = 10  # the records of the logs
    LOGS_HASH = 11


# Sections that are there once per account; the others are there once.
PER_ACCOUNT = frozenset(
    {Section.PRE_ACCOUNTS, Section.PRE_HASHES, Section.POST_ACCOUNTS, Section.POST_HASHES}
)
# Sections whose length does not depend on the run.
LENGTHS = {
    Section.PROGRAM_ID: KEY_BYTES,
    Section.INSTRUCTION_HASH: DIGEST_BYTES,
    Section.PRE_HASHES: DIGEST_BYTES,
    Section.POST_HASHES: DIGEST_BYTES,
    Section.LOGS_HASH: DIGEST_BYTES,
}
_NEW_ACCOUNT = 0xFF


class MalformedJournal(InputError):
    """Outputs that are no journal."""


@dataclass(frozen=True, slots=True)
class AccountMeta:
    """How an instruction names an account; `repeats` is the position of the one that it repeats, or None."""

    is_signer: bool
    is_writable: bool
    is_executable: bool
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class JournalAccount:
    """An account as its section gives it."""

    key: bytes
    owner: bytes
    lamports: int
    data: bytes

    def to_bytes(self) -> bytes:
        """The bytes of which a hash section has the digest."""
        return self.key + self.owner + struct.pack("<QQ", self.lamports, len(self.data)) + self.data

    @staticmethod
    def from_bytes(data: bytes) -> "JournalAccount":
        """Read what `to_bytes` wrote. Raises MalformedJournal on anything else."""
        if len(data) < ACCOUNT_BYTES:
            raise MalformedJournal(
                f"a section of {len(data)} bytes is no account; one has at least {ACCOUNT_BYTES}"
            )
        lamports, length = struct.unpack_from("<QQ", data, ACCOUNT_BYTES - 16)
        if length != len(data) - ACCOUNT_BYTES:
            raise MalformedJournal(
                f"an account has {len(data) - ACCOUNT_BYTES} bytes of data and says {length}"
            )
        return JournalAccount(data[:32], data[32:64], lamports, data[ACCOUNT_BYTES:])


@dataclass(frozen=True, slots=True)
class Journal:
    """What a run has made public; `sections` are in the order in which they stand."""

    accounts_modified: int
    sections: tuple[tuple[Section, bytes], ...] = ()

    def __getitem__(self, section: Section) -> tuple[bytes, ...]:
        """The contents of all sections of that tag; none where it was not published."""
        return tuple(content for tag, content in self.sections if tag is section)

    def accounts(self, section: Section) -> tuple[JournalAccount, ...]:
        """The accounts of PRE_ACCOUNTS or POST_ACCOUNTS. Raises MalformedJournal."""
        return tuple(JournalAccount.from_bytes(content) for content in self[section])

    @property
    def account_metas(self) -> tuple[AccountMeta, ...]:
        """What ACCOUNT_METAS says; empty where it was not published. Raises MalformedJournal."""
        content = b"".join(self[Section.ACCOUNT_METAS])
        return tuple(
            _meta(content[place : place + META_BYTES]) for place in range(0, len(content), META_BYTES)
        )

    def to_bytes(self) -> bytes:
        """The journal as the outputs of a run."""
        return struct.pack("<Q", self.accounts_modified) + b"".join(
            struct.pack("<II", tag, len(content)) + content + bytes(-len(content) % 8)
            for tag, content in self.sections
        )

    @staticmethod
    def from_bytes(outputs: bytes) -> "Journal":
        """Read the outputs of a run. Raises MalformedJournal on what no run writes."""
        if len(outputs) < HEADER_BYTES or len(outputs) % 8:
            raise MalformedJournal(
                f"{len(outputs)} bytes of outputs are no journal; the program was built without the runtime"
            )
        (modified,) = struct.unpack_from("<Q", outputs)
        sections, place = list[tuple[Section, bytes]](), HEADER_BYTES
        while place < len(outputs):
            tag, length = struct.unpack_from("<II", outputs, place)
            start = place + SECTION_HEADER_BYTES
            place = start + length + -length % 8
            if tag not in set(Section) or place > len(outputs) or any(outputs[start + length : place]):
                raise MalformedJournal(
                    f"the journal has no section at byte {start - SECTION_HEADER_BYTES}; it is damaged"
                )
            section = Section(tag)
            if length != LENGTHS.get(section, length):
                raise MalformedJournal(f"a section {section.name} has {length} bytes; it is damaged")
            if sections and not _may_follow(sections[-1][0], section):
                raise MalformedJournal(f"a section {section.name} is out of its order; it is damaged")
            sections.append((section, outputs[start : start + length]))
        return Journal(modified, tuple(sections))


def _may_follow(before: Section, section: Section) -> bool:
    return before < section or (before is section and section in PER_ACCOUNT)


def _meta(content: bytes) -> AccountMeta:
    if content[:1] == bytes([_NEW_ACCOUNT]) and set(content[1:4]) <= {0, 1} and content[4:] == bytes(4):
        return AccountMeta(*map(bool, content[1:4]))
    if len(content) == META_BYTES and content[1:] == bytes(META_BYTES - 1):
        return AccountMeta(False, False, False, content[0])
    raise MalformedJournal(f"{content.hex()} says nothing about an account")
