"""`stark.prove` and `stark.verify` for systems of an author."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from authored_systems import fibonacci, key_of, products, shuffle
from test_attacks import ORDER

from authored_traces import AuthoredSystem, AuthoredTrace, Findings
from zisk_py import pil, stark
from zisk_py.errors import InputError
from zisk_py.field.goldilocks import P
from zisk_py.stark import ProverError
from zisk_py.stark import key as keys
from zisk_py.stark.authored_statement import required_airs
from zisk_py.stark.transcript import Transcript


def verify(trace: AuthoredTrace, proof: bytes, **publics: object) -> stark.Acceptance:
    return stark.verify(
        key_of(trace).verifying_key, proof, publics or trace.stated, min_bits=0, allow_test_profile=True
    )


def test_a_proof_says_what_it_was_made_for() -> None:
    trace = shuffle()
    proof = stark.prove(trace, "test", threads=1)
    accepted = verify(trace, proof)
    assert accepted.publics == trace.stated == stark.read_publics(key_of(trace).verifying_key, proof)
    assert accepted.instances == {"Shuffle": 2, "Table": 2, "Claim": 1}
    assert accepted.profile == "test"


@pytest.mark.parametrize(("profile", "bits"), [("fast", 100), ("secure", 128)])
def test_profiles_have_their_bits(profile: str, bits: int) -> None:
    trace = shuffle()
    accepted = stark.verify(
        key_of(trace).verifying_key, stark.prove(trace, profile), trace.stated, min_bits=bits
    )
    assert accepted.bits >= bits


def test_public_values_are_given_by_name() -> None:
    trace = shuffle()
    total = trace.publics[0]
    proof = stark.prove(trace, "test", threads=1)
    for out in ([total, 1], (total - P, 1), np.array([total, 1])):
        verify(trace, proof, sum=total, out=out)


@pytest.mark.parametrize(
    ("publics", "message"),
    [
        ({}, "public value sum, out[0], out[1] is missing"),
        ({"sum": 1, "out": [1]}, "out[1] is missing"),
        ({"sum": 1, "out": [1, 2, 3]}, "no public value out[2]; the system has sum, out[0], out[1]"),
        ({"sum": 1, "out": [1, 2], "total": 1}, "no public value total"),
        ({"sum": 1, "out": [1, 2], "out[0]": 1}, "out[0] is given twice"),
        ({"sum": 1.5, "out": [1, 2]}, "sum is 1.5; state an integer"),
        ({"sum": P, "out": [1, 2]}, "between -p and p"),
    ],
)
def test_names_of_public_values_must_be_those_of_the_system(publics: dict[str, object], message: str) -> None:
    trace = shuffle()
    with pytest.raises(InputError) as caught:
        stark.verify(key_of(trace).verifying_key, b"", publics)
    assert message in str(caught.value)


def test_airs_that_speak_of_the_statement_are_required() -> None:
    assert required_airs(key_of(shuffle()).verifying_key.system) == (frozenset({2}),)
    assert required_airs(key_of(fibonacci()).verifying_key.system) == (frozenset({0}),)


CALLS = """
airtemplate Caller() { col witness x; lookup_assumes(1, [x]); permutation_assumes(2, [x]); }
airtemplate Called() { col witness x, m; lookup_proves(1, [x], m); }
airtemplate Itself() { col witness x, y; permutation_assumes(3, [x]); permutation_proves(3, [y]); }
airtemplate Summed() { airgroupval aggregate(sum) total; col witness x; x === total; }
airtemplate Partner() { col witness x; permutation_proves(2, [x]); }
airtemplate There() { col witness x; permutation_assumes(4, [x]); permutation_proves(5, [x]); }
airtemplate Back() { col witness x; permutation_proves(4, [x]); permutation_assumes(5, [x]); }
airtemplate Asked() { col witness x, m; lookup_proves(6, [x], m); lookup_assumes(7, [x]); }
airtemplate Asking() { col witness x, m; lookup_assumes(6, [x]); lookup_proves(7, [x], m); }
airgroup G {
    Caller(); Called(); Itself(); Summed(); Partner(); There(); Back(); Asked(); Asking();
    direct_global_update_assumes(7, [1]);
}
"""


def test_airs_that_nobody_calls_are_required() -> None:
    key = pil.compile(CALLS + "public out; G.total === out;").key
    names = [
        " ".join(key.system.airs[number].name for number in sorted(one)) for one in required_airs(key.system)
    ]
    assert names == ["Caller", "Itself", "Summed", "There Back"]


def test_a_system_that_cannot_be_proven_is_refused_with_the_reason() -> None:
    trace = fibonacci()
    system = AuthoredSystem(trace.core, Findings(["this has no counterpart"]))
    with pytest.raises(ProverError, match="this has no counterpart"):
        stark.prove(replace(trace, system=system), "test")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instances": ()}, "no instance of air Fibonacci"),
        ({"instances": (replace(fibonacci().instances[0], number=1),)}, "numbered from 0"),
        ({"publics": (7,)}, "constraints of air Fibonacci"),
    ],
)
def test_what_a_trace_cannot_be_is_said(change: dict[str, object], message: str) -> None:
    with pytest.raises((ProverError, InputError), match=message):
        stark.prove(replace(fibonacci(), **change), "test", threads=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (None, "are missing: z"),
        (np.zeros((64, 2), np.uint64), "have width 2"),
        (np.zeros((32, 3), np.uint64), "have 32 rows, but its trace has 64"),
        (np.full((64, 3), P, np.uint64), "not below p"),
        (np.zeros((64, 3)), "matrix of uint64"),
    ],
)
def test_columns_of_stage_2_that_do_not_fit_are_refused(matrix: Any, message: str) -> None:
    given = {} if matrix is None else {0: matrix}
    with pytest.raises(ProverError, match=message):
        stark.prove(replace(shuffle(), stage2=lambda challenges: given), "test", threads=1)


def test_challenges_of_the_author_are_drawn_behind_all_of_stage_1_and_before_stage_2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    honest = Transcript.absorb

    def listen(self: Transcript, tag: str, data: bytes) -> None:
        said.append("?" + data.decode() if tag == "challenge" else tag)
        honest(self, tag, data)

    trace = shuffle()
    proof = stark.prove(trace, "test", threads=1)
    monkeypatch.setattr(Transcript, "absorb", listen)
    verify(trace, proof)
    drawn = said.index("?author")
    assert said.count("?author") == 1
    assert said[drawn - 4 : drawn] == ORDER[2]
    assert max(place for place, tag in enumerate(said) if tag == "binding") < drawn
    assert min(place for place, tag in enumerate(said) if tag == "stage 2") > drawn


def test_digests_tell_systems_apart_by_all_that_an_author_writes() -> None:
    core = shuffle().core
    other_globals = replace(core.globals, interactions=())
    cap = key_of(shuffle()).verifying_key.fixed_cap
    air = core.airs[0]
    versions = [
        core,
        replace(core, publics=("sum", "out[1]", "out[0]", "total")),
        replace(core, proof_values=0),
        replace(core, challenges=("delta",)),
        replace(core, challenges=("gamma", "delta")),
        replace(core, globals=other_globals),
        replace(core, globals=replace(core.globals, constraints=())),
        replace(core, airs=(replace(air, stage2=("z", "y")), *core.airs[1:])),
    ]
    digests = [keys.VerifyingKey(version, cap).digest for version in versions]
    assert len(set(digests)) == len(versions)


def test_a_product_at_the_challenge_closes_only_for_a_permutation() -> None:
    trace = shuffle()
    matrix = trace.instances[0].matrix
    last = products(np.vstack([matrix, matrix[:1]]), (3, 4, 5))[-1]
    assert last.tolist() == [1, 0, 0]


def test_verifying_loads_only_the_standard_library() -> None:
    script = (
        "import sys; from zisk_py import stark; stark.verify, stark.read_publics, stark.VerifyingKey; "
        "print([m for m in sys.modules if m.split('.')[0] in ('numpy', 'lark')])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
