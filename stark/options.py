"""Parameters: the constants of the protocol, and the profiles that a prover may choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from zisk_py.errors import InputError

PROTOCOL = "zisk-py stark 1"

LOG_BLOWUP = 1  # an evaluation domain is twice the height
MAX_DEGREE = 3  # of a constraint, so that a quotient has two chunks
QUOTIENT_CHUNKS = MAX_DEGREE - 1
LOG_CAP = 6  # a commitment is a level of 2^6 nodes
LOG_ARITY = 3  # of a fold; the last one of a class may be smaller
LOG_FINAL = 5  # a final polynomial has 2^5 coefficients
LOG_FINAL_DOMAIN = LOG_FINAL + LOG_BLOWUP
MAX_SEGMENTS = 1 << 16


@dataclass(frozen=True, slots=True)
class Options:
    """What a profile sets: the number of queries and the bits of work before them."""

    name: str
    queries: int
    grinding_bits: int


FAST = Options("fast", queries=161, grinding_bits=20)  # 100 bits proven in the Johnson regime
SECURE = Options("secure", queries=223, grinding_bits=20)  # 128 bits
TEST = Options("test", queries=8, grinding_bits=2)  # for tests of this package: no security

PROFILES: Mapping[str, Options] = MappingProxyType({o.name: o for o in (FAST, SECURE, TEST)})


def profile(name: str) -> Options:
    """The profile of that name. Raises InputError."""
    if name not in PROFILES:
        raise InputError(f"there is no profile {name!r}; choose one of {', '.join(PROFILES)}")
    return PROFILES[name]
