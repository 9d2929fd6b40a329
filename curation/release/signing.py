"""Signing a release with a key of SSH: "SSHSIG" of OpenSSH, which is at hand wherever SSH is."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from archive import RefusedError

NAMESPACE: Final = "tinhuyen-release"
"""What a signature is for; it is none for anything else."""


def require_key(key: Path) -> None:
    """Raise `RefusedError` if nothing can be signed with a key."""
    if shutil.which("ssh-keygen") is None:
        raise RefusedError("--sign needs ssh-keygen, which is not installed (openssh-client)")
    if not key.is_file():
        raise RefusedError(f"{key}: is no key; make one with: ssh-keygen -t ed25519 -f {key}")


def sign(file: Path, key: Path) -> None:
    """Write the signature of a file beside it, as ``FILE.sig``.

    Who needs a passphrase is asked for it. Raises `RefusedError` if the key does not serve.
    """
    done = subprocess.run(  # noqa: S603 no shell sees what is named
        ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(file)],  # noqa: S607
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"ssh-keygen ended with {done.returncode}"
        raise RefusedError(f"{key}: cannot sign: {said}")
