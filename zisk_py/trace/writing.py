"""Writing a trace to a file, as it happens."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from zisk_py.files import replacing
from zisk_py.trace.codec import to_json
from zisk_py.trace.document import DIGEST, WITNESSES, Head, Tail
from zisk_py.trace.filters import ALL, Filter
from zisk_py.trace.run import Trace
from zisk_py.zkvm import Proof


def write_file(trace: Trace, path: Path, *, kept: Filter = ALL, proof: Proof | None = None) -> Tail:
    """Run, and write the trace to a file, which appears complete or not at all.

    kept     which instructions are written; the whole run is validated all the same
    proof    a verified proof of the run, for `mathematical_proof_valid`
    Returns  what stands behind the instructions
    Raises   what `Trace` raises; InputError if the file cannot be written.
    """
    with replacing(path) as file:
        return _write(trace, _DigestingFile(file), kept, proof)


class _DigestingFile:
    """A file that is written, with the digest of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.blake2s()

    def write(self, text: str) -> None:
        data = text.encode()
        self._digest.update(data)
        self._file.write(data)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


def _write(trace: Trace, file: _DigestingFile, kept: Filter, proof: Proof | None) -> Tail:
    head = Head.of(trace, kept)
    validation = head._replace(filters=ALL).validation()
    file.write("{\n")
    _write_part(file, head)
    file.write(f'"{WITNESSES}": [')
    recorded, separator = 0, "\n"
    for witness in trace:
        validation.add(witness)
        if kept is ALL or kept.allows(witness):
            file.write(f"{separator}{to_json(witness)}")
            separator = ",\n"
            recorded += 1
    file.write("\n],\n")
    tail = Tail.of(trace, trace.finished(), recorded, validation, proof)
    _write_part(file, tail)
    file.write(f'"{DIGEST}": "{file.digest}"\n}}\n')
    return tail


def _write_part(file: _DigestingFile, part: Head | Tail) -> None:
    for name, value in zip(part._fields, part, strict=True):
        file.write(f'"{name}": {to_json(value)},\n')
