"""Where the districts lie in the store, each in a place of its own, as backups that follow each
other: what ``tinhuyen backup --list`` and ``tinhuyen restore`` know, with or without a fleet.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from curation.backup.folder import Folder
from curation.backup.places import store_at
from curation.backup.store import Store, StoreError
from fleet.leases import Lease

_TRIAL = "tinhuyen-trial"
"""A place that is no district's, where it is tried whether the store can be written."""


def place_of(store: str, site: str) -> str:
    """Return the name of the place of a district in a store."""
    return f"{store.rstrip('/')}/{site}"


def place_at(store: str, site: str) -> Store:
    """Return the place of a district, to be read. Raises `RefusedError` if there is no such kind
    of store.
    """
    place = store_at(place_of(store, site))
    if isinstance(place, Folder):
        return Folder(Path(store).absolute() / site)
    return place


def require_writable(store: str) -> None:
    """Do in a store what workers will: write something, find it, read it, and remove it.

    Raises `StoreError` if one of these cannot be done, `RefusedError` if there is no such kind.
    """
    name, said = f"tinhuyen-{uuid4().hex}", b"written by: tinhuyen fleet init"
    place = place_at(store, _TRIAL)
    try:
        place.put(name, said)
        if place.sizes("").get(name) != len(said) or place.get(name) != said:
            raise StoreError(f"{store}: does not give back what is written to it")
    except StoreError:
        with suppress(StoreError):  # what it was that failed is told
            place.remove(name)
        raise
    else:
        place.remove(name)
    finally:
        if isinstance(place, Folder):
            with suppress(OSError):
                place.path.rmdir()


class LeasedPlace:
    """The place of a district to whoever has its lease: that is all the lock there is."""

    def __init__(self, store: str, site: str, lease: Lease) -> None:
        self._place = place_at(store, site)
        self._lease = lease

    @property
    def name(self) -> str:
        """How it was named."""
        return self._place.name

    @property
    def staging(self) -> Path | None:
        """Databases are copied in the scratch of the job."""
        return None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Have it alone: by the lease."""
        if isinstance(self._place, Folder):
            self._place.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.require_lock()
        yield

    def require_lock(self) -> None:
        """Raise `StoreError` if the lease is lost."""
        if self._lease.is_lost:
            raise StoreError(f"{self.name}: another worker took over")

    def sizes(self, below: str) -> dict[str, int]:
        """Return the bytes of whatever lies below a name, by its name behind that."""
        return self._place.sizes(below)

    def get(self, name: str) -> bytes:
        """Return what lies under a name."""
        return self._place.get(name)

    def put(self, name: str, data: bytes) -> None:
        """Write it under a name, whole or not at all, unless the lease is lost."""
        self.require_lock()
        self._place.put(name, data)

    def remove(self, name: str) -> None:
        """Remove what lies under a name, unless the lease is lost."""
        self.require_lock()
        self._place.remove(name)
