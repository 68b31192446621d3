"""The verifier: one story in eight steps, the same as the prover's in `zisk_py.stark.prover`.

Standard library only. Nothing in the proof is trusted: shapes come from the key and the instances, parameters
from the profile that the caller accepts, the program from its commitment.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zisk_py.field.extension import ZERO, Element, add, powers, scale
from zisk_py.field.goldilocks import P
from zisk_py.field.goldilocks import inverse as base_inverse
from zisk_py.stark.challenges import Challenges, draw_challenges
from zisk_py.stark.deep import Openings
from zisk_py.stark.domain import out_of_domain_point
from zisk_py.stark.errors import (
    BusUnbalanced,
    ConstraintMismatch,
    GrindingMismatch,
    InsufficientSecurity,
    ProfileRefused,
)
from zisk_py.stark.identity import holds
from zisk_py.stark.key import ProgramCommitment, VerifyingKey
from zisk_py.stark.layout import Layout, Round, lay_out
from zisk_py.stark.logup import Message, challenge_vector, message_sum
from zisk_py.stark.options import PROFILES, TEST, Options
from zisk_py.stark.proof import Body, Proof, Segment, read_body, read_proof
from zisk_py.stark.queries import check_queries
from zisk_py.stark.security import SecurityReport
from zisk_py.stark.shape import security_of
from zisk_py.stark.statement import absorb_header, absorb_stage1, begin_transcript, check_statement
from zisk_py.stark.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Verification:
    """What was verified: the profile of the proof, and the bits of security of this very proof."""

    profile: str
    security: SecurityReport

    @property
    def bits(self) -> float:
        """The proven bits of the weakest round, in the better regime."""
        return self.security.total


def verify(
    key: VerifyingKey,
    program: ProgramCommitment,
    proof: Proof | bytes,
    messages: Sequence[Message] = (),
    *,
    publics: Sequence[int] = (),
    min_bits: float = 100.0,
    allow_test_profile: bool = False,
) -> Verification:
    """Verify a proof of the system of `key`, with the program columns of `program`, on the verifier's own
    messages.

    `min_bits` is how many proven bits the caller asks for; a proof of the test profile has next to none.
    The caller has checked `proof.header` and what the instances and air values mean; that they are what was
    proven is checked here. Raises a VerifierError that says why the proof is refused.
    """
    # 1 ----- statement: shapes, parameters and security, before any arithmetic
    if not isinstance(proof, Proof):
        proof = read_proof(proof)
    options = PROFILES.get(proof.profile)
    if options is None or (options == TEST and not allow_test_profile):
        accepted = " or ".join(name for name in PROFILES if name != TEST.name)
        raise ProfileRefused("the profile of the proof", accepted, proof.profile)
    check_statement(key, program, proof.instances, messages, publics)
    layouts = [lay_out(key, program, segment.instances) for segment in proof.segments]
    bodies = [
        read_body(segment.body, layout) for segment, layout in zip(proof.segments, layouts, strict=True)
    ]
    security = security_of(key, layouts, len(messages), options)
    if security.total < min_bits:
        raise InsufficientSecurity(
            "proven bits of security", f"at least {min_bits:g}", f"{security.total:.2f}"
        )

    # 2 ----- stage 1: every segment's traces are fixed, each at a point of its own, before alpha and beta
    transcript = begin_transcript(key, program, options, publics, len(proof.segments))
    omegas = []
    for segment, body in zip(proof.segments, bodies, strict=True):
        absorb_stage1(transcript, segment.instances, segment.stage1_cap)
        omegas.append(out_of_domain_point(transcript, "omega", [i.log_height for i in segment.instances]))
        for values in body.bindings:
            transcript.absorb_elements("binding", values)
    absorb_header(transcript, proof.header, messages)
    challenges = draw_challenges(transcript, len(key.system.challenges))

    # 3 to 7 ----- every segment in a fork of its own
    balance = ZERO
    for number, (segment, layout, body) in enumerate(zip(proof.segments, layouts, bodies, strict=True)):
        fork = transcript.fork("segment", number)
        task = _SegmentTask(key, program, options, publics, layout, segment, body, omegas[number], number)
        task.verify(fork, challenges)
        for terminal in body.terminals:
            balance = add(balance, terminal)

    # 8 ----- the messages of all instances and of the verifier cancel
    try:
        balance = add(balance, message_sum(key.buses, messages, challenges))
    except ZeroDivisionError:
        raise BusUnbalanced("a message of the verifier has the fingerprint 0; make the proof again") from None
    if balance != ZERO:
        raise BusUnbalanced("the messages on the buses do not add up to zero")
    return Verification(proof.profile, security)


@dataclass(frozen=True, slots=True)
class _SegmentTask:
    """One segment, with all that is fixed before its own challenges."""

    key: VerifyingKey
    program: ProgramCommitment
    options: Options
    publics: Sequence[int]
    layout: Layout
    segment: Segment
    body: Body
    omega: Element
    number: int

    def verify(self, transcript: Transcript, challenges: Challenges) -> None:
        """Steps 3 to 7. Raises a VerifierError."""
        layout, body, options = self.layout, self.body, self.options
        where = f"segment {self.number}"

        # 3 ----- stage 2: columns of the author and of the buses, the total of each instance, before lambda
        transcript.absorb_digests("stage 2", body.stage2_cap)
        transcript.absorb_elements("terminals", body.terminals)
        combiner = transcript.challenge("lambda")

        # 4 ----- quotients, before zeta
        transcript.absorb_digests("quotient", body.quotient_cap)
        zeta = out_of_domain_point(transcript, "zeta", [i.log_height for i in layout.instances])

        # 5 ----- evaluations: every instance's constraints hold at zeta; all of them before delta
        for values in body.evaluations:
            transcript.absorb_elements("evaluations", values)
        self._check_identities(challenges, combiner, zeta)
        delta = transcript.challenge("delta")

        # 6 ----- FRI: each round's codewords before its beta, then the final polynomials, work, and the
        # queries
        betas = []
        for cap in body.fri_caps:
            transcript.absorb_digests("fold", cap)
            betas.append(transcript.challenge("fold"))
        for polynomial in body.final_polynomials:
            transcript.absorb_elements("final polynomial", polynomial)
        if not transcript.spend(body.nonce, options.grinding_bits):
            raise GrindingMismatch(f"the nonce of {where} has less than {options.grinding_bits} bits of work")
        positions = transcript.indices("queries", options.queries, layout.log_size)

        # 7 ----- openings: rows belong to the commitments, and the codewords fold to the final polynomials
        caps = {
            Round.FIXED: self.key.fixed_cap,
            Round.PROGRAM: self.program.cap,
            Round.STAGE1: self.segment.stage1_cap,
            Round.STAGE2: body.stage2_cap,
            Round.QUOTIENT: body.quotient_cap,
        }
        openings = Openings(layout, body.bindings, body.evaluations, zeta, self.omega, delta)
        check_queries(openings, body, caps, betas, positions, where)

    def _check_identities(self, challenges: Challenges, combiner: Element, zeta: Element) -> None:
        terminals = iter(self.body.terminals)
        most = max(len(self.key.airs[i.air].reduction.constraints.outputs) for i in self.layout.instances)
        lambdas = powers(combiner, most)
        for instance, opened, values in zip(
            self.layout.instances, self.layout.opened, self.body.evaluations, strict=True
        ):
            air_key = self.key.airs[instance.air]
            share = ZERO
            if air_key.reduction.columns:
                share = scale(next(terminals), base_inverse((1 << instance.log_height) % P))
            own = challenge_vector(self.key.buses, challenges, share)
            if not holds(air_key, instance, opened, values, self.publics, own, lambdas, zeta):
                raise ConstraintMismatch(
                    f"the constraints of air {air_key.air.name} in segment {self.number} do not hold"
                )
