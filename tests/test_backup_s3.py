"""Backups in a bucket of real object stores: of Amazon's protocol, and of Azure's."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import Archive, LockedError, RefusedError
from curation.backup import bucket as buckets
from curation.backup import manifest as manifests
from curation.backup.bucket import Bucket
from curation.backup.generations import Keep
from curation.backup.making import make
from curation.backup.places import store_at
from curation.backup.restoring import chosen, faults, restore
from curation.backup.store import LOCK, StoreError
from demo.portal import Portal
from demo.server import serving
from tests.azurite import azurite
from tests.conftest import Archived, run
from tests.content import content_hash
from tests.object_store import ObjectStore, object_store
from tests.test_backup import THEN, files, told

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=[object_store, azurite], ids=["s3", "az"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ObjectStore]:
    with request.param(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    with serving(Portal.scaled(4, page_bytes=0)) as server:
        archived = Archived(tmp_path_factory.mktemp("s3"), server)
        archived.describe(server.url + "/")
        archived.crawl()
    return archived


@pytest.fixture(autouse=True)
def known(running: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)


def test_a_backup_in_a_bucket_comes_back(
    running: ObjectStore, archived: Archived, tmp_path: Path
) -> None:
    store = store_at(running.place("mot/hai"))
    with Archive.open(archived.db) as archive:
        first = make(archive, store, THEN, Keep(), told)
        again = make(archive, store, THEN + timedelta(hours=1), Keep(1, 0, 0), told)
    assert (first.ok, again.written, again.removed) == (True, 0, [first.name])
    assert not [*faults(store, told)]
    restore(store, chosen(store, None), tmp_path / "back", told)
    assert files(tmp_path / "back") == files(archived.folder)
    assert content_hash(tmp_path / "back" / "archive.db") == content_hash(archived.db)
    assert not [*archived.folder.glob(".archive.db.backup*")], "the copy beside it is gone"
    assert LOCK not in store.sizes("")


def test_two_at_once_are_refused(running: ObjectStore) -> None:
    one, other = Bucket(running.place("khoa")), Bucket(running.place("khoa"))
    with one.locked(), pytest.raises(LockedError, match="its lock ends at"), other.locked():
        pass
    with other.locked():
        pass


def test_of_many_one_takes_the_lock_over_that_a_killed_one_left(running: ObjectStore) -> None:
    place = running.place("bo")
    until = datetime.now(UTC) - timedelta(seconds=1)
    Bucket(place).put(LOCK, json.dumps({"until": until.isoformat()}).encode())
    got: list[bool] = []
    done = threading.Barrier(4)

    def take() -> None:
        try:
            with Bucket(place).locked():
                got.append(True)
                done.wait()
        except LockedError:
            done.wait()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True]


def test_who_lost_the_lock_makes_no_backup(
    running: ObjectStore, archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "_RENEWED_EACH", 0.01)
    store = Bucket(running.place("mat"))
    lost = threading.Event()
    renew = Bucket._put_over

    def renewing(self: Bucket, tag: str | None) -> str:
        try:
            return renew(self, tag)
        except BaseException:
            lost.set()
            raise

    monkeypatch.setattr(Bucket, "_put_over", renewing)
    sizes = Bucket.sizes

    def robbed(self: Bucket, below: str) -> dict[str, int]:
        if not lost.is_set():
            self.put(LOCK, b"somebody else's")
            assert lost.wait(60)
        return sizes(self, below)

    monkeypatch.setattr(Bucket, "sizes", robbed)
    with (
        Archive.open(archived.db) as archive,
        pytest.raises(StoreError, match="took the lock"),
    ):
        make(archive, store, THEN, Keep(), told)
    assert not manifests.names(store)
    assert store.get(LOCK) == b"somebody else's"


WRONG = {
    "s3": (
        ("AWS_SECRET_ACCESS_KEY", "mat-khau-sai", "is refused; see to AWS_"),
        ("AWS_ACCESS_KEY_ID", "nguoi-la", "is refused"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", "cannot be reached"),
    ),
    "az": (
        ("AZURE_STORAGE_ACCOUNT_KEY", "bWF0LWtoYXUtc2Fp", "is refused; see to AZURE_"),
        ("AZURE_STORAGE_ACCOUNT_NAME", "nguoila", "is refused"),
        ("AZURE_ENDPOINT", "http://127.0.0.1:1/nguoithu", "cannot be reached"),
    ),
}


@pytest.mark.parametrize("number", range(3))
def test_what_hinders_is_told_and_noted(
    running: ObjectStore, archived: Archived, number: int
) -> None:
    variable, value, says = WRONG[running.scheme][number]
    environment = {**os.environ, variable: value}
    done = run("backup", running.place("loi"), "--db", archived.db, **environment)
    assert done.code == 1
    assert says in done.err
    assert done.err.count("\n") == 1
    assert archived.rows("SELECT ok, message FROM backups ORDER BY id")[-1]["ok"] == 0
    assert "mat-khau" not in str(archived.rows("SELECT * FROM backups"))


def test_a_bucket_that_is_not_there_is_told(running: ObjectStore) -> None:
    place = f"{running.scheme}://khong-co-thung-nay/x"
    with pytest.raises(StoreError, match="no such bucket"):
        manifests.names(Bucket(place))
    if running.scheme == "az":  # SeaweedFS makes a bucket when it is written to
        with pytest.raises(StoreError, match="no such bucket"):
            Bucket(place).put("x", b"")


@pytest.mark.parametrize(
    "name", ["s3://", "s3:///x", "s3://a//b", "s3://a/../b", "s3://u:p@a/b", "az://", "ftp://a/b"]
)
def test_what_is_no_place_is_refused(name: str) -> None:
    with pytest.raises(RefusedError):
        store_at(name)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    with pytest.raises(RefusedError, match=r"tinhuyen\[s3\]"):
        store_at("s3://a/b")
