"""Pass: degrees that the prover can take."""

from zisk_py.pil.errors import PilError
from zisk_py.pil.expander.machine import Expander

MAX_DEGREE = 3  # of a constraint, and of a multiplicity; blowup 2
MAX_VALUE_DEGREE = 2  # of a value of a message: the prover multiplies the tuple by a column


def check(expander: Expander) -> None:
    """Raise PilError for a constraint or message of too high a degree."""
    for air in expander.airs:
        for claim in air.claims:
            if claim.node.degree > MAX_DEGREE:
                raise PilError(
                    f"this constraint has degree {claim.node.degree}, the prover takes at most {MAX_DEGREE}; "
                    "put a factor into a witness column",
                    claim.span,
                    claim.frame,
                )
        for message in air.messages:
            for name, value in zip(message.names, message.values, strict=True):
                if value.degree > MAX_VALUE_DEGREE:
                    raise PilError(
                        f"value `{name}` of this message has degree {value.degree}, the prover takes at most "
                        f"{MAX_VALUE_DEGREE}",
                        message.span,
                        message.frame,
                    )
            if message.multiplicity.degree > MAX_DEGREE:
                raise PilError(
                    f"the multiplicity of this message has degree {message.multiplicity.degree}, the prover "
                    f"takes at most {MAX_DEGREE}",
                    message.span,
                    message.frame,
                )
