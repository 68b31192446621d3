"""What a segment's proof holds, derived from the key and the list of instances, never from the proof.

Both sides build the same layout: which matrices stand in which tree, which columns are opened where, which
height classes there are, and how each class is folded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from zisk_py.field.extension import DEGREE
from zisk_py.pil.system import NodeKind
from zisk_py.stark.key import AirKey, ProgramCommitment, VerifyingKey
from zisk_py.stark.merkle import Matrix
from zisk_py.stark.options import LOG_ARITY, LOG_BLOWUP, LOG_FINAL_DOMAIN, QUOTIENT_CHUNKS
from zisk_py.stark.program import STAGE2

QUOTIENT_WIDTH = DEGREE * QUOTIENT_CHUNKS


@dataclass(frozen=True, slots=True)
class Instance:
    """One table of a proof: the number of its air, its log height and its air values."""

    air: int
    log_height: int
    air_values: tuple[int, ...]


class Round(IntEnum):
    """The commitments of a segment, in the order in which they are opened."""

    FIXED = 0  # in the key
    PROGRAM = 1  # in the program commitment
    STAGE1 = 2
    STAGE2 = 3
    QUOTIENT = 4


COLUMNS = {  # the kind of node that reads the columns of a round
    Round.FIXED: int(NodeKind.FIXED),
    Round.PROGRAM: int(NodeKind.PROGRAM),
    Round.STAGE1: int(NodeKind.WITNESS),
    Round.STAGE2: STAGE2,
}


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one instance in one round, and which matrix of the tree they are."""

    round: Round
    matrix: int
    width: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The columns of an instance in the order of its parts; all are opened at zeta, and some at other points.

    `next` and `bound` number columns among all `width` of them: those opened at zeta's next point, and those
    of
    stage 1, which are opened at omega.
    """

    parts: tuple[Part, ...]
    width: int
    next: tuple[int, ...]
    bound: tuple[int, ...]

    def start(self, round_: Round) -> int:
        """The number of the first column of that round."""
        return sum(part.width for part in self.parts if part.round < round_)


@dataclass(frozen=True, slots=True)
class Fold:
    """In one FRI round, the height class that folds, by 2^log_arity, down to 2^log_leaves values."""

    height_class: int
    log_arity: int
    log_leaves: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape of one segment. Sizes are logarithms of evaluation domains."""

    instances: tuple[Instance, ...]
    opened: tuple[Opened, ...]  # by instance
    trees: Mapping[Round, tuple[Matrix, ...]]  # those that exist, in order
    classes: tuple[int, ...]  # sizes of the height classes, tallest first
    folds: tuple[tuple[Fold, ...], ...]  # by FRI round
    totals: int  # instances with messages: each has a total

    @property
    def log_size(self) -> int:
        """The size of the tallest class, in which positions are drawn."""
        return self.classes[0]

    def members(self, height_class: int) -> tuple[int, ...]:
        """The instances of a height class, in order."""
        log_height = self.classes[height_class] - LOG_BLOWUP
        return tuple(i for i, instance in enumerate(self.instances) if instance.log_height == log_height)


def lay_out(key: VerifyingKey, program: ProgramCommitment, instances: Sequence[Instance]) -> Layout:
    """The layout of a segment with these instances."""
    heights = program.heights(key.system)
    place = {instance.air: number for number, instance in enumerate(instances)}
    trees: dict[Round, list[Matrix]] = {}
    parts: list[list[Part]] = [[] for _ in instances]
    for round_, kind in COLUMNS.items():
        given = round_ in (Round.FIXED, Round.PROGRAM)  # committed whole, whether all its airs occur or not
        if given and not any(key.airs[air].width(kind) for air in place):
            continue
        for air, air_key in enumerate(key.airs):
            width = air_key.width(kind)
            if not width or not (given or air in place):
                continue
            matrices = trees.setdefault(round_, [])
            if air in place:
                log_height = instances[place[air]].log_height
                parts[place[air]].append(Part(round_, len(matrices), width))
            else:
                fixed = air_key.air.log_height
                log_height = (
                    fixed if round_ == Round.FIXED and fixed is not None else heights[air_key.air.name]
                )
            matrices.append(Matrix(log_height + LOG_BLOWUP, width))
    for number, instance in enumerate(instances):
        parts[number].append(Part(Round.QUOTIENT, number, QUOTIENT_WIDTH))
        trees.setdefault(Round.QUOTIENT, []).append(Matrix(instance.log_height + LOG_BLOWUP, QUOTIENT_WIDTH))
    classes = sorted({instance.log_height + LOG_BLOWUP for instance in instances}, reverse=True)
    pairs = zip(instances, parts, strict=True)
    return Layout(
        tuple(instances),
        tuple(_opened(key.airs[instance.air], own) for instance, own in pairs),
        {round_: tuple(matrices) for round_, matrices in trees.items()},
        tuple(classes),
        _folds(classes),
        sum(1 for instance in instances if key.airs[instance.air].reduction.columns),
    )


def _opened(air_key: AirKey, parts: Sequence[Part]) -> Opened:
    """Which columns of an instance are opened where."""
    following: list[int] = []
    bound: list[int] = []
    start = 0
    for part in parts:
        if part.round in COLUMNS:
            following += [start + column for column in air_key.next_columns(COLUMNS[part.round])]
        if part.round == Round.STAGE1:
            bound += range(start, start + part.width)
        start += part.width
    return Opened(tuple(parts), start, tuple(following), tuple(bound))


def _folds(classes: Sequence[int]) -> tuple[tuple[Fold, ...], ...]:
    """Every class folds in every round until its final domain; only its last arity may be smaller."""
    rounds: list[tuple[Fold, ...]] = []
    sizes = list(classes)
    while any(size > LOG_FINAL_DOMAIN for size in sizes):
        folds = []
        for index, size in enumerate(sizes):
            log_arity = min(LOG_ARITY, size - LOG_FINAL_DOMAIN)
            if log_arity:
                sizes[index] = size - log_arity
                folds.append(Fold(index, log_arity, sizes[index]))
        rounds.append(tuple(folds))
    return tuple(rounds)
