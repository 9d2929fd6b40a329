"""A host that changed hands has both bodies, the district and the commune, each of its days."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import Archive
from crawler.sites import all_sites
from crawler.survey import Finding
from crawler.vocabulary import NameAnswer, Says
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, Run, run
from tests.raw import Portal as RawPortal
from tests.raw import lone, of_pages
from tests.test_add import add
from tinhuyen.candidates import Told, candidate
from tinhuyen.errors import Refused


def test_a_commune_s_portal_is_added_beside_the_district_s_on_one_host(tmp_path: Path) -> None:
    with serving(Portal.embedded()) as server:
        sites = tmp_path / "sites"
        sites.mkdir()
        (sites / "bac_kan.toml").write_text(
            f'[chodon]\ndistrict = "064"\nbase_url = "{server.url}/"\ncms = "newspaper"\n',
            encoding="utf-8",
        )
        done = add(tmp_path, server.url, "--unit", "02071")
        assert done.code == 0, done.out + done.err
        found = all_sites(sites)
        commune, district = found["xa_nghiata"], found["chodon"]
        assert commune.places == district.places
        assert (commune.name, commune.province) == ("Xã Nghĩa Tá", "Thái Nguyên")
        assert (district.active_to, commune.active_from) == ("2025-06-30", "2025-07-01")
        assert (commune.unit, commune.district) == ("02071", None)
        assert (sites / "thai_nguyen.toml").exists()

        again = add(tmp_path, server.url, "--unit", "02071")
        assert (again.code, "belongs to 'xa_nghiata' already" in again.err) == (2, True)
        plain = add(tmp_path, server.url)
        assert (plain.code, "already" in plain.err) == (2, True)
        unknown = add(tmp_path, server.url, "--unit", "99999")
        assert (unknown.code, "no commune, ward or special zone" in unknown.err) == (2, True)


def test_a_key_that_is_taken_gets_the_code_behind_it() -> None:
    known = all_sites()
    first = candidate(Told(url="https://nghiata.example/", facts={"unit": "02071"}), known)
    assert first.key == "xa_nghiata"
    known |= {"xa_nghiata": known["chodon"]}
    second = candidate(Told(url="https://nghiata.example/", facts={"unit": "02071"}), known)
    assert second.key == "xa_nghiata_02071"
    with pytest.raises(Refused, match="no commune"):
        candidate(Told(url="https://nghiata.example/", facts={"unit": "0"}), known)


@pytest.mark.parametrize(
    ("code", "key", "province"),
    [("19", "tinh_thainguyen", "Thái Nguyên"), ("46", "thanhpho_hue", "Huế")],
)
def test_a_province_s_portal_may_have_a_district_s_host(code: str, key: str, province: str) -> None:
    known = all_sites()
    told = Told(url=known["chodon"].base_url, facts={"unit": code})
    found = candidate(told, known)
    assert (found.key, found.province) == (key, province)
    with pytest.raises(Refused, match="--unit 06: Bắc Kạn went into Thái Nguyên, which is 19"):
        candidate(Told(url="https://chodon.example/", facts={"unit": "06"}), known)


def test_what_a_survey_found_of_a_province_s_host_is_told(portal: RawPortal) -> None:
    archived, server = portal(of_pages(lone(2)))
    archived.crawl("--url", f"{server.url}/tin/bai-1.html", code=None)
    with Archive.open(archived.db) as archive:
        finding = Finding(
            site="test", url=f"{server.url}/", asked_at=datetime.now(UTC), says=Says.OTHER,
            evidence="it calls itself “UBND tỉnh Thái Nguyên”", dns=NameAnswer.FOUND, unit="19",
        )  # fmt: skip
        archive.surveys.note([finding])
    assert "Tỉnh Thái Nguyên: --successor 19" in owner(archived).out
    assert "tinhuyen add URL --unit 19" in owner(archived, "--successor", "19").err
    assert "Bắc Kạn went into Thái Nguyên, which is 19" in owner(archived, "--successor", "06").err
    entry = f'[tinh]\nunit = "19"\nbase_url = "{server.url}/"\ncms = "generic"\n'
    (archived.folder / "sites" / "tinh.toml").write_text(entry, encoding="utf-8")
    assert owner(archived, "--successor", "19").code == 0
    assert "is tinh's since" in owner(archived).out


def owner(archived: Archived, *arguments: str) -> Run:
    sites = str(archived.folder / "sites")
    return run("owner", "test", "--db", archived.db, *arguments, TINHUYEN_SITES=sites)


def test_what_a_survey_found_of_a_host_is_told_and_its_code_names_the_successor(
    portal: RawPortal,
) -> None:
    archived, server = portal(of_pages(lone(2)))
    archived.crawl("--url", f"{server.url}/tin/bai-1.html", code=None)
    assert owner(archived).code == 0
    with Archive.open(archived.db) as archive:
        finding = Finding(
            site="test", url=f"{server.url}/", asked_at=datetime.now(UTC), says=Says.OTHER,
            evidence="it calls itself “UBND xã Nghĩa Tá”", dns=NameAnswer.FOUND, unit="02071",
        )  # fmt: skip
        archive.surveys.note([finding])

    told = owner(archived)
    assert told.code == 1
    assert "it calls itself “UBND xã Nghĩa Tá”" in told.out
    assert "Xã Nghĩa Tá: --successor 02071" in told.out
    missing = owner(archived, "--successor", "02071")
    assert (missing.code, "tinhuyen add URL --unit 02071" in missing.err) == (2, True)
    facts = {"unit": "02071", "base_url": f"{server.url}/", "cms": "generic"}
    lines = [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
    (archived.folder / "sites" / "xa.toml").write_text(
        "\n".join(["[xa_nghiata]", *lines]), encoding="utf-8"
    )
    assert owner(archived, "--successor", "02071").code == 0
    done = owner(archived)
    assert (done.code, "is xa_nghiata's since" in done.out) == (0, True)
