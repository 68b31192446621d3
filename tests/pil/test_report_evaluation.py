"""What reports are computed with: K on numpy vectors, and the prover's kernels beside numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_systems import FIBONACCI, SUBJECTS, compiled
from zisk_py import pil
from zisk_py.field import extension
from zisk_py.field.goldilocks import P
from zisk_py.pil import bus_balance, extension_vectors
from zisk_py.pil.authoring import kernel_blocks as kernel_blocks_module
from zisk_py.pil.authoring.kernel_blocks import kernel_blocks
from zisk_py.pil.authoring.mutation import Subject
from zisk_py.pil.checker import instances
from zisk_py.pil.trace_evaluation import Instance

NUMBERS = st.sampled_from([0, 1, 2**32 - 1, 2**32, P - 1]) | st.integers(0, P - 1)
ELEMENTS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
OPERATIONS = ("add", "sub", "mul")


def vector(values: list[int] | list[extension.Element]) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


@pytest.mark.parametrize("name", OPERATIONS)
@given(pairs=st.lists(st.tuples(ELEMENTS, ELEMENTS), min_size=1, max_size=8))
def test_vectors_of_the_extension_compute_as_its_reference(name, pairs):
    left, right = (vector([pair[side] for pair in pairs]) for side in (0, 1))
    expected = [list(getattr(extension, name)(a, b)) for a, b in pairs]

    assert getattr(extension_vectors, name)(left, right).tolist() == expected


@pytest.mark.parametrize("name", OPERATIONS)
@given(base=NUMBERS, element=ELEMENTS)
def test_values_of_the_base_field_are_elements_too(name, base, element):
    reference, tested = getattr(extension, name), getattr(extension_vectors, name)
    embedded = extension.embed(base)

    assert tested(vector([base]), vector([element])).tolist() == [list(reference(embedded, element))]
    assert tested(vector([element]), vector([base])).tolist() == [list(reference(element, embedded))]


def made(name: str) -> list[Instance]:
    subject = Subject.of(SUBJECTS[name].trace())
    return instances(
        subject.system, subject.traces, subject.program, subject.publics, subject.challenges, subject.stage2
    )


@pytest.mark.parametrize("name", SUBJECTS)
def test_kernels_find_the_same_values_as_numpy(name):
    for one in made(name):
        roots = [constraint.node for constraint in one.air.constraints]
        roots += [node for i in one.air.interactions for node in (i.multiplicity, *i.values)]
        values = {
            root: np.concatenate([found[root] for _, _, found in kernel_blocks(one, roots)]) for root in roots
        }
        for start, stop, expected in one.blocks():
            for root in roots:
                wide = np.broadcast_to(expected[root], (stop - start, *expected[root].shape[1:]))
                assert (values[root][start:stop] == wide).all()


def test_blocks_of_kernels_join_without_a_seam(monkeypatch):
    rows = [(1, 1)]
    while len(rows) < 4096:
        rows.append((rows[-1][1], sum(rows[-1]) % P))
    columns = {"a": [a for a, _ in rows], "b": [b for _, b in rows]}
    trace = compiled(FIBONACCI).trace({"Fibonacci": columns}, publics={"out": rows[-1][1]})
    monkeypatch.setattr(kernel_blocks_module, "BLOCK_CELLS", 1)
    (one, _) = instances(trace.system.system, trace.instances, {}, trace.publics)

    blocks = [(start, stop) for start, stop, _ in kernel_blocks(one, [one.air.constraints[0].node])]
    assert blocks == [(start, start + 1024) for start in range(0, 4096, 1024)]
    assert pil.check(trace).ok


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=40), st.integers(1, 10))
def test_tuples_are_balanced_as_in_a_dict(tuples, pending):
    """In small parts, some of which cancel."""
    expected: dict[tuple[int, int], int] = {}
    balance = bus_balance.Balance()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bus_balance, "PENDING", pending)
        for number, values in enumerate(tuples * 2):
            count = 1 if number % 3 else P - 1
            expected[values] = (expected.get(values, 0) + count) % P
            balance.add(next(iter(bus_balance.sent_by_verifier([(1, values, count)]))))
        found = balance.unmatched()

    open_tuples = [values for values, count in expected.items() if count]
    columns = [vector([values[part] for values in open_tuples]) for part in (0, 1)]
    hashes = np.sort(bus_balance.fingerprints(columns)) if open_tuples else vector([])
    assert found.get(1, vector([])).tolist() == hashes.tolist()
