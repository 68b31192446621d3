"""What a caller is told while a run is executed and proven."""

from proven_runs import loop_program, prove


def test_each_phase_is_told_in_steps_up_to_all_of_them():
    program = loop_program(30)
    told: dict[str, list[tuple[int, int]]] = {}
    steps = program.execute().steps
    prove(
        program,
        chunk_size=64,
        progress=lambda phase, done, total: told.setdefault(phase, []).append((done, total)),
    )
    assert list(told) == ["execute", "commit", "prove"]
    for phase, reports in told.items():
        done = [report[0] for report in reports]
        assert done == sorted(done)
        assert reports[-1] == (steps, steps), phase
    assert len(told["commit"]) == 7
    assert len(told["prove"]) == 6 * 7 + 1
