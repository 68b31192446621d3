"""What `CompiledSystem.trace` counts for the zkVM's tables is what the tally of its own prover counts."""

from typing import Any

from attack_runs import Run, run_of
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.pil.compiler import compile_source
from zisk_py.statemachines.constants import pil_constants
from zisk_py.statemachines.constraint_system import root_source
from zisk_py.statemachines.machine import Trace
from zisk_py.statemachines.shipped import FOLDER


def traces_of(run: Run) -> dict[str, list[Trace]]:
    """The traces of all segments by air."""
    found: dict[str, list[Trace]] = {}
    for segment in run.segments:
        for trace in segment:
            found.setdefault(trace.air, []).append(trace)
    return found


def test_tables_are_counted_as_the_tally_counts_them() -> None:
    system = CompiledSystem(compile_source(root_source(), constants=pil_constants(), include=[FOLDER]))
    run = run_of("packet filter")
    witness: dict[str, list[dict[str, Any]]] = {}
    for air, traces in traces_of(run).items():
        core, beside = system.compiled.air(air)
        names = {column.name: i for i, column in enumerate(core.columns) if i not in beside.recipes}
        if names:
            witness[air] = [
                {name: trace.matrix[:, index] for name, index in names.items()}
                | dict(zip(core.air_values, trace.air_values, strict=True))
                for trace in traces
            ]

    made = system.trace(witness, program=run.matrices).instances

    expected = traces_of(run)
    assert {one.air for one in made if one.is_added} == {"Table16", "Powers", "Shapes"}
    assert expected.keys() - {one.air for one in made} == {
        "Image"
    }  # no initial word is read: nothing to count
    for one in made:
        assert one.matrix.tolist() == expected[one.air][one.number].matrix.tolist()
