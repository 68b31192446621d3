"""`prove --resume`: the same bytes however a proof came about; no folder of another run; no wrong belief."""

import io
import subprocess
import sys
import threading
from concurrent.futures import BrokenExecutor, Executor, Future

import pytest

from proven_runs import ACCEPT, loop_program, prove
from proving_processes import the_error
from zisk_py.checkpoint import MANIFEST, RECORD, Checkpoint
from zisk_py.cli.endings import BAD_INPUT
from zisk_py.cli.main import main
from zisk_py.errors import InputError
from zisk_py.stark.prover import Phase
from zisk_py.statemachines import witness as witnesses

CHUNK = 1 << 7
PROGRAM = loop_program(30)
STEPS = 335  # three chunks
SEGMENTS = 3
RECORDS = 2 * SEGMENTS


class Ended(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def honest():
    proof = prove(PROGRAM, chunk_size=CHUNK)
    assert proof.verify(PROGRAM.id, **ACCEPT).segments == SEGMENTS
    return proof.data


def begin(folder, saves, **options):
    """An attempt that ends when it would save one record more."""
    save, done = Checkpoint.save, []

    def limited(self, name, data):
        if len(done) == saves:
            raise Ended
        done.append(name)
        save(self, name, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "save", limited)
        with pytest.raises(Ended):
            prove(PROGRAM, **{"chunk_size": CHUNK, "resume": folder, **options})


@pytest.mark.parametrize("saves", range(RECORDS))
def test_a_resumed_proof_has_the_same_bytes(honest, saves, tmp_path):
    begin(tmp_path / "kept", saves, threads=1 + saves % 2)
    assert len(list((tmp_path / "kept").glob(f"*{RECORD}"))) == saves
    proof = prove(PROGRAM, chunk_size=CHUNK, resume=tmp_path / "kept", threads=2 - saves % 2)
    assert proof.data == honest
    proof.save(tmp_path / "proof")
    assert [path.name for path in tmp_path.iterdir()] == ["proof"]


def test_several_segments_have_the_same_bytes_on_any_number_of_threads(honest):
    assert prove(PROGRAM, chunk_size=CHUNK, threads=3).data == honest


def test_what_is_kept_stays_until_the_proof_is_saved(honest, tmp_path):
    kept = tmp_path / "kept"
    proof = prove(PROGRAM, chunk_size=CHUNK, resume=kept)
    names = {f"segment-{n}.{part}{RECORD}" for n in range(SEGMENTS) for part in ("stage1", "body")}
    assert {path.name for path in kept.iterdir()} == {MANIFEST, *names}
    again = prove(PROGRAM, chunk_size=CHUNK, resume=kept)
    assert proof.data == again.data == honest
    with pytest.raises(InputError):
        proof.save(tmp_path / "nowhere" / "proof")
    assert kept.exists()
    for one in (proof, again):
        one.save(tmp_path / "proof")
        assert not kept.exists()


def test_a_run_of_one_segment_keeps_only_what_it_is(tmp_path):
    proof = prove(PROGRAM, resume=tmp_path / "kept")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [MANIFEST]
    assert proof.data == prove(PROGRAM).data
    proof.save(tmp_path / "proof")
    assert not (tmp_path / "kept").exists()


def test_a_damaged_record_is_refused_by_name_and_made_again_when_removed(honest, tmp_path):
    begin(tmp_path / "kept", RECORDS - 1)
    path = tmp_path / "kept" / f"segment-1.body{RECORD}"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"segment-1\.body is damaged"):
        prove(PROGRAM, chunk_size=CHUNK, resume=tmp_path / "kept")
    path.unlink()
    assert prove(PROGRAM, chunk_size=CHUNK, resume=tmp_path / "kept").data == honest


def test_progress_of_a_resumed_proof_only_grows_and_comes_to_the_end(tmp_path):
    begin(tmp_path / "kept", SEGMENTS + 1)
    told = {}
    prove(
        PROGRAM,
        chunk_size=CHUNK,
        resume=tmp_path / "kept",
        progress=lambda phase, done, total: told.setdefault(phase, []).append((done, total)),
    )
    for phase in ("commit", "prove"):
        assert told[phase] == sorted(told[phase])
        assert told[phase][-1] == (STEPS, STEPS)


# An interrupt between any two parts of the work


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(moment, marks=[pytest.mark.slow] * (moment not in (1, 9)))
        for moment in range(SEGMENTS * len(Phase))
    ],
)
def test_an_interrupt_at_any_phase_leaves_what_can_be_resumed(honest, moment, tmp_path):
    met = []

    def interrupt(phase, done, total):
        if phase == "execute":
            return
        if len(met) == moment:
            raise KeyboardInterrupt
        met.append(phase)

    with pytest.raises(KeyboardInterrupt):
        prove(PROGRAM, chunk_size=CHUNK, resume=tmp_path / "kept", progress=interrupt)
    assert prove(PROGRAM, chunk_size=CHUNK, resume=tmp_path / "kept").data == honest


# On the command line


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The program, another one, and an input."""
    folder = tmp_path_factory.mktemp("files")
    PROGRAM.save(folder / "loop.zrom")
    loop_program(29).save(folder / "other.zrom")
    (folder / "input").write_bytes(b"input")
    return folder


def command(*words):
    """The exit code of `prove`, and its error."""
    out, err = io.StringIO(), io.StringIO()
    code = main(["prove", *map(str, words)], out, err)
    return code, the_error(err.getvalue())


def end_at_commitment(phase, done, total):
    if phase == Phase.COMMIT:
        raise Ended


DIFFERENT = {
    "budget": ["--budget", "1000"],
    "chunk_size": ["--chunk-size", "2048"],
    "input": ["-i", "input"],
    "profile": ["--profile", "secure"],
    "public_input": ["--public-input"],
    "program_id": [],
}


@pytest.mark.parametrize("fact", DIFFERENT)
def test_a_folder_of_another_run_is_refused_by_what_differs(files, fact, tmp_path, monkeypatch):
    monkeypatch.chdir(files)
    kept = tmp_path / "kept"
    words = ["-o", tmp_path / "proof", "--resume", kept]
    with pytest.raises(Ended):
        PROGRAM.prove(chunk_size=1024, resume=kept, progress=end_at_commitment)
    manifest = (kept / MANIFEST).read_bytes()
    program = "other.zrom" if fact == "program_id" else "loop.zrom"
    size = [] if fact == "chunk_size" else ["--chunk-size", "1024"]
    code, err = command(program, *size, *words, *DIFFERENT[fact])
    assert code == BAD_INPUT
    assert f"{kept} keeps another proof, with another " in err
    assert fact in err.split("with another ")[1].split(";")[0]
    assert "give the same program, input and options as then, or another folder" in err
    assert (kept / MANIFEST).read_bytes() == manifest
    assert not (tmp_path / "proof").exists()


def test_two_processes_cannot_use_one_folder(files, tmp_path):
    checkpoint = Checkpoint(tmp_path / "kept", {})
    with checkpoint.opened():
        code, err = command(files / "loop.zrom", "-o", tmp_path / "proof", "--resume", tmp_path / "kept")
    assert code == BAD_INPUT
    busy = f"another process works in {tmp_path / 'kept'}"
    assert err == f"{busy}; wait until it has ended, or give another folder"


def test_a_folder_of_something_else_is_refused(files, tmp_path):
    (tmp_path / "notes").write_text("mine")
    code, err = command(files / "loop.zrom", "-o", tmp_path / "proof", "--resume", tmp_path)
    assert code == BAD_INPUT
    assert f"{tmp_path} holds notes and no {MANIFEST}" in err
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_two_processes_with_other_hashes_and_kernels_resume_each_other(files, honest, tmp_path):
    """Sets of strings have another order in each process."""
    source = (
        "import sys; from zisk_py import Program\n"
        "program = Program.load(sys.argv[1])\n"
        f"proof = program.prove(profile='test', threads=1, chunk_size={CHUNK}, resume=sys.argv[2])\n"
        "proof.save(sys.argv[3])"
    )
    for seed, kernels in enumerate(("scalar", "")):
        begin(tmp_path / "kept", seed * SEGMENTS)
        words = [sys.executable, "-c", source, files / "loop.zrom", tmp_path / "kept", tmp_path / "proof"]
        settings = {"PYTHONHASHSEED": str(seed)} | ({"ZISK_KERNELS": kernels} if kernels else {})
        subprocess.run(words, env=settings, check=True)
        assert (tmp_path / "proof").read_bytes() == honest
        (tmp_path / "proof").unlink()


# Workers that die


class Broken(Executor):
    """An executor that loses its workers after some tasks."""

    def __init__(self, healthy):
        self.healthy = healthy

    def submit(self, function, /, *given, **named):
        future = Future()
        if self.healthy == 0:
            future.set_exception(BrokenExecutor("a worker was killed"))
            return future
        self.healthy -= 1
        try:
            future.set_result(function(*given, **named))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.mark.parametrize("healthy", [0, 3, 12, 30, 50])
def test_a_worker_of_the_witness_that_dies_ends_the_proof(honest, healthy, tmp_path, monkeypatch):
    """Of counting, filling and tallying, in pass 1 and 2; the folder is free for the next attempt."""
    with monkeypatch.context() as patch:
        patch.setattr(witnesses, "ThreadPoolExecutor", lambda *given, **named: Broken(healthy))
        with pytest.raises(BrokenExecutor, match="a worker was killed"):
            prove(PROGRAM, chunk_size=CHUNK, threads=2, resume=tmp_path / "kept")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("zisk-py-ahead")]
    if healthy == 30:
        assert prove(PROGRAM, chunk_size=CHUNK, resume=tmp_path / "kept").data == honest
