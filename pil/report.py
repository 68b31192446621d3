"""What the checker found, as data and as text for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Source


def signed(value: int) -> int:
    """A field element as the number nearest to 0: p - 1 is -1."""
    return value if value <= P // 2 else value - P


Value = int | Element  # of the base field or, where stage 2 is read, of K


def shown(value: Value) -> str:
    """A value as people read it: the integer nearest to 0, or three of them."""
    return str(signed(value)) if isinstance(value, int) else f"[{', '.join(str(signed(v)) for v in value)}]"


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A row on which a constraint does not hold: both sides, and every cell that it reads."""

    row: int
    left: Value
    right: Value
    cells: tuple[tuple[str, int, Value], ...]  # name, row offset, value

    def __str__(self) -> str:
        cells = ", ".join(f"{name}{chr(39) * offset} = {shown(value)}" for name, offset, value in self.cells)
        return f"row {self.row}: {shown(self.left)} is not {shown(self.right)}; {cells}"


@dataclass(frozen=True, slots=True)
class ConstraintFailure:
    """A constraint that does not hold, and on how many rows of an instance.

    instance  position of the trace; -1 for a constraint that is checked once per proof, whose air is "".
    index     position among the constraints of the air.
    ranges    first and last row of each run of neighbours on which it fails, the first few of `num_ranges`.
    """

    air: str
    instance: int
    source: Source
    num_rows: int
    first: tuple[FailedRow, ...]
    index: int
    ranges: tuple[tuple[int, int], ...]
    num_ranges: int

    def __str__(self) -> str:
        rows = f"{self.num_rows} row{'s' * (self.num_rows != 1)}"
        what = f"a constraint of {self.air} (trace {self.instance}) fails on {rows}"
        if self.instance < 0:
            what = "a global constraint fails"
        return "\n".join(
            [
                f"{_place(self.source)}: {what}",
                *_excerpt(self.source),
                *(f"    {row}" for row in self.first),
            ]
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """A message: where it came from and how often it was sent. Without an air it is the verifier's.

    source  of the verifier's: where the file has it sent once per proof, None for other messages.
    index   position among the interactions of the air or of the globals; -1 for other messages.
    """

    air: str | None
    instance: int
    row: int
    source: Source | None
    sign: int
    multiplicity: int
    index: int

    def __str__(self) -> str:
        verb = "proves" if self.sign > 0 else "assumes"
        times = f"{verb} {signed(self.multiplicity)} times"
        if self.source is None:
            return f"the verifier {times} (message {self.row})"
        if self.air is None:
            return f"the verifier {times} ({_place(self.source)})"
        return f"{self.air} (trace {self.instance}) row {self.row} {times} ({_place(self.source)})"


@dataclass(frozen=True, slots=True)
class Nearest:
    """A tuple of the other side that agrees in some values, and the message that has it."""

    values: tuple[int, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A tuple whose multiplicities do not add up to zero."""

    bus: int
    bus_name: str
    names: tuple[str, ...]
    values: tuple[int, ...]
    count: int  # positive: proven more often than assumed
    proven: int
    assumed: int
    num_origins: int
    origins: tuple[Origin, ...]
    nearest: Nearest | None  # what differs least from it

    def __str__(self) -> str:
        pairs = zip(self.names, self.values, strict=True)
        components = ", ".join(f"{name} = {signed(value)}" for name, value in pairs)
        excess = f"proven {self.count} times more than assumed"
        if self.count < 0:
            excess = f"assumed {-self.count} times more than proven"
        lines = [f"bus {self.bus_name}: ({components}) is {excess}", *(f"    {o}" for o in self.origins)]
        if self.num_origins > len(self.origins):
            lines.append(f"    and {self.num_origins - len(self.origins)} more messages")
        if self.nearest is not None:
            differing = [
                f"{name} is {signed(theirs)} instead of {signed(ours)}"
                for name, ours, theirs in zip(self.names, self.values, self.nearest.values, strict=True)
                if ours != theirs
            ]
            lines.append(f"    nearest on the other side: {', '.join(differing)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Report:
    """What failed. At most a fixed number of each is kept; the totals count all."""

    constraint_failures: tuple[ConstraintFailure, ...]
    unmatched: tuple[Unmatched, ...]
    num_constraint_failures: int
    num_unmatched: int
    num_constraints: int  # checked, over all traces
    num_messages: int
    failed_of: Mapping[int, int] = field(
        default_factory=dict
    )  # by position of the trace: constraints that fail

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return self.num_constraint_failures == 0 and self.num_unmatched == 0

    def __str__(self) -> str:
        if self.ok:
            return f"all {self.num_constraints} constraints hold, all {self.num_messages} messages match"
        head = []
        if self.num_constraint_failures:
            head.append(f"{self.num_constraint_failures} of {self.num_constraints} constraints fail")
        if self.num_unmatched:
            head.append(f"{self.num_unmatched} tuples of {self.num_messages} messages do not match")
        return "\n\n".join([", ".join(head), *_shown(self.constraint_failures), *_shown(self.unmatched)])


def _shown(findings: Sequence[ConstraintFailure | Unmatched]) -> list[str]:
    return [str(finding) for finding in findings]


def _place(source: Source) -> str:
    return f"{source.file}:{source.line}:{source.column}"


def _excerpt(source: Source) -> list[str]:
    return [f"    {source.text}", f"    {'^' * len(source.text)}"]
