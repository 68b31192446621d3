"""What a proof is about, before any polynomial: rules for its instances, and the head of the transcript."""

from collections.abc import Sequence

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT
from zisk_py.stark.errors import (
    AirValueCountMismatch,
    FixedHeightMismatch,
    HeightOutOfRange,
    InstanceOrderMismatch,
    ProgramHeightMismatch,
    PublicCountMismatch,
    UnknownAir,
)
from zisk_py.stark.key import Cap, ProgramCommitment, VerifyingKey
from zisk_py.stark.layout import Instance
from zisk_py.stark.logup import Message, check_messages
from zisk_py.stark.options import PROTOCOL, Options
from zisk_py.stark.transcript import Transcript


def check_statement(
    key: VerifyingKey,
    program: ProgramCommitment,
    instances: Sequence[Sequence[Instance]],
    messages: Sequence[Message],
    publics: Sequence[int],
) -> None:
    """Raise a VerifierError unless instances, messages and public values fit the system.

    An air may have an instance in every segment, one with fixed or program columns too: their commitment is
    the caller's and no choice of the prover's, so each segment opens the same columns.
    """
    heights = program.heights(key.system)
    if len(publics) != len(key.system.publics) or not all(0 <= value < P for value in publics):
        raise PublicCountMismatch("public values below p", len(key.system.publics), len(publics))
    for number, segment in enumerate(instances):
        for instance in segment:
            if instance.air >= len(key.airs):
                raise UnknownAir(
                    f"segment {number} has an instance of no air", f"below {len(key.airs)}", instance.air
                )
        order = [instance.air for instance in segment]
        if not segment or order != sorted(set(order)):
            raise InstanceOrderMismatch(
                f"the instances of segment {number}", sorted(set(order)) or "at least one", order
            )
        for instance in segment:
            air, got = key.airs[instance.air].air, instance.log_height
            where = f"air {air.name} in segment {number}"
            if not MIN_LOG_HEIGHT <= got <= MAX_LOG_HEIGHT:
                raise HeightOutOfRange(f"log height of {where}", f"{MIN_LOG_HEIGHT} to {MAX_LOG_HEIGHT}", got)
            if air.log_height is not None and got != air.log_height:
                raise FixedHeightMismatch(f"log height of {where}", air.log_height, got)
            if air.program and got != heights[air.name]:
                raise ProgramHeightMismatch(f"log height of {where}", heights[air.name], got)
            if len(instance.air_values) != len(air.air_values):
                raise AirValueCountMismatch(
                    f"air values of {where}", len(air.air_values), len(instance.air_values)
                )
    check_messages(key.buses, messages)


def begin_transcript(
    key: VerifyingKey,
    program: ProgramCommitment,
    options: Options,
    publics: Sequence[int],
    segments: int,
) -> Transcript:
    """The transcript after everything that is known before the first commitment of the prover."""
    transcript = Transcript(PROTOCOL)
    transcript.absorb("profile", options.name.encode())
    transcript.absorb_integers("parameters", [options.queries, options.grinding_bits])
    transcript.absorb("key", key.digest)
    transcript.absorb_digests("program", program.cap)
    transcript.absorb_integers("program heights", program.heights(key.system).values())
    transcript.absorb_integers("publics", publics)
    transcript.absorb_integers("segments", [segments])
    return transcript


def absorb_stage1(transcript: Transcript, instances: Sequence[Instance], cap: Cap) -> None:
    """Take in the instances of a segment and the commitment of their traces."""
    transcript.absorb_integers("instances", [n for i in instances for n in (i.air, i.log_height)])
    for instance in instances:
        transcript.absorb_integers("air values", instance.air_values)
    transcript.absorb_digests("stage 1", cap)


def absorb_header(transcript: Transcript, header: bytes, messages: Sequence[Message]) -> None:
    """Take in what the caller states and the messages of the verifier: known once all traces are fixed."""
    transcript.absorb("header", header)
    flat = [n for m in messages for n in (m.bus, m.multiplicity % P, len(m.values), *m.values)]
    transcript.absorb_integers("messages", flat)
