"""The PIL files of ZisK and of its prover, from the crates that they are published in.

A crate is fetched once, kept in a folder, and refused unless its SHA-256 is the one that stands here.
"""

import hashlib
import io
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

VERSION = "1.4.0-alpha"
ADDRESS = "https://static.crates.io/crates/{name}/{name}-{version}.crate"
SECONDS = 120
MAIN_CRATE = "zisk-pil"
GENERATED = "src/pil_helpers/traces.rs"  # in MAIN_CRATE

# name of the crate: its digest, and the folder of ZisK's sources that its files lie in
CRATES = {
    MAIN_CRATE: ("081a7f375e1f5af1faddc262a1d9af48120d14e7cd33bf79cc4b8fbaff3c7b5e", "pil"),
    "zisk-sm-arith": ("e6386642ac5e4a0fff98d129dd6c4ea7982678cf2260bb6df13866178c9ec2b4", "arith"),
    "zisk-sm-binary": ("e83d6de3fa7b2aa1672dd1157772419b6c078c4611ace892ccf8bc7d8081ddab", "binary"),
    "zisk-sm-frequent-ops": (
        "44c97d2ba166e7aac4dd64ab1c3d80990003f7e348366b12e6dbaf43e21f7e1f",
        "frequent-ops",
    ),
    "zisk-sm-main": ("cc300fafe18a4cc760c57235a5c57ce613af0544cd0a47c89eb4e06f0ae6c746", "main"),
    "zisk-sm-mem": ("b4f61e11972cedd0d370191ba763354768931990eac6d6060d0f7c9bbd939906", "mem"),
    "zisk-sm-rom": ("7d66e2e91a71d6335b440acb57226b0e35042423e3c922816de099ebe163b56e", "rom"),
    "zisk-precomp-arith-eq": ("0c452b581282ba70048b353747a08b8abdeca1e67c48cc9a5dc2b90bea5cb89a", "arith_eq"),
    "zisk-precomp-arith-eq-384": (
        "be182d2b5eb86c6cad18c61903d54d3a18be43eeec4cc511e29e73c1f5c86ac0",
        "arith_eq_384",
    ),
    "zisk-precomp-big-int": ("60bc24dc724c19967006f726ab7d05d2896269656324803de701940251973da2", "big_int"),
    "zisk-precomp-blake2": ("ec4a2badf6f759a62045406f7a5b37f000560ff6649252beaf1e30da7f3e842f", "blake2"),
    "zisk-precomp-blake3": ("a79a246909436239a8c756d3012cf1156582b34f3224e32a6832bf14a92b89e8", "blake3"),
    "zisk-precomp-dma": ("6a48d919ce0405a18436d7be2ff60b554565de735d604204c0aa4c034238cb98", "dma"),
    "zisk-precomp-evm": ("3ff85622c087b074fc48e2951fd83cb3e94fad86e0f62cd6b64bd2cd32d34957", "evm"),
    "zisk-precomp-keccakf": ("d0da57a1aaaa0f3b92caf68302424f163902a5b77c0438cd90ed7ac17597e2a1", "keccakf"),
    "zisk-precomp-poseidon": ("6dd6af22c0d1865e703954de7867533942ddf96d24353b88ade3ca2523c2ae5e", "poseidon"),
    "zisk-precomp-sha256f": ("a5d0485a922c83677b2df6b3b8d5401183f479af503adc3e8b70b0e23c69c0a4", "sha256f"),
    "zisk-precomp-twisted-edwards": (
        "71b5373ad387489635c74e36b9af97e366212240be11b86617f84c7c39a2a257",
        "twisted_edwards",
    ),
    "proofman-pilfflonk": (
        "f7c0a2aeb1ddd06d7b8aa4c786eea4cb4f82bdf7e02c1ca75259aa2570244cf4",
        "other/pilfflonk",
    ),
    "pil2-stark-recurser": (
        "dffaba940ca466f1214ebbcdf29c72440f595be305c35560d3bd11201f0380bf",
        "other/recurser",
    ),
}


class SourceError(Exception):
    """A crate cannot be fetched, or is not the one that is expected."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the files lie, and the Rust source that the original compiler's result was written to."""

    folder: Path
    generated: str

    @property
    def main(self) -> Path:
        """The file that reads the others."""
        return self.folder / "pil" / "zisk.pil"

    @property
    def include(self) -> tuple[Path, ...]:
        """The search path."""
        return (self.folder / "pil", self.folder, self.folder / "arith_eq" / "pil")

    @property
    def others(self) -> list[Path]:
        """The files of the prover."""
        return sorted((self.folder / "other").rglob("*.pil"))


def fetch(cache: Path) -> Sources:
    """Lay all files out below a folder. Raises SourceError; OSError if the folder cannot be written."""
    cache.mkdir(parents=True, exist_ok=True)
    generated = ""
    for name, (digest, folder) in CRATES.items():
        data = _crate(cache / f"{name}-{VERSION}.crate", name, digest)
        for path, text in _members(data):
            if path.suffix == ".pil":
                flat = name == MAIN_CRATE
                target = cache / VERSION / folder / (path.name if flat else path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text)
            elif name == MAIN_CRATE and path == PurePosixPath(GENERATED):
                generated = text.decode()
    return Sources(cache / VERSION, generated)


def _crate(kept: Path, name: str, digest: str) -> bytes:
    """The archive, from the folder or from the registry."""
    if not kept.is_file():
        address = ADDRESS.format(name=name, version=VERSION)
        try:
            with urllib.request.urlopen(address, timeout=SECONDS) as answer:
                data: bytes = answer.read()
        except OSError as error:
            raise SourceError(f"cannot fetch {address}: {error}; fetch it yourself to {kept}") from error
        _check(data, name, digest)
        kept.write_bytes(data)
    data = kept.read_bytes()
    _check(data, name, digest)
    return data


def _check(data: bytes, name: str, digest: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise SourceError(f"crate {name} {VERSION} has the digest {found}, not {digest}; delete the file")


def _members(data: bytes) -> list[tuple[PurePosixPath, bytes]]:
    """The files of an archive, with paths below the crate's folder."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive:
            path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            content = archive.extractfile(member)
            if content is not None and ".." not in path.parts:
                found.append((path, content.read()))
    return found
