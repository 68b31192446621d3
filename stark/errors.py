"""Why a system, a witness or a proof is refused: one class per reason."""

from zisk_py.errors import ZiskError


class SystemRefused(ZiskError):
    """A system of constraints that this proof system cannot prove."""


class ProverError(ZiskError):
    """A witness that cannot be proven, or traces that do not fit the system."""


class VerifierError(ZiskError):
    """Root of all refusals of a proof. `expected` and `got` hold what was compared, where two things were."""

    def __init__(self, message: str, expected: object = None, got: object = None) -> None:
        """Append expected and got to the message where they are given."""
        if expected is not None or got is not None:
            message = f"{message}: expected {expected}, got {got}"
        super().__init__(message)
        self.expected = expected
        self.got = got


class MalformedProof(VerifierError):
    """The bytes are not a proof of this version."""


class NotAProof(MalformedProof):
    """The file does not begin like a proof."""


class UnsupportedVersion(MalformedProof):
    """A proof of another version of the format."""


class TruncatedProof(MalformedProof):
    """The bytes end before the proof does."""


class TrailingBytes(MalformedProof):
    """Bytes follow where the proof must end."""


class NonCanonicalElement(MalformedProof):
    """A number that stands for a field element is not below p."""


class CountOutOfRange(MalformedProof):
    """A count is larger than any proof can have, or zero where there must be one."""


class ProfileRefused(VerifierError):
    """The proof was made with a profile that the caller does not accept."""


class UnknownAir(VerifierError):
    """An instance of an air that the system does not have."""


class InstanceOrderMismatch(VerifierError):
    """The instances of a segment are not in the order of the system, or one occurs twice."""


class HeightOutOfRange(VerifierError):
    """The height of an instance is below or above what is allowed."""


class FixedHeightMismatch(VerifierError):
    """The height of an instance is not that of its air's fixed columns."""


class ProgramHeightMismatch(VerifierError):
    """The height of an instance is not that of the committed program columns."""


class AirValueCountMismatch(VerifierError):
    """An instance does not have as many air values as its air."""


class PublicCountMismatch(VerifierError):
    """Not as many public values as the system has."""


class CommitmentMismatch(VerifierError):
    """A key or a program commitment does not have the shape that the system asks for."""


class MessageRefused(VerifierError):
    """A message of the verifier does not fit its bus."""


class InsufficientSecurity(VerifierError):
    """The proof has fewer proven bits of security than asked for."""


class ConstraintMismatch(VerifierError):
    """The constraints of an instance do not hold at the out-of-domain point."""


class GrindingMismatch(VerifierError):
    """The nonce does not have the work that the profile asks for."""


class MerkleMismatch(VerifierError):
    """Opened rows do not belong to the commitment."""


class FinalPolynomialMismatch(VerifierError):
    """The folded codeword is not the final polynomial at a queried position."""


class BusUnbalanced(VerifierError):
    """The messages of all instances and of the verifier do not add up to zero."""


class HeaderMalformed(MalformedProof):
    """The header is not that of a proof of a PIL file's system."""


class SystemMismatch(VerifierError):
    """The proof is of another system."""


class PublicValueMismatch(VerifierError):
    """The proof is for other public values."""


class MissingAir(VerifierError):
    """An air that says something of the statement has no instance."""


class GlobalConstraintMismatch(VerifierError):
    """The public values and the proof's own values do not satisfy a constraint of the whole proof."""
