"""`prove` is ended at any moment, or finds the disk full: a complete proof is left, or none."""

import io
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from file_events import Disk, fails_at
from proven_runs import loop_program
from proving_processes import (
    CHUNK_SIZE,
    COMMAND,
    Work,
    await_handlers,
    begin,
    check_left,
    kill_after,
    the_error,
)
from zisk_py.cli.endings import BAD_INPUT, DONE, INTERRUPTED, TERMINATED
from zisk_py.cli.main import main
from zisk_py.files import is_temporary
from zisk_py.zkvm import Proof

DRIVER = Path(__file__).parents[1] / "proving_processes.py"
MOMENTS = 50


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    program = loop_program(250)
    program.save(folder / "loop.zrom")
    start = time.perf_counter()
    with begin(Work(folder / "loop.zrom", b"", 0).words(folder)) as process:
        assert process.wait(120) == DONE
    seconds = time.perf_counter() - start
    proof = Proof.load(folder / "proof")
    assert proof.verify(program).segments == 3
    assert proof.data == program.prove(chunk_size=CHUNK_SIZE).data
    return Work(folder / "loop.zrom", proof.data, seconds)


def moments(count, seed, seconds):
    """As many moments, one in each part of the time, in any order."""
    chance = Random(seed)
    found = [(part + chance.random()) / count * seconds for part in range(count)]
    return chance.sample(found, count)


def finish(work, folder):
    """The same command, undisturbed, leaves the proof and nothing else that is not a leftover beside it."""
    with begin(work.resumed(folder)) as process:
        assert process.wait(120) == DONE, process.stderr.read()
    assert (folder / "proof").read_bytes() == work.honest
    assert not (folder / "kept").exists()


# Killed from outside


@pytest.mark.parametrize("count", [5, pytest.param(MOMENTS, marks=pytest.mark.slow)])
def test_a_proof_that_is_killed_at_random_moments_is_whole_or_absent(work, count, tmp_path):
    killed = 0
    for number, moment in enumerate(moments(count, count, work.seconds)):
        folder = tmp_path / str(number)
        folder.mkdir()
        ended = kill_after(moment, work.words(folder))
        killed += 1
        names = check_left(folder, work)
        assert "proof" in names or ended == -signal.SIGKILL
    assert killed == count


@pytest.mark.slow
def test_a_proof_that_is_killed_at_random_moments_is_resumed_with_the_same_bytes(work, tmp_path):
    for number, moment in enumerate(moments(MOMENTS, 1, work.seconds)):
        folder = tmp_path / str(number)
        folder.mkdir()
        kill_after(moment, work.resumed(folder))
        check_left(folder, work)
        finish(work, folder)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_proof_that_is_killed_again_and_again_comes_to_the_same_end(work, seed, tmp_path):
    for moment in moments(20, seed, work.seconds):
        if kill_after(moment, work.resumed(tmp_path, "--threads", str(1 + seed % 2))) == DONE:
            break
        check_left(tmp_path, work)
    finish(work, tmp_path)


# Killed by itself, before any of its operations on files


def operations(work, folder):
    folder.mkdir()
    with Disk().watched() as disk:
        assert main(work.resumed(folder), io.StringIO(), io.StringIO()) == DONE
    assert (folder / "proof").read_bytes() == work.honest
    return disk.operations


@pytest.mark.slow
def test_a_proof_that_is_killed_at_any_operation_is_resumed_with_the_same_bytes(work, tmp_path):
    for number in range(len(operations(work, tmp_path / "whole"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = subprocess.run([sys.executable, DRIVER, str(number), *work.resumed(folder)], check=False)
        assert done.returncode == -signal.SIGKILL
        check_left(folder, work)
        finish(work, folder)


@pytest.mark.parametrize("wanted", [1, pytest.param(None, marks=pytest.mark.slow)])
def test_an_operation_that_finds_no_space_ends_prove_in_one_sentence(work, wanted, tmp_path):
    # the first one only tries whether there will be a place for the proof, and then tries in another way
    numbers = range(1, len(operations(work, tmp_path / "whole")))
    for number in numbers if wanted is None else Random(wanted).sample(numbers, wanted):
        folder = tmp_path / str(number)
        folder.mkdir()
        out, err = io.StringIO(), io.StringIO()
        with Disk(fails_at(number)).watched():
            assert main(work.resumed(folder), out, err) == BAD_INPUT
        assert out.getvalue() == ""
        assert "No space left on device" in the_error(err.getvalue())
        check_left(folder, work)
        assert not [path for path in folder.rglob("*") if is_temporary(path)]
        assert main(work.resumed(folder), out, err) == DONE
        assert (folder / "proof").read_bytes() == work.honest
        assert not (folder / "kept").exists()


# Ended by a signal


SIGNALS = [(signal.SIGINT, INTERRUPTED, "interrupted"), (signal.SIGTERM, TERMINATED, "terminated")]


@pytest.mark.parametrize(
    ("number", "code", "word", "count"),
    [(*SIGNALS[1], 1), *(pytest.param(*ending, 25, marks=pytest.mark.slow) for ending in SIGNALS)],
)
def test_a_signal_ends_prove_in_one_sentence(work, number, code, word, count, tmp_path):
    for index, moment in enumerate(moments(count, count, work.seconds)):
        folder = tmp_path / str(index)
        folder.mkdir()
        with begin(work.resumed(folder)) as process:
            await_handlers(process)
            time.sleep(moment)
            process.send_signal(number)
            out, err = process.communicate(timeout=120)
        if process.returncode == code:
            assert the_error(err) == f"{word}, no file was left half-written"
        else:  # it had done everything: Python takes the handlers away at its very end
            assert process.returncode in (DONE, -number)
            assert "proof bytes" in out
        names = check_left(folder, work)
        assert not [path for path in folder.rglob("*") if is_temporary(path)], names
        finish(work, folder)


# A full disk


LEFT = {0: 0, 100: 0, 100_000: 4, 1_000_000: 7}  # limit for a file -> files that are kept


@pytest.mark.parametrize("size", [pytest.param(n, marks=[pytest.mark.slow] * (n != 100_000)) for n in LEFT])
def test_a_file_that_may_not_grow_ends_prove_in_one_sentence(work, size, tmp_path):
    """The kernel's limit for files: first none can be written, then the proof cannot."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    with begin(work.resumed(tmp_path), preexec_fn=limit) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == BAD_INPUT, err
    assert out == ""
    assert "File too large" in the_error(err)
    assert check_left(tmp_path, work) == ["kept"]
    assert not [path for path in tmp_path.rglob("*") if is_temporary(path)]
    assert len(list((tmp_path / "kept").iterdir())) == LEFT[size]
    finish(work, tmp_path)


@pytest.mark.parametrize(
    "form", ["binary", *(pytest.param(f, marks=pytest.mark.slow) for f in ("text", "json"))]
)
def test_an_output_that_takes_nothing_ends_prove_in_one_sentence(work, form, tmp_path):
    words = [*COMMAND, *work.resumed(tmp_path, "--output", form)]
    if form == "binary":
        words = [word for word in words if word not in ("-o", str(tmp_path / "proof"))]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == BAD_INPUT
    assert "No space left on device" in the_error(done.stderr)
    # what is kept stays until the proof has gone somewhere
    assert check_left(tmp_path, work) == ["kept" if form == "binary" else "proof"]
