"""Builds ROM rows: labels, program counters, and the few shapes that front ends use.

An instruction in slot s starts at pc 8*s and owns the eight pcs from there; rows that do not fit, and
routines that instructions share, go above ROUTINES_PC, never to a multiple of 8, so that no computed
jump of a guest can name them. A row goes on to the next row that is added, unless it says otherwise.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import INDIRECT, LAST_C, Instruction, Operand, Source, Store, immediate
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, ROUTINES_PC
from zisk_py.isa.operations import COPY, OR, SLL, Operation

SLOT_ROWS = 8  # pcs that an instruction owns
RETURN_PC = 1  # modulo SLOT_ROWS, of the rows to which subroutines come back


class Label:
    """A place that rows can go to; it gets its pc when it is placed."""

    def __init__(self, name: str, pc: int | None = None) -> None:
        """Name it for error messages; give the pc where it is known already."""
        self.name = name
        self.pc = pc
        self.alias: Label | None = None  # another label whose place it shares

    def __repr__(self) -> str:
        """Name and pc."""
        return f"Label({self.name!r}, {self.pc})"


EXIT = Label("exit", EXIT_PC)
FAULT = Label("fault", FAULT_PC)


class _Draft:
    """A row whose successors are labels still."""

    __slots__ = ("branch", "fields", "pc", "then")

    def __init__(self, pc: int, fields: dict[str, object], then: Label | None, branch: Label | None) -> None:
        self.pc = pc
        self.fields = fields
        self.then = then
        self.branch = branch

    def finish(self) -> Instruction:
        """The row, with its jumps as distances (after `set_pc`: with j1 as it was given)."""
        then = _pc_of(self.then)
        branch = then if self.branch is None else _pc_of(self.branch)
        jumps = {"j1": branch - self.pc, "j2": then - self.pc}
        return Instruction(pc=self.pc, **(jumps | self.fields))  # type: ignore[arg-type]


class RomBuilder:
    """Collects rows; `instructions` resolves the labels."""

    def __init__(self) -> None:
        """Start without rows."""
        self._drafts: list[_Draft] = []
        self._next_pc: int | None = None
        self._slot_end = 0
        self._next_routine_pc = ROUTINES_PC
        self._falling: _Draft | None = None
        self._unplaced: list[Label] = []
        self._costs = False
        self._owner = ""
        self.owner_of_row: dict[int, str] = {}  # pc -> "slot 12", or the name of a shared routine

    def slot_label(self, slot: int) -> Label:
        """The start of an instruction."""
        return Label(f"slot {slot}", SLOT_ROWS * slot)

    def begin_slot(self, slot: int) -> None:
        """Rows that follow belong to the instruction in `slot`; the first costs one compute unit."""
        self._check_ended()
        self._next_pc, self._slot_end = SLOT_ROWS * slot, SLOT_ROWS * slot + SLOT_ROWS
        self._costs, self._owner = True, f"slot {slot}"

    def begin_routine(self, label: Label) -> None:
        """Rows that follow are a routine that instructions share; `label` is its first row."""
        self._check_ended()
        self._next_pc, self._slot_end = None, 0
        self._owner = label.name
        self.place(label)

    def _check_ended(self) -> None:
        if self._falling is not None or self._unplaced:
            raise AssertionError(f"the rows of {self._owner} have no end")

    def _take_routine_pc(self) -> int:
        pc = self._next_routine_pc
        self._next_routine_pc += 2 if (pc + 1) % SLOT_ROWS == 0 else 1
        return pc

    def place(self, label: Label) -> None:
        """The next row is where `label` is."""
        self._unplaced.append(label)

    def end(self, then: Label) -> None:
        """The row before goes on to `then`, and so does whoever goes to a label just placed."""
        if self._next_pc is not None and self._slot_end == 0:  # behind a call, which comes back to a row
            self.copy(LAST_C, then=then)
        if self._falling is not None:
            self._falling.then = then
            self._falling = None
        for label in self._unplaced:
            label.alias = then
        self._unplaced.clear()

    def _add(self, fields: dict[str, object], then: Label | None, branch: Label | None) -> None:
        pc = self._next_pc if self._next_pc is not None else self._take_routine_pc()
        for label in self._unplaced:
            label.pc = pc
        self._unplaced.clear()
        if self._falling is not None:
            self._falling.then = Label("next row", pc)
        draft = _Draft(pc, fields | {"cost": self._costs}, then, branch)
        self._costs = False
        self._drafts.append(draft)
        self._falling = draft if then is None else None
        self._next_pc = pc + 1 if pc + 1 < self._slot_end else None
        self.owner_of_row[pc] = self._owner

    def compute(
        self,
        op: Operation,
        a: Operand,
        b: Operand,
        into: Operand | None = None,
        *,
        charge: bool = False,
        then: Label | None = None,
        on_flag: Label | None = None,
    ) -> None:
        """`into = op(a, b)`; without `into` the result is the next row's LAST_C.

        Goes to `on_flag` where the operation's flag is 1, else to `then`.
        """
        self._add({"op": op, "a": a, "b": b, "charge": charge, **_into(into)}, then, on_flag)

    def copy(
        self,
        value: Operand,
        into: Operand | None = None,
        *,
        charge: bool = False,
        then: Label | None = None,
    ) -> None:
        """`into = value`."""
        self.compute(COPY, LAST_C, value, into, charge=charge, then=then)

    def load(
        self,
        address: Operand,
        offset: int,
        width: int = 8,
        into: Operand | None = None,
        *,
        guest: bool = True,
        then: Label | None = None,
    ) -> None:
        """`into = memory[address + offset]`, zero-extended; a guest access outside its region traps."""
        fields = {"a": address, "b": INDIRECT, "offset": offset, "width": width, "guest": guest}
        self._add(fields | _into(into), then, FAULT if guest else None)

    def store(
        self,
        address: Operand,
        offset: int,
        width: int,
        value: Operand,
        *,
        guest: bool = True,
        then: Label | None = None,
    ) -> None:
        """`memory[address + offset] = low bytes of value`; a guest access outside its region traps."""
        fields = {
            "a": address,
            "b": value,
            "store": Store.INDIRECT,
            "offset": offset,
            "width": width,
            "guest": guest,
        }
        self._add(fields, then, FAULT if guest else None)

    def branch(
        self,
        op: Operation,
        a: Operand,
        b: Operand,
        taken: Label | None,
        otherwise: Label | None = None,
    ) -> None:
        """Go to `taken` where the flag of op(a, b) is 1, else to `otherwise`; None is the next row."""
        if taken is None:
            taken = Label("after the branch")
            self._add({"op": op, "a": a, "b": b}, otherwise, taken)
            self.place(taken)
        else:
            self._add({"op": op, "a": a, "b": b}, otherwise, taken)

    def jump_to_slot(self, op: Operation, a: Operand, b: Operand, distance: int = 0) -> None:
        """Go to pc 8*op(a, b) + distance; the result must be below 2^32 (what the row proves)."""
        fields = {"op": op, "a": a, "b": b, "set_pc": True, "j1": distance, "j2": distance}
        self._add(fields, FAULT, None)

    def call(self, subroutine: Label, link: Operand) -> None:
        """Run a subroutine, which comes back here by `go_back` with the same link.

        The row here is at a pc of the form 8*k + 1, and the link becomes k: no computed jump of a guest,
        which goes to multiples of 8, can name it.
        """
        self._next_routine_pc += (RETURN_PC - self._next_routine_pc) % SLOT_ROWS
        pc = self._take_routine_pc()
        self.copy(immediate(pc // SLOT_ROWS), link, then=subroutine)
        self._next_pc, self._slot_end = pc, 0

    def go_back(self, link: Operand) -> None:
        """End a subroutine that `call` runs."""
        self.jump_to_slot(COPY, LAST_C, link, RETURN_PC)

    def fault(self, kind: FaultKind, slot: int) -> None:
        """End the run with a fault at the instruction in `slot`."""
        self.copy(immediate(SLOT_ROWS * slot | kind << 32), then=FAULT)

    def fault_at(self, kind: FaultKind, slot: Operand) -> None:
        """End the run with a fault at the instruction whose slot a register holds."""
        self.compute(SLL, slot, immediate(3))
        self.compute(OR, LAST_C, immediate(kind << 32), then=FAULT)

    def instructions(self) -> list[Instruction]:
        """All rows, with their jumps resolved."""
        self._check_ended()
        return [draft.finish() for draft in self._drafts]


def _into(operand: Operand | None) -> dict[str, object]:
    if operand is None:
        return {}
    if operand.source is not Source.KEYED:
        raise AssertionError("a result goes to a register or a hidden word")
    return {"store": Store.KEYED, "store_key": operand.value}


def _pc_of(label: Label | None) -> int:
    while label is not None and label.alias is not None:
        label = label.alias
    if label is None or label.pc is None:
        raise AssertionError(f"{label!r} was never placed")
    return label.pc


def first_rows(owners: dict[int, str]) -> dict[str, str]:
    """First pc -> name of every routine, and of every rest of an instruction that did not fit its slot."""
    found, before = {}, ""
    for pc, owner in sorted(owners.items()):
        if pc >= ROUTINES_PC and owner != before:
            found[str(pc)] = f"rest of {owner}" if owner.startswith("slot ") else owner
        before = owner
    return found
