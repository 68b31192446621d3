"""What a proof that was just made comes to: it is verified, and its run followed, each instruction."""

from typing import NamedTuple

from zisk_py.stark.errors import VerifierError
from zisk_py.trace.run import Trace
from zisk_py.trace.validation import Validation
from zisk_py.zkvm import Proof


class ProofCheck(NamedTuple):
    """Results that take more work than the proof needs."""

    total_constraints: int  # that the rows of the run must satisfy
    mathematical_proof_valid: bool  # the proof is verified, and states the end that the run has
    state_reconstruction_valid: bool  # all writes, replayed on the initial memory, give the final memory

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong."""
        return self.mathematical_proof_valid and self.state_reconstruction_valid


def check_proof(trace: Trace, proof: Proof) -> ProofCheck:
    """Verify a proof of the run, and run it again to follow its memory; what is held does not grow with it.

    Raises what `Trace` raises.
    """
    try:
        proof.verify(trace.program)
        is_verified = True
    except VerifierError:
        is_verified = False
    validation = Validation(trace.version, trace.regions, trace.initial_state)
    for witness in trace:
        validation.add(witness)
    ending = trace.finished()
    found = validation.finish(
        ending.final_state, ending.outcome, ending.total_compute_units, ending.total_instructions
    )
    return ProofCheck(
        ending.total_constraints, is_verified and ending.is_stated_by(proof), bool(found.state_reconstruction)
    )
