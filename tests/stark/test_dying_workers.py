"""A task that fails in any worker ends the proof with its error: nothing hangs, no thread stays."""

import inspect
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from small_proofs import Case, lookup_case

from zisk_py.stark import kernels, parallel
from zisk_py.stark.backend import Backend
from zisk_py.stark.parallel import ParallelKernels

TASKS = sorted(name for name, member in vars(Backend).items() if callable(member) and name[0] != "_")
KERNELS = sorted(set(re.findall(r"kernels\.(\w+)", inspect.getsource(ParallelKernels))))
DEATHS = [  # threads, calls before it, error
    (1, 1, MemoryError("no memory")),
    (2, 0, RuntimeError("can't start new thread")),
    (2, 1, BrokenExecutor("a worker died")),
]


@pytest.fixture(scope="module")
def lookup() -> Case:
    return lookup_case()


@pytest.fixture(autouse=True)
def no_thread_stays(lookup: Case) -> Iterator[None]:
    """The prover's threads end with it, also while its error is still at hand."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def dying(
    honest: Callable[..., Any], error: Callable[[], Exception], healthy: int, met: list[str]
) -> Callable[..., Any]:
    """The same function, which raises after so many calls."""
    count = iter(range(healthy))

    def task(*given: Any, **named: Any) -> Any:
        if next(count, None) is None:
            met.append(threading.current_thread().name)
            raise error()
        return honest(*given, **named)

    return task


@pytest.mark.parametrize(("threads", "healthy", "error"), DEATHS)
@pytest.mark.parametrize("name", TASKS)
def test_a_task_of_the_backend_that_fails_ends_the_proof(
    lookup: Case, name: str, threads: int, healthy: int, error: Exception
) -> None:
    met: list[str] = []
    died = partial(type(error), *error.args)
    with ParallelKernels(threads) as backend:
        setattr(backend, name, dying(getattr(backend, name), died, healthy, met))
        if name == "ahead" and healthy:  # it is called once
            assert lookup.prove(backend=backend) == lookup.data
        else:
            with pytest.raises(type(error), match=str(error)):
                lookup.prove(backend=backend)
            assert met


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_that_fails_in_a_worker_ends_the_proof(
    lookup: Case, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call fails, so that all threads of the pool meet the error at once."""
    met: list[str] = []
    monkeypatch.setattr(parallel, "LEAST", 1)  # small traces are work for several threads, too
    monkeypatch.setattr(
        kernels, name, dying(getattr(kernels, name), partial(MemoryError, "no memory"), 0, met)
    )
    with pytest.raises(MemoryError, match="no memory"):
        lookup.prove(threads=3)
    assert met


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("number", range(4))
def test_traces_that_cannot_be_made_end_the_proof(lookup: Case, number: int, threads: int) -> None:
    """They are made ahead, in a thread of their own: in pass 1 and 2, of the first and the last segment."""
    met: list[str] = []
    calls = iter(range(4))

    def make(segment: Callable[[], Any]) -> Any:
        if next(calls) == number:
            met.append(threading.current_thread().name)
            raise MemoryError("no memory")
        return segment()

    segments = [lambda segment=segment: make(segment) for segment in lookup.segments]
    with pytest.raises(MemoryError, match="no memory"):
        replace(lookup, segments=segments).prove(threads=threads)
    assert met[0].startswith("zisk-py-ahead") == (threads > 1)


def test_the_thread_that_works_ahead_has_ended_when_the_error_comes(lookup: Case) -> None:
    """The next segment's traces are being made while a commitment fails."""
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> Any:
        begun.set()
        go_on.wait(60)
        ended.set()
        return lookup.segments[1]()

    def fails(*given: Any) -> Any:
        begun.wait(60)
        threading.Timer(0.2, go_on.set).start()
        raise MemoryError("no memory")

    with ParallelKernels(2) as backend:
        backend.hash_rows = fails  # type: ignore[method-assign]
        with pytest.raises(MemoryError, match="no memory"):
            replace(lookup, segments=[lookup.segments[0], slow]).prove(backend=backend)
        assert ended.is_set()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("zisk-py-ahead")]


def test_a_backend_that_has_ended_proves_nothing(lookup: Case) -> None:
    """As Python does where the interpreter ends while a thread still proves."""
    with ParallelKernels(2) as backend:
        pass
    with pytest.raises(RuntimeError, match="cannot schedule new futures"):
        lookup.prove(backend=backend)
