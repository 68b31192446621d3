"""Programs of the prover's files: its fixtures as they are, and its recursion airs, which are templates.

The recursion airs get small counts of what a circuit has, as the prover's own generator writes them.
"""

from dataclasses import dataclass, field
from pathlib import Path

FIXTURES = "pilfflonk"
RECURSION = "recurser/plonk2pil/pil"
CONSTANTS = {"BENCH_BITS": 10}  # what the fixtures' own script defines on the command line
RECURSION_HEADER = "set_std_mode(STD_MODE_ONE_INSTANCE);\nset_max_constraint_degree({degree});\n"

# file, template, degree of constraints, arguments beside N and nPublics
RECURSION_AIRS = (
    ("poseidon1/aggregator", "Aggregator", 7, "nPlonkRows nPoseidon1Compression nPoseidon1Sponge nCMulRows"
     " nEvPol4 nFFT4 nTreeSelector8 nSelectValArity4"),
    ("poseidon1/compressor", "Compressor", 7, "nPlonkRows nPoseidon1Compression nPoseidon1Sponge nCMulRows"
     " nEvPol4 nFFT4 nTreeSelector8 nSelectValArity4"),
    ("poseidon2/aggregator", "Aggregator", 7, "nPlonkRows nPoseidonCompressor nPoseidonSponge nCMulRows"
     " nEvPol4 nFFT4 nTreeSelector4 nSelectValArity4"),
    ("poseidon2/compressor", "Compressor", 7, "nPlonkRows nPoseidonCompressor nPoseidonSponge nCMulRows"
     " nEvPol4 nFFT4 nTreeSelector4 nSelectValArity4"),
    ("blake3/aggregator", "Aggregator", 3, "nPublicsStart nPlonkRows nCMulRows nEvPol4 nFFT4"
     " nTreeSelector4 nSelValRows nNodeBlocks nChunkBlocks nParentBlocks LANES"),
    ("blake3_bn128/wrap", "Wrap", 3, ""),
    ("poseidon_bn128/wrap", "Wrap", 3, "nRangeChecks"),
)  # fmt: skip
COUNTS = {"nPublicsStart": 0, "LANES": 2}  # of what there are others than EACH
EACH = 20
LOG_ROWS = 17
NUM_PUBLICS = 4


@dataclass(frozen=True, slots=True)
class Other:
    """A program: a file, or a text that requires one."""

    name: str
    source: Path | str
    include: tuple[Path, ...] = ()
    constants: dict[str, int] = field(default_factory=dict)


def others(folder: Path) -> list[Other]:
    """All programs of the prover, below the folder of its files."""
    found = []
    for path in sorted((folder / FIXTURES).rglob("*.pil")):
        found.append(Other(path.relative_to(folder).as_posix(), path, (folder / FIXTURES,), CONSTANTS))
    include = (folder / RECURSION,)
    for file, template, degree, arguments in RECURSION_AIRS:
        given = "".join(f", {name}: {COUNTS.get(name, EACH)}" for name in arguments.split())
        text = (
            f'require "{file}.pil"\n'
            + RECURSION_HEADER.format(degree=degree)
            + f"public publics[{NUM_PUBLICS}];\n"
            + f"airgroup Recursion {{ {template}(N: 2**{LOG_ROWS}, nPublics: {NUM_PUBLICS}{given}); }}\n"
        )
        found.append(Other(f"{RECURSION}/{file}.pil", text, include))
    return found
