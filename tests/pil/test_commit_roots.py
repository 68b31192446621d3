"""`commit public(root)`: the verifier has the commitment, so that the root is no public of the statement."""

import numpy as np
import pytest

from zisk_py import pil
from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import Code
from zisk_py.pil.system import NodeKind

SOURCE = """
public before;
public root[4];
public behind;
airtemplate Rom(const int N = 32) {{
    commit stage(0) public(root) program;
    col program word;
    col witness read;
    read === word * before - behind;
    {more}
}}
airgroup G {{ Rom(); }}
{last}
"""


def test_a_root_is_given_by_nobody() -> None:
    system = pil.compile(SOURCE.format(more="", last=""))
    assert system.system.publics == ("before", "behind")
    words = np.arange(32, dtype=np.uint64)
    publics = {"before": 3, "behind": 2}
    trace = system.trace({"Rom": {"read": 3 * words + 5 - 2}}, publics, program={"Rom": {"word": words + 1}})
    assert not pil.check(trace).ok
    trace = system.trace({"Rom": {"read": 3 * words + 1}}, publics, program={"Rom": {"word": words + 1}})
    assert pil.check(trace).ok


def test_publics_behind_a_root_keep_their_places() -> None:
    rules = compile_source(SOURCE.format(more="", last="before * behind === 6;")).system.globals
    assert [node[1] for node in rules.nodes if node[0] == NodeKind.PUBLIC] == [0, 1]


READS = {
    "a constraint": ("read * root[1] === 0;", ""),
    "a message": ("lookup_assumes(5, [read, root[0]]); lookup_proves(5, [read, root[0]]);", ""),
    "a global constraint": ("", "root[3] === 0;"),
}


@pytest.mark.parametrize(("more", "last"), READS.values(), ids=READS)
def test_what_reads_a_root_compiles_and_cannot_be_proven(more: str, last: str) -> None:
    unprovable = compile_source(SOURCE.format(more=more, last=last)).unprovable
    assert {found.code for found in unprovable} == {Code.UNPROVABLE}
    assert all("the root of a commit" in found.message for found in unprovable)
