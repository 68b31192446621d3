"""The environment of a run: what a program can read of the chain around it, as public bytes.

Words of 8 bytes, little-endian; word n is hidden word ENVIRONMENT_WORD + n of the run.

    0..6   for each row of SYSVARS: its length in bytes, and from bit 32 on the number of its first word;
           0 where the chain does not have it
    7      the stake of all vote accounts
    8      how many vote accounts have stake, and from bit 32 on the number of the first one's first word
    9..    the sysvars as their accounts hold them (bincode), one behind the other, each padded with zeros;
           then the vote accounts, keys ascending: four words of the key, one of the stake; then a zero
"""

import struct
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from typing import ClassVar, Self

from zisk_py.errors import InputError
from zisk_py.isa.memory_map import MAX_ENVIRONMENT_BYTES
from zisk_py.transpiler.bpf import base58

KEY_BYTES = 32
SLOT_HASHES_BYTES = 20_488  # of the account, whose unused places are zeros


class BadEnvironment(InputError):
    """Bytes that are no environment, or one that does not fit."""


@dataclass(frozen=True)
class Packed:
    """A sysvar of fixed length: its fields in order, without padding."""

    form: ClassVar[struct.Struct]

    def to_bytes(self) -> bytes:
        """The bytes of the account. Raises BadEnvironment on a number that is out of range."""
        return _pack(self.form, type(self).__name__, *astuple(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises BadEnvironment on another length."""
        if len(data) != cls.form.size:
            raise BadEnvironment(f"{cls.__name__} has {cls.form.size} bytes, not {len(data)}")
        return cls(*cls.form.unpack(data))


@dataclass(frozen=True)
class Clock(Packed):
    """Slots, epochs, and times in seconds since 1970."""

    form: ClassVar[struct.Struct] = struct.Struct("<QqQQq")
    slot: int = 0
    epoch_start_timestamp: int = 0
    epoch: int = 0
    leader_schedule_epoch: int = 0
    unix_timestamp: int = 0


@dataclass(frozen=True)
class Rent(Packed):
    """What accounts pay for their bytes."""

    form: ClassVar[struct.Struct] = struct.Struct("<QdB")
    lamports_per_byte: int = 6960
    exemption_threshold: float = 1.0
    burn_percent: int = 50


@dataclass(frozen=True)
class EpochSchedule(Packed):
    """How slots make epochs."""

    form: ClassVar[struct.Struct] = struct.Struct("<QQ?QQ")
    slots_per_epoch: int = 432_000
    leader_schedule_slot_offset: int = 432_000
    warmup: bool = True
    first_normal_epoch: int = 14
    first_normal_slot: int = 524_256


@dataclass(frozen=True)
class EpochRewards(Packed):
    """The distribution of an epoch's rewards."""

    form: ClassVar[struct.Struct] = struct.Struct("<QQ32s16sQQ?")
    distribution_starting_block_height: int = 0
    num_partitions: int = 0
    parent_blockhash: bytes = bytes(32)
    total_points: bytes = bytes(16)  # an integer, little-endian
    total_rewards: int = 0
    distributed_rewards: int = 0
    active: bool = False


@dataclass(frozen=True)
class LastRestartSlot(Packed):
    """The slot of the last restart of the chain."""

    form: ClassVar[struct.Struct] = struct.Struct("<Q")
    slot: int = 0


@dataclass(frozen=True)
class Sysvar:
    """A sysvar that programs can read: the field of Environment with its value, and its account."""

    name: str
    key: bytes
    kind: type[Packed] | None = None  # None where the value is the account's bytes


def _sysvar(name: str, key: str, kind: type[Packed] | None = None) -> Sysvar:
    return Sysvar(name, base58.decode(key).rjust(KEY_BYTES, b"\0"), kind)


SYSVARS = (
    _sysvar("rent", "SysvarRent111111111111111111111111111111111", Rent),
    _sysvar("clock", "SysvarC1ock11111111111111111111111111111111", Clock),
    _sysvar("epoch_schedule", "SysvarEpochSchedu1e111111111111111111111111", EpochSchedule),
    _sysvar("slot_hashes", "SysvarS1otHashes111111111111111111111111111"),
    _sysvar("stake_history", "SysvarStakeHistory1111111111111111111111111"),
    _sysvar("epoch_rewards", "SysvarEpochRewards1111111111111111111111111", EpochRewards),
    _sysvar("last_restart_slot", "SysvarLastRestartS1ot1111111111111111111111", LastRestartSlot),
)
SYSVAR_WORDS = {sysvar.name: number for number, sysvar in enumerate(SYSVARS)}  # of the head
TOTAL_STAKE_WORD = len(SYSVARS)
VOTE_ACCOUNTS_WORD = TOTAL_STAKE_WORD + 1
HEAD_WORDS = VOTE_ACCOUNTS_WORD + 1
VOTE_ACCOUNT = struct.Struct("<32sQ")


@dataclass(frozen=True)
class Environment:
    """The sysvars of a chain, None where it does not have one, and the stakes of its vote accounts."""

    rent: Rent | None = None
    clock: Clock | None = None
    epoch_schedule: EpochSchedule | None = None
    slot_hashes: bytes | None = None
    stake_history: bytes | None = None
    epoch_rewards: EpochRewards | None = None
    last_restart_slot: LastRestartSlot | None = None
    epoch_stakes: Mapping[bytes, int] = field(default_factory=dict)  # key of a vote account -> its stake

    @staticmethod
    def default() -> "Environment":
        """What a fresh LiteSVM has."""
        slot = 435_888_000
        blockhash = base58.decode("CmpNeggWJ4JaWJeJ8YKN1Zypmk7uvQq3PECGUCAEMbky")
        return Environment(
            rent=Rent(),
            clock=Clock(slot),
            epoch_schedule=EpochSchedule(),
            slot_hashes=struct.pack("<QQ32s", 1, slot, blockhash).ljust(SLOT_HASHES_BYTES, b"\0"),
            stake_history=bytes(8),
            epoch_rewards=EpochRewards(),
            last_restart_slot=LastRestartSlot(),
        )

    def with_sysvar(self, key: bytes, data: bytes) -> "Environment":
        """The same with a sysvar as its account holds it. Raises BadEnvironment on another account."""
        for sysvar in SYSVARS:
            if sysvar.key == key:
                value = sysvar.kind.from_bytes(data) if sysvar.kind else data
                return replace(self, **{sysvar.name: value})  # type: ignore[arg-type]
        raise BadEnvironment(f"{base58.encode(key)} is no sysvar that programs can read; leave it out")

    def to_bytes(self) -> bytes:
        """The environment of a claim. Raises BadEnvironment where it is too long, or a number too large."""
        head, body = [], b""
        for sysvar in SYSVARS:
            value = getattr(self, sysvar.name)
            data = value.to_bytes() if isinstance(value, Packed) else value or b""
            head.append(_entry(body, len(data)))
            body += data + bytes(-len(data) % 8)
        head += [sum(self.epoch_stakes.values()), _entry(body, len(self.epoch_stakes))]
        for account in sorted(self.epoch_stakes.items()):
            body += _pack(VOTE_ACCOUNT, "a vote account", *account)
        found = _pack(struct.Struct(f"<{HEAD_WORDS}Q"), "the sum of stakes", *head) + body + bytes(8)
        if len(found) > MAX_ENVIRONMENT_BYTES:
            raise BadEnvironment(
                f"the environment takes {len(found)} bytes, and {MAX_ENVIRONMENT_BYTES} fit; give the program"
                " fewer vote accounts or shorter sysvars"
            )
        return found

    @staticmethod
    def from_bytes(data: bytes) -> "Environment":
        """Read what `to_bytes` wrote. Raises BadEnvironment on anything else."""
        least = 8 * (HEAD_WORDS + 1)
        if len(data) < least:
            raise BadEnvironment(f"an environment has {least} bytes or more, not {len(data)}")
        head = struct.unpack_from(f"<{HEAD_WORDS}Q", data)
        environment = Environment()
        for word, sysvar in zip(head, SYSVARS, strict=False):
            if word:
                environment = environment.with_sysvar(sysvar.key, _part(data, word, 1))
        accounts = VOTE_ACCOUNT.iter_unpack(_part(data, head[VOTE_ACCOUNTS_WORD], VOTE_ACCOUNT.size))
        environment = replace(environment, epoch_stakes=dict(accounts))
        if environment.to_bytes() != data:
            raise BadEnvironment("the bytes of the environment are not in canonical form")
        return environment


def _pack(form: struct.Struct, name: str, *values: object) -> bytes:
    try:
        return form.pack(*values)
    except struct.error as error:
        raise BadEnvironment(f"{name} has a value that does not fit: {error}") from error


def _entry(body: bytes, count: int) -> int:
    """The word of the head for what comes next; 0 for nothing."""
    return (HEAD_WORDS + len(body) // 8) << 32 | count if count else 0


def _part(data: bytes, entry: int, size: int) -> bytes:
    """The bytes that a word of the head names."""
    start, length = 8 * (entry >> 32), (entry & 0xFFFFFFFF) * size
    if start + length > len(data):
        raise BadEnvironment(f"the environment names bytes {start} to {start + length} of its {len(data)}")
    return data[start : start + length]
