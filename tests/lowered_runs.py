"""Files compiled and their witnesses checked on the system that is proven."""

import hashlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zisk_py import pil
from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.pil.authoring.trace import Trace
from zisk_py.pil.checker import check
from zisk_py.pil.errors import PilWarning

U64 = NDArray[np.uint64]


def compiled(source: str, **constants: int) -> CompiledSystem:
    """The system of a text. Its warnings are in it, and are no error here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PilWarning)
        return pil.compile(source, constants=constants)


def challenges_of(trace: Trace) -> tuple[Element, ...]:
    """Elements of K that depend on the witness."""
    state = hashlib.blake2s()
    for instance in trace.instances:
        state.update(instance.matrix.tobytes())

    def element(number: int) -> Element:
        digests = [hashlib.blake2s(state.digest() + bytes((number, k))).digest() for k in range(3)]
        a, b, c = (int.from_bytes(digest, "little") % P for digest in digests)
        return a, b, c

    return tuple(element(number) for number in range(len(trace.system.system.challenges)))


def holds(trace: Trace, change: Callable[[Mapping[str, U64]], None] | None = None) -> bool:
    """Whether the lowered system accepts the trace; `change` may alter matrices (by air) before."""
    if change is not None:
        change({instance.air: instance.matrix for instance in trace.instances})
    challenges = challenges_of(trace)
    report = check(
        trace.system.system,
        trace.instances,
        program=trace.program,
        publics=trace.publics,
        challenges=challenges,
        stage2=trace.stage2(challenges),
    )
    return report.ok


def accepts(source: str, witness: Mapping[str, Any], publics: Mapping[str, Any] | None = None) -> bool:
    """Whether the system of a text accepts a witness, completed by us."""
    return holds(compiled(source).trace(witness, publics))
