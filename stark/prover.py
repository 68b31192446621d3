"""The prover: one story in eight steps, the same as the verifier's in `zisk_py.stark.verifier`.

Two passes over the segments. Pass 1 commits to every segment's traces; then one (alpha, beta) is drawn for
all. Pass 2 proves each segment in a fork of the transcript. With one segment its data is kept between the
passes; with more, the traces are made again, so that memory does not grow with the number of segments.

With a store, each segment leaves a record of either pass, and one whose record is there already is not
committed to or proven again. Its traces are made in pass 1 all the same: the multiplicities depend on all.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np

from zisk_py.field.extension import ZERO, Element, add, powers, scale
from zisk_py.field.goldilocks import P
from zisk_py.field.goldilocks import inverse as base_inverse
from zisk_py.stark.arrays import element_array
from zisk_py.stark.backend import U64, Backend
from zisk_py.stark.challenges import Challenges, draw_challenges
from zisk_py.stark.commitment import Commitment, commit
from zisk_py.stark.deep import Openings
from zisk_py.stark.domain import next_point, out_of_domain_point
from zisk_py.stark.errors import MalformedProof, ProverError, VerifierError
from zisk_py.stark.fri import deep_codeword, fold_all, open_queries
from zisk_py.stark.hashing import GRIND
from zisk_py.stark.identity import holds
from zisk_py.stark.key import AirKey
from zisk_py.stark.layout import COLUMNS, Instance, Layout, Opened, Round, lay_out
from zisk_py.stark.logup import Message, challenge_vector, message_sum
from zisk_py.stark.options import FAST, MAX_SEGMENTS, QUOTIENT_CHUNKS, Options
from zisk_py.stark.parallel import ParallelKernels
from zisk_py.stark.proof import Body, Proof, Segment, read_body, write_body, write_proof
from zisk_py.stark.proving_key import ProgramData, ProvingKey
from zisk_py.stark.stage1 import Committed, Stage1, commit_again, evaluate, fix_stage1
from zisk_py.stark.stage2 import stage2_columns
from zisk_py.stark.statement import absorb_header, begin_transcript, check_statement
from zisk_py.stark.store import DamagedRecord, NoStore, Store, seal, unseal
from zisk_py.stark.transcript import Transcript
from zisk_py.stark.witness import Stage2Source, TraceLike, arrange, arrange_stage2

Progress = Callable[[str, int, int], None]  # phase, segment, number of segments


class Phase(StrEnum):
    """What the prover is about to do with a segment, in this order; COMMIT for all segments first."""

    COMMIT = "commit"
    RECOMPUTE = "recompute"  # only where there are several segments
    BUSES = "buses"
    QUOTIENT = "quotient"
    EVALUATE = "evaluate"
    FOLD = "fold"
    GRIND = "grind"
    OPEN = "open"


SegmentSource = Callable[[], Sequence[TraceLike]]


def prove(
    key: ProvingKey,
    program: ProgramData,
    segments: Sequence[SegmentSource],
    header: bytes | Callable[[], bytes],
    messages: Sequence[Message] | Callable[[], Sequence[Message]] = (),
    options: Options = FAST,
    *,
    publics: Sequence[int] = (),
    stage2: Stage2Source | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    backend: Backend | None = None,
    store: Store | None = None,
) -> bytes:
    """Prove the traces of all segments; the bytes are for `zisk_py.stark.verifier.verify`.

    segments   each gives the traces of one segment, in any order, at most one per air. It is called once if
               there is one segment, and twice, with equal results, if there are more; in order, the next one
               while a segment is worked on.
    header     bytes that the proof is bound to: what the caller's verifier checks for itself.
    stage2     gives the columns of stage 2 that airs declare, from the challenges that the system declares;
               called once, when stage 1 of all segments is fixed.
    messages   the verifier's own messages. Both may be functions, which are called after pass 1.
    progress   is told the phase, the segment and the number of segments.
    store      keeps what is done of a proof of several segments, and gives what an earlier attempt did.
    Raises     ProverError if traces do not fit the system, or violate its constraints or buses;
               DamagedRecord if what the store gives is not of this proof.
    """
    report = progress or (lambda phase, segment, count: None)
    verifying_key, count = key.verifying_key, len(segments)
    if not 1 <= count <= MAX_SEGMENTS:
        raise ProverError(f"a proof has 1 to {MAX_SEGMENTS} segments, not {count}")
    if store is None or count == 1:
        store = NoStore()
    records = [store.load(_body_name(number)) for number in range(count)]
    calls = list(segments)
    if count > 1:  # the second time only if the memory of the first is given back
        calls += [segment for segment, record in zip(segments, records, strict=True) if record is None]

    # 1 ----- statement: pass 1 makes every segment's traces, from which the instances are known
    transcript = begin_transcript(verifying_key, program.commitment, options, publics, count)

    with ExitStack() as held:  # its threads end with it
        kernels: Backend = backend or held.enter_context(ParallelKernels(threads))
        made = held.enter_context(closing(kernels.ahead(calls)))

        # 2 ----- stage 1: every segment's traces are fixed, each at a point of its own, before alpha and beta
        firsts: list[Stage1] = []
        kept: Committed | None = None
        for number in range(count):
            report(Phase.COMMIT, number, count)
            witness = arrange(verifying_key.system, next(made), number)
            kept, first = fix_stage1(kernels, transcript, witness, number, store)
            firsts.append(first)
            del witness
            if count > 1:
                kept = None  # the next segment needs the memory
        messages = messages() if callable(messages) else messages
        header = header() if callable(header) else header
        try:
            check_statement(
                verifying_key, program.commitment, [first.instances for first in firsts], messages, publics
            )
        except VerifierError as error:
            raise ProverError(f"the traces do not make a statement: {error}") from error
        absorb_header(transcript, header, messages)
        challenges = draw_challenges(transcript, len(verifying_key.system.challenges))
        own_columns = stage2(challenges.own) if stage2 else {}

        # 3 to 7 ----- every segment in a fork of its own
        balance = ZERO
        finished = []
        for number, (first, record) in enumerate(zip(firsts, records, strict=True)):
            layout = lay_out(verifying_key, program.commitment, first.instances)
            fork = transcript.fork("segment", number)
            if count > 1:
                report(Phase.RECOMPUTE, number, count)
            if record is None:
                place = fork.state
                if kept is None:
                    witness = arrange(verifying_key.system, next(made), number)
                    kept = commit_again(kernels, witness, first, number)
                    del witness
                own = arrange_stage2(verifying_key.system, own_columns, first.instances, number)
                task = _SegmentTask(kernels, key, program, options, publics, layout, kept, first, own, number)
                body = task.prove(fork, challenges, partial(_report, report, number, count))
                data, terminals = write_body(body), body.terminals
                store.save(_body_name(number), seal(place, data))
                del task
                kept = None  # the next segment needs the memory
            else:
                data, terminals = _stored_body(number, fork.state, record, layout)
            finished.append(Segment(first.instances, first.cap, data))
            for terminal in terminals:
                balance = add(balance, terminal)

    # 8 ----- the messages of all instances and of the verifier cancel
    if add(balance, message_sum(verifying_key.buses, messages, challenges)) != ZERO:
        raise ProverError(
            "the messages on the buses do not add up to zero; check the constraints for the reason"
        )
    return write_proof(Proof(options.name, header, tuple(finished)))


def _report(progress: Progress, number: int, count: int, phase: str) -> None:
    progress(phase, number, count)


def _body_name(number: int) -> str:
    return f"segment-{number}.body"


def _stored_body(
    number: int, place: bytes, record: bytes, layout: Layout
) -> tuple[bytes, tuple[Element, ...]]:
    """A body that an earlier attempt has made, and its terminals. Raises DamagedRecord."""
    data = unseal(_body_name(number), place, record)
    try:
        return data, read_body(data, layout).terminals
    except MalformedProof as error:
        raise DamagedRecord(_body_name(number)) from error


@dataclass(frozen=True)
class _Inputs:
    """What a program reads of one instance on the trace domain (`rows`) and on the extension."""

    key: AirKey
    instance: Instance
    rows: Mapping[Round, U64]
    extensions: dict[Round, U64]
    air_values: U64
    publics: U64
    stage2: U64  # the author's columns


@dataclass(frozen=True)
class _SegmentTask:
    """One segment, with all that is fixed before its own challenges."""

    backend: Backend
    key: ProvingKey
    program: ProgramData
    options: Options
    publics: Sequence[int]
    layout: Layout
    committed: Committed
    first: Stage1
    stage2: Sequence[U64]  # by instance: the author's columns
    number: int

    def prove(self, transcript: Transcript, drawn: Challenges, progress: Callable[[str], None]) -> Body:
        """Steps 3 to 7. Raises ProverError."""
        backend, layout, options = self.backend, self.layout, self.options
        inputs = [self._inputs(place, instance) for place, instance in enumerate(layout.instances)]
        trees = {Round.STAGE1: self.committed.commitment}
        given = ((Round.FIXED, self.key.fixed.commitment), (Round.PROGRAM, self.program.columns.commitment))
        trees |= {round_: tree for round_, tree in given if tree is not None}

        # 3 ----- stage 2: columns of the author and of the buses, the total of each instance, before lambda
        progress(Phase.BUSES)
        terminals = self._commit_stage2(inputs, trees, drawn)
        transcript.absorb_digests("stage 2", trees[Round.STAGE2].cap if Round.STAGE2 in trees else ())
        transcript.absorb_elements("terminals", (t for t in terminals if t is not None))
        combiner = transcript.challenge("lambda")

        # 4 ----- quotients, before zeta
        progress(Phase.QUOTIENT)
        challenges = [
            self._challenges(one, total, drawn) for one, total in zip(inputs, terminals, strict=True)
        ]
        most = max(len(one.key.reduction.constraints.outputs) for one in inputs)
        lambdas = powers(combiner, most)
        tasks = list(zip(inputs, challenges, strict=True))
        quotients = backend.each(lambda task: self._quotient(*task, lambdas), tasks)
        trees[Round.QUOTIENT] = commit(backend, quotients)
        transcript.absorb_digests("quotient", trees[Round.QUOTIENT].cap)
        zeta = out_of_domain_point(transcript, "zeta", [i.log_height for i in layout.instances])

        # 5 ----- evaluations: every instance's constraints hold at zeta; all of them before delta
        progress(Phase.EVALUATE)
        evaluations = backend.each(
            lambda task: self._open(*task, trees, zeta), zip(layout.instances, layout.opened, strict=True)
        )
        claims = zip(inputs, layout.opened, evaluations, challenges, strict=True)
        for one, opened, values, own in claims:
            if not holds(one.key, one.instance, opened, values, self.publics, own, lambdas, zeta):
                raise ProverError(
                    f"the constraints of air {one.key.air.name} in segment {self.number} do not hold"
                )
            transcript.absorb_elements("evaluations", values)
        delta = transcript.challenge("delta")

        # 6 ----- FRI: each round's codewords before its beta, then the final polynomials, work, and the
        # queries
        progress(Phase.FOLD)
        openings = Openings(layout, self.first.bindings, evaluations, zeta, self.first.omega, delta)
        codewords = [deep_codeword(backend, openings, c, trees) for c in range(len(layout.classes))]
        folding = fold_all(backend, layout, codewords, transcript)
        progress(Phase.GRIND)
        nonce = backend.grind(transcript.state, options.grinding_bits, GRIND)
        transcript.spend(nonce, options.grinding_bits)
        positions = transcript.indices("queries", options.queries, layout.log_size)

        # 7 ----- openings: rows belong to the commitments, and the codewords fold to the final polynomials
        progress(Phase.OPEN)
        return Body(
            bindings=self.first.bindings,
            stage2_cap=trees[Round.STAGE2].cap if Round.STAGE2 in trees else (),
            terminals=tuple(t for t in terminals if t is not None),
            quotient_cap=trees[Round.QUOTIENT].cap,
            evaluations=tuple(evaluations),
            fri_caps=folding.caps,
            final_polynomials=folding.final_polynomials,
            nonce=nonce,
            openings=open_queries(layout, trees, folding, positions),
        )

    def _inputs(self, place: int, instance: Instance) -> _Inputs:
        air_key = self.key.verifying_key.airs[instance.air]
        name = air_key.air.name
        height = 1 << instance.log_height
        rows = {round_: np.zeros((height, 0), dtype=np.uint64) for round_ in COLUMNS}
        extensions = {round_: np.zeros((2 * height, 0), dtype=np.uint64) for round_ in COLUMNS}
        for round_, columns in ((Round.FIXED, self.key.fixed), (Round.PROGRAM, self.program.columns)):
            if name in columns.rows:
                rows[round_], extensions[round_] = columns.rows[name], columns.extension(name)
        rows[Round.STAGE1] = self.committed.witness.matrices[place]
        extensions[Round.STAGE1] = self.committed.commitment.matrices[place]
        air_values = np.array(instance.air_values, dtype=np.uint64)
        publics = np.array(self.publics, dtype=np.uint64)
        return _Inputs(air_key, instance, rows, extensions, air_values, publics, self.stage2[place])

    def _challenges(self, one: _Inputs, terminal: Element | None, drawn: Challenges) -> list[Element]:
        share = (
            ZERO if terminal is None else scale(terminal, base_inverse((1 << one.instance.log_height) % P))
        )
        return challenge_vector(self.key.verifying_key.buses, drawn, share)

    def _commit_stage2(
        self, inputs: Sequence[_Inputs], trees: dict[Round, Commitment], drawn: Challenges
    ) -> list[Element | None]:
        """Commit to stage 2 of the instances that have it; the total of each, or None without messages."""
        found = self.backend.each(lambda one: self._stage2(one, drawn), inputs)
        extensions = [one.extensions[Round.STAGE2] for one in inputs if one.key.stage2_width]
        if extensions:
            trees[Round.STAGE2] = commit(self.backend, extensions)
        return found

    def _stage2(self, one: _Inputs, drawn: Challenges) -> Element | None:
        """Extend stage 2 of an instance; its total, or None if it has no interactions."""
        if not one.key.reduction.columns:
            if one.key.stage2_width:
                one.extensions[Round.STAGE2] = self.backend.low_degree_extend(one.stage2)
            return None
        try:
            columns, total = stage2_columns(
                self.backend,
                one.key.reduction,
                one.rows[Round.STAGE1],
                one.rows[Round.FIXED],
                one.rows[Round.PROGRAM],
                one.air_values,
                one.publics,
                self._challenges(one, None, drawn),
            )
        except ZeroDivisionError:
            raise ProverError(
                f"a message of air {one.key.air.name} in segment {self.number} has the fingerprint 0; "
                "this happens by chance once in 2^150 proofs, change the header"
            ) from None
        whole = np.hstack([one.stage2, columns]) if one.stage2.size else columns
        one.extensions[Round.STAGE2] = self.backend.low_degree_extend(whole)
        return total

    def _quotient(self, one: _Inputs, challenges: Sequence[Element], lambdas: Sequence[Element]) -> U64:
        """The extension of the quotient's chunks: (2N, 6)."""
        program = one.key.reduction.constraints
        values = self.backend.quotient(
            program,
            one.extensions[Round.STAGE1],
            one.extensions[Round.FIXED],
            one.extensions[Round.PROGRAM],
            one.extensions[Round.STAGE2],
            one.air_values,
            one.publics,
            element_array(challenges),
            element_array(lambdas[: len(program.outputs)]),
        )
        coefficients = self.backend.interpolate_coset(values)
        height = 1 << one.instance.log_height
        chunks = [coefficients[chunk * height : (chunk + 1) * height] for chunk in range(QUOTIENT_CHUNKS)]
        return self.backend.evaluate_coset(np.hstack(chunks))

    def _open(
        self, instance: Instance, opened: Opened, trees: Mapping[Round, Commitment], zeta: Element
    ) -> tuple[Element, ...]:
        """The values of all columns at zeta, then of some at its next point."""
        current: list[Element] = []
        following: list[Element] = []
        after = next_point(zeta, instance.log_height)
        for part in opened.parts:
            matrix = trees[part.round].matrices[part.matrix]
            columns = [c - len(current) for c in opened.next if 0 <= c - len(current) < part.width]
            current += evaluate(self.backend, matrix, zeta)
            if columns:
                following += evaluate(self.backend, matrix, after, columns)
        return (*current, *following)
