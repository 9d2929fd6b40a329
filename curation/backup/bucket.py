"""Backups in a bucket of an object store: one that speaks the protocol of Amazon S3, or Azure's."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, S3Store

from archive import LockedError, RefusedError, utc
from crawler.vocabulary.soundness import BackupTrouble, Said
from curation.backup.store import LOCK, StoreError

_LEASE = timedelta(minutes=10)
_RENEWED_EACH = 60.0
"""Seconds. The lock of a backup that was killed holds for `_LEASE`, that of one that lives is
renewed."""
_RETRIES = 3
_DENIED = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403 Forbidden")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object store. Where it is, and who asks, stands in the environment."""

    store: Callable[..., Any]
    endpoints: tuple[str, ...]
    """The variables that name a server that is not the usual one."""
    options: dict[str, Any]
    """What such a server is to be told, too."""
    keys: str
    """The variables that say who asks."""


KINDS = {
    "s3": Kind(
        S3Store, ("AWS_ENDPOINT_URL", "AWS_ENDPOINT"), {"virtual_hosted_style_request": False},
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
    ),
    "az": Kind(
        AzureStore, ("AZURE_ENDPOINT", "AZURE_STORAGE_ENDPOINT"), {},
        "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
    ),
}  # fmt: skip
"""The kinds, by how their names begin."""


class Bucket:
    """Backups below ``s3://BUCKET/PREFIX`` or ``az://CONTAINER/PREFIX``.

    Where the server is, and who asks, stands in the environment, as for all programs:
    ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_ENDPOINT_URL``;
    ``AZURE_STORAGE_ACCOUNT_NAME``, ``AZURE_STORAGE_ACCOUNT_KEY``, ``AZURE_ENDPOINT``.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        scheme, _, place = name.partition("://")
        bucket, _, prefix = place.partition("/")
        parts = prefix.rstrip("/").split("/") if prefix else []
        if not bucket or "@" in bucket or {"", ".", ".."} & {*parts}:
            raise RefusedError(f"{name}: is no place in a bucket; write {scheme}://BUCKET/PREFIX")
        self._kind = kind = KINDS[scheme]
        told = (os.environ.get(variable) for variable in kind.endpoints)
        endpoint = next(filter(None, told), None)
        options: dict[str, Any] = {"retry_config": {"max_retries": _RETRIES}}
        if endpoint:
            options |= kind.options | {
                "endpoint": endpoint,
                "client_options": {"allow_http": endpoint.startswith("http://")},
            }
        with self._in_words():
            self._store = kind.store(bucket, prefix="/".join(parts) or None, **options)
        self._lease: str | None = None
        """The e-tag of the lock, while it is ours."""

    @property
    def name(self) -> str:
        """How it was named."""
        return self._name

    @property
    def staging(self) -> Path | None:
        """It has no room of its own."""
        return None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Have it alone, as long as the lock is renewed."""
        self._lease = self._taken()
        done = Event()
        renewing = Thread(target=self._renew, args=(done,), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            done.set()
            renewing.join()
            if self._lease:
                with suppress(StoreError):
                    self.remove(LOCK)
                self._lease = None

    def require_lock(self) -> None:
        """Raise `StoreError` if the lock is not ours any more."""
        if self._lease is None:
            raise StoreError(Said.OF.of(record=self.name, what=BackupTrouble.LOCK_TAKEN))

    def sizes(self, below: str) -> dict[str, int]:
        """Return the bytes of whatever lies below a name, by its name behind that."""
        start = f"{below}/" if below else ""
        found: dict[str, int] = {}
        with self._in_words():
            for some in obstore.list(self._store, prefix=start or None):
                found |= {each["path"].removeprefix(start): each["size"] for each in some}
        return found

    def get(self, name: str) -> bytes:
        """Return what lies under a name."""
        with self._in_words():
            return bytes(obstore.get(self._store, name).bytes())

    def put(self, name: str, data: bytes) -> None:
        """Write it under a name, whole or not at all."""
        with self._in_words():
            obstore.put(self._store, name, data, use_multipart=False)

    def remove(self, name: str) -> None:
        """Remove what lies under a name."""
        with self._in_words(), suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    # The lock: an object that says until when it holds

    def _taken(self) -> str:
        """Take the lock, and return its e-tag; over one that holds no more, if nobody else does."""
        with self._in_words():
            try:
                return self._tag(obstore.put(self._store, LOCK, _until(), mode="create"))
            except AlreadyExistsError:
                held = obstore.get(self._store, LOCK)
                said = bytes(held.bytes())
                until = _read(said)
                if until and until > datetime.now(UTC):
                    raise LockedError(
                        f"{self.name}: another backup is being written there; if it was killed, "
                        f"its lock ends at {utc(until)}"
                    ) from None
                tag = held.meta["e_tag"]
                try:
                    return self._put_over(tag)
                except PreconditionError:
                    raise LockedError(f"{self.name}: another backup has just begun") from None

    def _renew(self, done: Event) -> None:
        while not done.wait(_RENEWED_EACH):
            try:
                with self._in_words():
                    self._lease = self._put_over(self._lease)
            except (StoreError, PreconditionError):
                self._lease = None
                return

    def _put_over(self, tag: str | None) -> str:
        mode: Any = {"e_tag": tag}
        return self._tag(obstore.put(self._store, LOCK, _until(), mode=mode, use_multipart=False))

    def _tag(self, put: Any) -> str:
        return str(put["e_tag"])

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (AlreadyExistsError, PreconditionError):
            raise
        except (BaseError, FileNotFoundError) as error:
            told = str(error)
            if any(word in told for word in _NO_BUCKET):
                message: str = BackupTrouble.NO_BUCKET
            elif isinstance(error, FileNotFoundError):
                message = _first_line(error)
            elif isinstance(error, PermissionDeniedError | UnauthenticatedError) or any(
                word in told for word in _DENIED
            ):
                message = BackupTrouble.REFUSED.of(name=self._kind.keys)
            else:
                message = BackupTrouble.NOT_REACHED.of(error=_first_line(error))
            raise StoreError(Said.OF.of(record=self.name, what=message)) from error


def _until() -> bytes:
    said = {
        "until": (datetime.now(UTC) + _LEASE).isoformat(),
        "by": f"{platform.node()}, process {os.getpid()}",
    }
    return json.dumps(said).encode()


def _read(said: bytes) -> datetime | None:
    """Return until when a lock holds; None if that is not told as we do."""
    try:
        return datetime.fromisoformat(json.loads(said)["until"])
    except (ValueError, KeyError, TypeError):
        return None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition("Debug source")[0].strip()
