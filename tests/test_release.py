"""``tinhuyen release``: the same bytes each time, what is hidden in none of them, and valid."""

import gzip
import hashlib
import json
import os
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import frictionless
import jsonschema
import pyarrow.parquet
import pytest
import yaml

from archive import Archive, RefusedError
from curation.release.describing import About
from curation.release.making import NothingError, Released, make
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, run
from tests.test_backup import told

SECRET, TITLE = "Xylocarpus", "Cụ Zanthoxylum kể chuyện chim lạc bên bếp lửa"
TEXT = (
    f"Sáng nay cụ {SECRET} ở thôn Nà Lẹng kể lại cho lũ trẻ trong bản nghe chuyện con chim lạc "
    "bay qua suối rồi đậu xuống mái nhà sàn cũ."
)
OTHER = "Pterocarpus"
OTHER_TEXT = f"Ông {OTHER} nhắn gửi bà con ở xa vài dòng riêng tư về mảnh vườn sau nhà của mình."
MARK = "bài này đang có người khiếu nại"
ABOUT = About(
    title='Tin "huyện" Thử: một bản \U0001f426 \u0085 #1',
    creators=("Thư viện Thử", "Trường Thử"),
    license="https://dieu-khoan.example/",
    doi="10.5072/thu-nghiem",
    url="https://ban-phat-hanh.example/2026/",
)
CFF = Path(__file__).parent / "schemas" / "cff-1.2.0.json"
"""Of the Citation File Format's authors, CC BY 4.0: https://doi.org/10.5281/zenodo.5171937"""


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """A portal of which an article is hidden to each grade, after a crawl that gave all by REST."""
    portal = Portal.scaled(10, page_bytes=0)
    newest = portal.newest
    portal.edit(newest[3].slug, title=TITLE, body=f"{TEXT}\n\nĐoạn sau.")
    portal.edit(newest[5].slug, body=f"{OTHER_TEXT}\n\nĐoạn sau.")
    with serving(portal) as server:
        archived = Archived(tmp_path_factory.mktemp("release"), server)
        archived.describe(server.url + "/")
        archived.crawl("--rescue", "--media")
        codes = {row["url"]: row["code"] for row in archived.rows("SELECT url, code FROM articles")}
        for number, grade, reason in ((3, "all", "thử"), (5, "text", "thử"), (7, "marked", MARK)):
            code = codes[server.url + newest[number].path]
            done = run("hide", code, "--grade", grade, "--reason", reason, "--db", archived.db)
            assert not done.code, done.err
        yield archived


def released(archived: Archived, to: Path, key: Path | None = None) -> Released:
    with Archive.open(archived.db, read_only=True) as archive:
        return make(archive, to, ABOUT, key, told)


@pytest.fixture(scope="module")
def release(archived: Archived, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("made") / "ban"
    assert not released(archived, to).release.left_out
    return to


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def all_that_is_said(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and those that are compressed in it."""
    data = path.read_bytes()
    yield data
    if path.suffix == ".wacz":
        with zipfile.ZipFile(path) as zipped:
            for name in zipped.namelist():
                member = zipped.read(name)
                yield gzip.decompress(member) if name.endswith(".gz") else member
    if path.suffix == ".parquet":
        rows = pyarrow.parquet.read_table(path).to_pylist()
        yield json.dumps(rows, ensure_ascii=False, default=str).encode()


def test_it_has_what_it_says(release: Path, archived: Archived) -> None:
    assert {path.name for path in release.iterdir()} == {
        *("archive.db", "articles.parquet", "captures.wacz", "datapackage.json"),
        *("dataset.jsonld", "CITATION.cff", "README.md", "SHA256SUMS"),
    }
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=release, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == 7
    readme = (release / "README.md").read_text("utf-8")
    assert "8 news articles of Huyện Thử" in readme
    assert MARK in readme
    assert ABOUT.doi
    assert ABOUT.doi in readme


def test_the_same_archive_gives_the_same_bytes(
    release: Path, archived: Archived, tmp_path: Path
) -> None:
    """Also of a copy that lies elsewhere, with backups of its own, an index made anew, and other
    pages of SQLite's.
    """
    assert not run("backup", tmp_path / "dest", "--db", archived.db).code
    assert not run("restore", tmp_path / "dest", tmp_path / "copy").code
    copy = Archived(tmp_path / "copy")
    with Archive.open(copy.db) as archive:
        archive.articles.rebuild_index(lambda _: None)
        archive.copies.note(datetime(2026, 1, 2, tzinfo=UTC), "/o", ok=True, size=1, message="")
    with closing(sqlite3.connect(copy.db)) as db:
        db.execute("VACUUM")
    released(copy, tmp_path / "again")
    assert digests(tmp_path / "again") == digests(release)


def test_no_byte_of_it_says_what_is_hidden(release: Path, archived: Archived) -> None:
    for path in release.iterdir():
        for said in all_that_is_said(path):
            text = said.decode("utf-8", "replace")
            for secret in (SECRET, OTHER, "Zanthoxylum", "chim lạc", "mảnh vườn sau nhà"):
                assert secret.lower() not in text.lower(), (path.name, secret)
                assert secret.encode("unicode_escape").decode() not in text, (path.name, secret)
    assert any(SECRET.encode() in path.read_bytes() for path in [archived.folder / "withheld.db"])


def test_its_database_is_sound_and_tells_of_no_machine(release: Path) -> None:
    with closing(sqlite3.connect(release / "archive.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert not db.execute("SELECT * FROM hosts").fetchall()
        assert not db.execute("SELECT * FROM backups").fetchall()
        words = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'huyen'"
        assert db.execute(words).fetchone()[0]


def test_its_data_package_is_valid(release: Path) -> None:
    descriptor = json.loads((release / "datapackage.json").read_bytes())
    assert not [*frictionless.Package.metadata_validate(descriptor)]
    for resource in descriptor["resources"]:
        resource["type"] = "file"  # to read Parquet it would need pandas
    package = frictionless.Package.from_descriptor(descriptor, basepath=str(release))
    assert package.validate().valid, "bytes and digests are those of the files"
    for resource in descriptor["resources"]:
        path = release / resource["path"]
        assert resource["bytes"] == path.stat().st_size
        assert resource["hash"] == "sha256:" + digests(release)[path.name]
    (table,) = (each for each in descriptor["resources"] if each["format"] == "parquet")
    columns = pyarrow.parquet.read_schema(release / "articles.parquet").names
    assert [field["name"] for field in table["schema"]["fields"]] == columns
    assert not [*frictionless.Schema.metadata_validate(table["schema"])]


def test_its_citation_is_valid(release: Path) -> None:
    citation = yaml.safe_load((release / "CITATION.cff").read_text("utf-8"))
    jsonschema.Draft7Validator(json.loads(CFF.read_bytes())).validate(citation)
    assert citation["title"] == ABOUT.title, "whatever is in it"
    assert [author["name"] for author in citation["authors"]] == [*ABOUT.creators]


def test_its_dataset_names_the_files(release: Path) -> None:
    dataset = json.loads((release / "dataset.jsonld").read_bytes())
    assert (dataset["@context"], dataset["@type"]) == ("https://schema.org/", "Dataset")
    named = {each["contentUrl"]: each["sha256"] for each in dataset["distribution"]}
    assert {url.removeprefix(str(ABOUT.url)) for url in named} <= digests(release).keys()
    assert {*named.values()} <= {*digests(release).values()}


def test_it_is_on_the_disk_when_it_gets_its_name(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: dict[str, int] = {}

    def syncing(number: int) -> None:
        synced[Path(f"/proc/self/fd/{number}").readlink().name] = os.fstat(number).st_size

    monkeypatch.setattr(os, "fsync", syncing)
    released(archived, tmp_path / "ban")
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "ban").iterdir()}
    assert {name: synced.get(name) for name in sizes} == sizes, "all bytes of all files"


def test_it_is_signed(archived: Archived, release: Path, tmp_path: Path) -> None:
    key = tmp_path / "khoa"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    released(archived, tmp_path / "ban", key)
    assert "SHA256SUMS.sig" in (tmp_path / "ban" / "README.md").read_text("utf-8")
    public = key.with_suffix(".pub").read_text("utf-8")
    (tmp_path / "signers").write_text(f"nguoi-thu {public}", encoding="utf-8")
    verify = (
        *("ssh-keygen", "-Y", "verify", "-f", tmp_path / "signers", "-I", "nguoi-thu"),
        *("-n", "tinhuyen-release", "-s", tmp_path / "ban" / "SHA256SUMS.sig"),
    )
    sums = (tmp_path / "ban" / "SHA256SUMS").read_bytes()
    assert subprocess.run(verify, input=sums, capture_output=True).returncode == 0
    assert subprocess.run(verify, input=sums + b"x", capture_output=True).returncode


def test_what_is_not_to_be_written_over_stays(archived: Archived, tmp_path: Path) -> None:
    (tmp_path / "ban").mkdir()
    (tmp_path / "ban" / "cu").write_bytes(b"")
    for to in (tmp_path / "ban", tmp_path / "none" / "ban", archived.folder / "captures" / "ban"):
        with pytest.raises(RefusedError):
            released(archived, to)
    with pytest.raises(RefusedError, match="ssh-keygen -t"):
        released(archived, tmp_path / "moi", tmp_path / "khong-co")
    assert not os.path.lexists(tmp_path / "moi")


def test_of_nothing_there_is_no_release(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    empty = Archived(tmp_path / "empty")
    Archive.open(empty.db, create=True).close()
    with pytest.raises(NothingError, match="holds no captures"):
        released(empty, tmp_path / "ban")
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
