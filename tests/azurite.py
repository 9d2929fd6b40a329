"""A real object store of Azure's protocol on loopback: Azurite, by the makers of Azure."""

import base64
import hashlib
import hmac
import os
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.object_store import BUCKET, ObjectStore, free_ports

ACCOUNT = "nguoithu"
KEY = base64.b64encode(b"mat-khau-thu").decode()
_INSTALLED = Path(__file__).parents[1] / ".venv" / "azurite" / "node_modules" / ".bin"
_VERSION = "2021-08-06"
"""Of the protocol, for the one request that we make ourselves."""


@dataclass
class Azurite(ObjectStore):
    """Azurite, and how programs are told of it."""

    scheme = "az"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_ENDPOINT": f"{self.url}/{ACCOUNT}",
        }


@contextmanager
def azurite(folder: Path) -> Iterator[Azurite]:
    """Serve one from a folder, with a container; a skip where Azurite is not, a failure in CI."""
    program = shutil.which("azurite-blob", path=f"{_INSTALLED}:{os.environ['PATH']}")
    if program is None:
        reason = "there is no azurite-blob: make azurite"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    (port,) = free_ports(1)
    (folder / "data").mkdir()
    options = (
        *("--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder / "data")),
        *("--silent", "--skipApiVersionCheck", "--disableTelemetry"),
    )
    store = Azurite(f"http://127.0.0.1:{port}", [program, *options], folder)
    os.environ["AZURITE_ACCOUNTS"] = f"{ACCOUNT}:{KEY}"
    try:
        store.start()
        _make_container(store.url)
        yield store
    finally:
        del os.environ["AZURITE_ACCOUNTS"]
        store.stop()


def _make_container(url: str) -> None:
    """Ask for it as the protocol wants it to be signed: "Authorize with Shared Key"."""
    path, at = f"/{ACCOUNT}/{BUCKET}", formatdate(usegmt=True)
    headers = {"x-ms-date": at, "x-ms-version": _VERSION}
    signed = "PUT" + "\n" * 12 + "".join(f"{name}:{value}\n" for name, value in headers.items())
    signed += f"/{ACCOUNT}{path}\nrestype:container"
    digest = hmac.digest(base64.b64decode(KEY), signed.encode(), hashlib.sha256)
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    headers["Content-Length"] = "0"
    address = f"{url}{path}?restype=container"
    request = urllib.request.Request(address, headers=headers, method="PUT")
    urllib.request.urlopen(request, timeout=60).close()
