"""A folder that keeps what has been done of a long proof, so that a later run of the same command goes on.

The file `manifest.json` says which proof it is; records of the prover lie beside it. Each file appears
complete or not at all. The manifest is the first to come, and the last to go when the proof is written.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from zisk_py import __version__
from zisk_py.errors import InputError
from zisk_py.files import is_temporary, settle, write_atomically
from zisk_py.isa.rules import Claim
from zisk_py.stark.proof import VERSION

MANIFEST = "manifest.json"
RECORD = ".record"
FORMAT = 1

Facts = Mapping[str, str | int | bool]


def run_facts(program_id: str, claim: Claim, data: bytes, chunk_size: int, profile: str) -> Facts:
    """All that the bytes of a proof depend on; threads and kernels are not among it."""
    return {
        **asdict(claim),
        "public_input": claim.public_input is not None,
        "environment": sha256(claim.environment).hexdigest(),
        "input": sha256(data).hexdigest(),
        "program_id": program_id,
        "chunk_size": chunk_size,
        "profile": profile,
        "zisk_py": __version__,
        "proof_version": VERSION,
        "format": FORMAT,
    }


class Checkpoint:
    """The folder of one proof, as a `zisk_py.stark.store.Store`."""

    def __init__(self, folder: Path, facts: Facts) -> None:
        """Name the folder and what distinguishes the proof; nothing is touched yet."""
        self.folder = folder
        self._facts = facts

    @contextmanager
    def opened(self) -> Iterator["Checkpoint"]:
        """Hold the folder for this process alone; it is made if there is none.

        Raises InputError if it belongs to another proof, to something else, or to another process just now.
        """
        with self._using():
            if not self.folder.is_dir():
                self.folder.mkdir()
                settle(self.folder.parent)
        with self._locked():
            self._begin()
            yield self

    def load(self, name: str) -> bytes | None:
        """What was saved under that name, or None. Raises InputError."""
        with self._using():
            path = self._path(name)
            return path.read_bytes() if path.exists() else None

    def save(self, name: str, data: bytes) -> None:
        """Keep `data` under that name; when this returns, it is kept. Raises InputError."""
        write_atomically(self._path(name), data)

    def discard(self) -> None:
        """Remove what is kept, and the folder if nothing else is in it: the proof is written.

        A folder that another proof has taken by now is left alone. Raises InputError.
        """
        if not self.folder.is_dir():
            return
        with self._locked(), self._using():
            if self._found() != self._facts:
                return
            for path in self._own_files():
                path.unlink()
            settle(self.folder)  # a manifest without records is a beginning, the reverse is nothing
            (self.folder / MANIFEST).unlink()
            if not any(self.folder.iterdir()):
                self.folder.resolve().rmdir()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{RECORD}"

    def _own_files(self) -> list[Path]:
        """All files of ours but the manifest."""
        return [path for path in self.folder.iterdir() if path.suffix == RECORD or is_temporary(path)]

    def _found(self) -> Facts | None:
        """What the manifest says, or None. Raises InputError if it cannot be read."""
        path = self.folder / MANIFEST
        if not path.exists():
            return None
        try:
            facts = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            facts = None
        if not isinstance(facts, dict):
            raise InputError(f"{path} cannot be read; give a new or an empty folder")
        return facts

    def _begin(self) -> None:
        """Remove what a killed process left unfinished, and write the manifest unless it is there."""
        with self._using():
            for path in self._own_files():
                if is_temporary(path):
                    path.unlink()
            found, others = self._found(), sorted(path.name for path in self.folder.iterdir())
        if found is None and others:
            raise InputError(
                f"{self.folder} holds {others[0]} and no {MANIFEST}, so it is not of a proof; "
                "give a new or an empty folder"
            )
        if found is None:
            manifest = json.dumps(self._facts, sort_keys=True, separators=(",", ":"))
            write_atomically(self.folder / MANIFEST, manifest.encode())
        elif found != self._facts:
            names = sorted(self._facts.keys() | found.keys())
            differing = [name for name in names if self._facts.get(name) != found.get(name)]
            raise InputError(
                f"{self.folder} keeps another proof, with another {', '.join(differing)}; "
                "give the same program, input and options as then, or another folder"
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._using():
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    f"another process works in {self.folder}; wait until it has ended, or give another folder"
                ) from None
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _using(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(f"cannot use {error.filename or self.folder}: {error.strerror}") from error
