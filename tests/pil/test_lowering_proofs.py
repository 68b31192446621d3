"""What was lowered is proven: rows, degrees, direct messages, totals, dynamic and product buses."""

import numpy as np
import pytest

from lowered_runs import compiled
from zisk_py import stark
from zisk_py.pil.tools.costs import costs
from zisk_py.stark.errors import VerifierError

N = 32
ROWS = np.arange(N, dtype=np.uint64)

EVERYTHING = """
public first, last;
proofval half;
airgroup G {
    airgroupval aggregate(sum) total;
    airgroupval aggregate(sum) default(2) count;
}
airtemplate A(const int N = 32) {
    col witness a, b, m, n, s;
    airval start, end;
    col fixed L1 = [1, 0...];
    col fixed LN = [0..., 1];
    col fixed F = [0..31];
    a' === (1 - LN) * (a + 1) + LN * start;
    L1 * (a - start) === 0;
    LN * (a + 1 - end) === 0;
    b <== 'a * a'2 * a * (F' + 1);
    s * (1 - s) === 0;
    total === end - start;
    direct_update_assumes(9, [start]);
    direct_update_proves(9, [end]);
    lookup_assumes_dynamic([5, 7], 5 + 2 * s, [F, F'3]);
    lookup_proves(5, [F, F'3], m);
    lookup_proves(7, [F, F'3], n);
    permutation_assumes(3, [F, 0], bus_type: 2);
    permutation_proves(3, ['F, 0], bus_type: 2);
}
airgroup G {
    A();
    direct_global_update_proves(9, [first]);
    direct_global_update_assumes(9, [last]);
}
G.total === last - first;
2 * half === last - first;
"""


def witness(*starts: int) -> dict[str, list[dict[str, object]]]:
    s = ROWS % np.uint64(2)
    return {
        "A": [
            {"a": ROWS + start, "m": 1 - s, "n": s, "s": s, "start": start, "end": start + N, "total": N}
            for start in starts
        ]
    }


@pytest.fixture(scope="module")
def proven() -> tuple[stark.VerifyingKey, bytes]:
    system = compiled(EVERYTHING)
    trace = system.trace(witness(100, 100 + N), {"first": 100, "last": 100 + 2 * N}, proof_values={"half": N})
    return system.key, stark.prove(trace)


def test_an_honest_proof_is_accepted(proven: tuple[stark.VerifyingKey, bytes]) -> None:
    key, proof = proven

    stark.verify(key, proof, publics={"first": 100, "last": 100 + 2 * N})


@pytest.mark.parametrize(("first", "last"), [(100, 100 + N), (101, 100 + 2 * N), (0, 0)])
def test_another_statement_is_refused(
    proven: tuple[stark.VerifyingKey, bytes], first: int, last: int
) -> None:
    key, proof = proven

    with pytest.raises(VerifierError):
        stark.verify(key, proof, publics={"first": first, "last": last})


def test_the_estimate_of_a_proof_is_about_its_size() -> None:
    system = compiled(EVERYTHING)
    trace = system.trace(witness(7), {"first": 7, "last": 7 + N}, proof_values={"half": N // 2})

    estimate = costs(system.compiled).proof_bytes
    assert estimate == pytest.approx(len(stark.prove(trace)), rel=0.1)
