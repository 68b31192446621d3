"""`stark.verify`: a proof of a PIL file's system, for public values by name. Standard library only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from zisk_py.errors import InputError
from zisk_py.stark.authored_statement import (
    check_airs,
    check_globals,
    check_publics,
    global_messages,
    read_header,
)
from zisk_py.stark.key import ProgramCommitment, VerifyingKey
from zisk_py.stark.proof import read_proof
from zisk_py.stark.public_values import named_publics, public_vector
from zisk_py.stark.security import SecurityReport
from zisk_py.stark.verifier import verify as verify_argument

NO_PROGRAM = ProgramCommitment((), {})


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An accepted proof: its public values, how many instances each air has, and its bits of security.

    The bits are those of the proof system. What an argument of the author's own, one with challenges, adds to
    the error is for the author to know.
    """

    profile: str
    publics: Mapping[str, int]
    instances: Mapping[str, int]
    security: SecurityReport

    @property
    def bits(self) -> float:
        """The proven bits of the weakest round, in the better regime."""
        return self.security.total

    def __str__(self) -> str:
        values = "".join(f", {name} = {value}" for name, value in self.publics.items())
        return f"accepted with {self.bits:.1f} bits{values}"


def verify(
    key: VerifyingKey,
    proof: bytes,
    publics: Mapping[str, object] | None = None,
    *,
    min_bits: float = 100.0,
    program: ProgramCommitment | None = None,
    allow_test_profile: bool = False,
) -> Acceptance:
    """Verify a proof of the system of `key` for these public values.

    publics   all of the author's by name, arrays as lists.
    program   the commitment of the columns that the system commits to apart, if it has any: one that the
              caller has made or trusts.
    Raises    a VerifierError that says why the proof is refused; InputError if names of public values, or the
              program, are not those that the system asks for.
    """
    expected = public_vector(key.system, publics or {})
    if program is None and any(air.program for air in key.system.airs):
        raise InputError("the system has columns of a program; give the commitment of those that are meant")

    # 1. The header: a proof of this system, for these values. The prover's own values stand in it.
    taken = read_proof(proof)
    values = read_header(key, taken.header)
    check_publics(key.system, values, expected)

    # 2. What holds once per proof: every air that speaks of the values is there, and global constraints.
    instances = [instance.air for segment in taken.instances for instance in segment]
    check_airs(key, instances)
    check_globals(key.system, values)

    # 3. The STARK, with the messages of the whole proof as the verifier's.
    accepted = verify_argument(
        key,
        program or NO_PROGRAM,
        taken,
        global_messages(key.system, values),
        publics=values,
        min_bits=min_bits,
        allow_test_profile=allow_test_profile,
    )
    counts = Counter(key.system.airs[air].name for air in instances)
    return Acceptance(accepted.profile, named_publics(key.system, values), counts, accepted.security)


def read_publics(key: VerifyingKey, proof: bytes) -> dict[str, int]:
    """The public values that a proof states, by name; nothing is verified. Raises VerifierError."""
    return named_publics(key.system, read_header(key, read_proof(proof).header))
