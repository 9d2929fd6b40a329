"""Gets ReplayWeb.page for the tests: ``make replaywebpage``.

Its licence is the AGPL-3.0. The tests open an export in it; none of it is ours to give on, so that
it is fetched, and held against the digest of the release that was tried.
"""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

_VERSION = "2.5.3"
_SHA512 = (
    "9c28f63d238ddc1c5e489284f00b183f250bbf45cf64a2567f2e25f4fc90adef"
    "52ab02d9f9629956cfec7cba8f390e06ac7fb46248dbc0e86bf1c4931f4f20b1"
)
FILES = ("ui.js", "sw.js", "LICENSE")
FOLDER = Path(sys.prefix) / "share" / f"replaywebpage-{_VERSION}"
"""Where they are kept: in the virtual environment that the tests run in."""


def unpack(package: bytes, folder: Path, sha512: str = _SHA512) -> None:
    """Write the files of a package; raise ValueError if it is not the one that was tried."""
    found = hashlib.sha512(package).hexdigest()
    if found != sha512:
        raise ValueError(f"replaywebpage {_VERSION} has the SHA-512 {found}, not {sha512}")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        for name in FILES:
            file = tar.extractfile(f"package/{name}")
            assert file, name
            (folder / name).write_bytes(file.read())


def _fetched() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"replaywebpage@{_VERSION}"]
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True, timeout=300)
        (package,) = Path(folder).glob("*.tgz")
        return package.read_bytes()


if __name__ == "__main__":
    if shutil.which("npm") is None:
        sys.exit("npm is not here: apt-get install npm")
    unpack(_fetched(), FOLDER)
