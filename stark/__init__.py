"""The proof system: commitments, LogUp, quotients, DEEP and FRI over Goldilocks.

`prove` and `verify` are for systems of PIL files; what they are made of, and the zkVM uses for segments and
messages of its own, are `stark.prover.prove` and `stark.verifier.verify`.
Names are imported on first use, so that verifying needs nothing but the standard library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zisk_py.stark.authored_prover import prove as prove
    from zisk_py.stark.authored_verifier import Acceptance as Acceptance
    from zisk_py.stark.authored_verifier import read_publics as read_publics
    from zisk_py.stark.authored_verifier import verify as verify
    from zisk_py.stark.errors import ProverError as ProverError
    from zisk_py.stark.errors import SystemRefused as SystemRefused
    from zisk_py.stark.errors import VerifierError as VerifierError
    from zisk_py.stark.key import ProgramCommitment as ProgramCommitment
    from zisk_py.stark.key import VerifyingKey as VerifyingKey
    from zisk_py.stark.layout import Instance as Instance
    from zisk_py.stark.logup import Message as Message
    from zisk_py.stark.options import FAST as FAST
    from zisk_py.stark.options import PROFILES as PROFILES
    from zisk_py.stark.options import SECURE as SECURE
    from zisk_py.stark.options import TEST as TEST
    from zisk_py.stark.options import Options as Options
    from zisk_py.stark.options import profile as profile
    from zisk_py.stark.proof import Proof as Proof
    from zisk_py.stark.proof import read_proof as read_proof
    from zisk_py.stark.proving_key import ProgramData as ProgramData
    from zisk_py.stark.proving_key import ProvingKey as ProvingKey
    from zisk_py.stark.proving_key import commit_program as commit_program
    from zisk_py.stark.proving_key import setup as setup
    from zisk_py.stark.verifier import Verification as Verification

_MODULES = {
    "authored_prover": ("prove",),
    "authored_verifier": ("Acceptance", "read_publics", "verify"),
    "errors": ("ProverError", "SystemRefused", "VerifierError"),
    "key": ("ProgramCommitment", "VerifyingKey"),
    "layout": ("Instance",),
    "logup": ("Message",),
    "options": ("FAST", "PROFILES", "SECURE", "TEST", "Options", "profile"),
    "proof": ("Proof", "read_proof"),
    "proving_key": ("ProgramData", "ProvingKey", "commit_program", "setup"),
    "verifier": ("Verification",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Import the module of a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
