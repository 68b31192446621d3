"""Fuzzes one target with atheris: `python tests/fuzz/run.py TARGET [option of libFuzzer ...] [folder ...]`.

Needs the extra `fuzz`. Folders are corpora: new inputs go into the first. An input that raises something else
than the documented errors is written to the current folder as `crash-...`.
"""

import resource
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["zisk_py"], enable_loader_override=False):
    from fuzz.registry import CORPUS
    from fuzz.targets import TARGETS

MAX_MEMORY = 6 << 30  # bytes of addresses: a reader that trusts a huge length fails at once


def main() -> None:
    """Run the fuzzer until an option of libFuzzer stops it."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"name one of {', '.join(TARGETS)}")
    name, *rest = sys.argv[1:]
    chosen = TARGETS[name]
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(chosen.seeds()):
            Path(folder, str(number)).write_bytes(seed)
        options = ["-timeout=20", "-max_len=8192", "-print_final_stats=1"]
        kept = [str(CORPUS / name)] if (CORPUS / name).is_dir() else []
        folders = [argument for argument in rest if not argument.startswith("-")]
        own = [] if folders else [tempfile.mkdtemp(prefix=f"{name}-")]
        atheris.Setup([sys.argv[0], *options, *rest, *own, *kept, folder], chosen.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
