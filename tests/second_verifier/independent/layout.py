"""Shapes (section 9.1): what a segment commits to, opens and folds, from key and instances alone."""

from collections.abc import Sequence
from typing import NamedTuple

from .proof_file import Front, Instance
from .reduction import Program, reduced
from .refusal import require
from .stream import CAP_LOG
from .system import FIXED, PROGRAM, STAGE2, WITNESS, Air, System

FIXED_ROUND, PROGRAM_ROUND, WITNESS_ROUND, STAGE2_ROUND, QUOTIENT_ROUND = range(5)
QUOTIENT_COLUMNS = 6
LOG_FOLD = 3


class Shape(NamedTuple):
    """An air as it is proven: its columns in each round, and those that are opened at the next point too."""

    number: int
    air: Air
    program: Program
    widths: tuple[int, int, int, int, int]
    next_columns: tuple[int, ...]

    @property
    def run_wide(self) -> bool:
        """Whether the air has fixed or program columns."""
        return self.air.fixed > 0 or self.air.program > 0


class Member(NamedTuple):
    """An instance of a segment with its shape."""

    instance: Instance
    shape: Shape

    @property
    def log_size(self) -> int:
        """The log size of its matrices."""
        return self.instance.log_height + 1

    @property
    def openings(self) -> int:
        """Its pairs of a column and a point where it is opened."""
        widths = self.shape.widths
        return sum(widths) + len(self.shape.next_columns) + widths[WITNESS_ROUND]


class Matrix(NamedTuple):
    """A matrix of a tree."""

    air: int
    log_size: int
    width: int


class Fold(NamedTuple):
    """How a class folds in a round: from this log size by 2^arity."""

    height_class: int
    log_size: int
    log_arity: int


class Layout(NamedTuple):
    """All of a segment that does not depend on values."""

    members: tuple[Member, ...]
    trees: tuple[tuple[Matrix, ...], ...]
    classes: tuple[int, ...]
    rounds: tuple[tuple[Fold, ...], ...]

    @property
    def log_heights(self) -> list[int]:
        """The log heights of the instances."""
        return [member.instance.log_height for member in self.members]


def shapes_of(system: System) -> tuple[Shape, ...]:
    """The shapes of all airs."""
    return tuple(_shape(system, number, air) for number, air in enumerate(system.airs))


def _shape(system: System, number: int, air: Air) -> Shape:
    """The shape of an air."""
    program = reduced(system, air)
    stage2 = 3 * (air.own_stage2 + program.groups)
    widths = (air.fixed, air.program, air.columns, stage2, QUOTIENT_COLUMNS)
    starts = {
        FIXED: 0,
        PROGRAM: sum(widths[:PROGRAM_ROUND]),
        WITNESS: sum(widths[:WITNESS_ROUND]),
        STAGE2: sum(widths[:STAGE2_ROUND]),
    }
    following: set[int] = set()
    for kind, a, b in program.nodes:
        if kind in starts and b == 1:
            first = starts[kind] + (3 * a if kind == STAGE2 else a)
            following.update(range(first, first + (3 if kind == STAGE2 else 1)))
    return Shape(number, air, program, widths, tuple(sorted(following)))


def layouts_of(shapes: Sequence[Shape], heights: dict[str, int], fronts: Sequence[Front]) -> list[Layout]:
    """The layouts of all segments; heights are those of the statement."""
    given = {shape.air.name for shape in shapes if shape.air.program}
    require(heights.keys() == given, "the statement names other airs than those with program columns")
    require(
        all(5 <= height <= 24 for height in heights.values()), "a height of the statement is out of range"
    )
    return [_layout(shapes, heights, front) for front in fronts]


def _layout(shapes: Sequence[Shape], heights: dict[str, int], front: Front) -> Layout:
    """The layout of a segment."""
    numbers = [instance.air for instance in front.instances]
    require(numbers == sorted(set(numbers)), "instances do not ascend")
    require(numbers[-1] < len(shapes), "an air does not exist")
    members = tuple(Member(instance, shapes[instance.air]) for instance in front.instances)
    for instance, shape in members:
        for height in (shape.air.log_height, heights.get(shape.air.name)):
            require(height in (None, instance.log_height), "an instance has not the height that it must have")
        require(
            len(instance.air_values) == len(shape.air.air_values),
            "an instance has too few or many air values",
        )
    trees = (
        _preprocessed(members, shapes, heights, FIXED_ROUND),
        _preprocessed(members, shapes, heights, PROGRAM_ROUND),
        *(_committed(members, which) for which in (WITNESS_ROUND, STAGE2_ROUND, QUOTIENT_ROUND)),
    )
    classes = tuple(sorted({member.log_size for member in members}, reverse=True))
    return Layout(members, trees, classes, _rounds(classes))


def _preprocessed(
    members: Sequence[Member], shapes: Sequence[Shape], heights: dict[str, int], which: int
) -> tuple[Matrix, ...]:
    """The matrices of round 0 or 1: those of all airs, if any of them has an instance here."""
    if not any(member.shape.widths[which] for member in members):
        return ()
    matrices = []
    for shape in shapes:
        if shape.widths[which]:
            height = heights.get(shape.air.name, shape.air.log_height)
            require(height is not None, "a table has no height")
            matrices.append(Matrix(shape.number, (height or 0) + 1, shape.widths[which]))
    return tuple(matrices)


def _committed(members: Sequence[Member], which: int) -> tuple[Matrix, ...]:
    """The matrices of round 2, 3 or 4."""
    rows = (Matrix(row.shape.number, row.log_size, row.shape.widths[which]) for row in members)
    return tuple(matrix for matrix in rows if matrix.width)


def _rounds(classes: Sequence[int]) -> tuple[tuple[Fold, ...], ...]:
    """The FRI rounds: each class above the final size folds in each."""
    sizes = list(classes)
    rounds = []
    while max(sizes) > CAP_LOG:
        large = [(which, size) for which, size in enumerate(sizes) if size > CAP_LOG]
        folds = tuple(Fold(which, size, min(LOG_FOLD, size - CAP_LOG)) for which, size in large)
        for fold in folds:
            sizes[fold.height_class] -= fold.log_arity
        rounds.append(folds)
    return tuple(rounds)
