"""``tinhuyen add``: from an address to a district that can be crawled."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import click
from rich.console import Console
from rich.table import Table

from crawler import settings
from crawler.page import Page
from crawler.recognition import Recognition, recognise
from crawler.sites import (
    Site,
    SitesError,
    check_base_url,
    is_key,
    own_folder,
    read_hosts,
    sites_at,
)
from crawler.spiders.probe import Fetch
from crawler.text.fold import fold
from tinhuyen.asking import probed, require_address, run_probe
from tinhuyen.errors import Refused
from tinhuyen.terminal import err, out

_KIND_WORDS = re.compile(r"^(?:www|portal|cong|trang)\.")


@click.command("add")
@click.argument("url")
@click.option("--key", help="The district's name on the command line.  [default: from the host]")
@click.option("--name", help='The body\'s name in full, as in "Huyện Chợ Đồn".')
@click.option("--base-url", metavar="URL", help="The start page, where it is not its host's.")
@click.option("--host", "hosts", multiple=True, help="Where else the portal lies or lay.")
@click.option("--province", help="The province, which decides the file.")
@click.option("--dry-run", is_flag=True, help="Show what was found, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found for a program.")
def command(
    url: str,
    key: str | None,
    name: str | None,
    base_url: str | None,
    hosts: tuple[str, ...],
    province: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Recognise a portal, read five of its articles, and add it to the districts.

    URL is the portal's start page or one of its articles. It takes some fifteen requests, a second
    apart. The entry is written to the file of the province, among the districts that
    "tinhuyen sites" lists; TINHUYEN_SITES names another folder. A portal that shares its host with
    others lies below a path: --base-url says below which. Where a portal moved, --host names where
    it was, as often as needed.

    \b
    Examples:
      tinhuyen add https://chodon.backan.gov.vn/ --province "Bắc Kạn"
      tinhuyen add https://huyen.example/tin/bai-7/ --key huyen --name "Huyện Mẫu"
      tinhuyen add https://huyen.example/ --dry-run
      tinhuyen add https://huyen.example/ --host huyencu.example
      tinhuyen add https://tinh.example/donvi/huyen/ --base-url https://tinh.example/donvi/huyen/

    \b
    Exit codes: 0 it can be crawled; 1 it cannot be read, and what is missing; 2 wrong usage.
    """
    address = require_address(url)
    if key is not None and not is_key(key):
        raise Refused(f"--key {key}: is no key; use a-z, 0-9 and _, as in chodon")
    folder = Path(settings.SITES_DIR) if settings.SITES_DIR else own_folder()
    site = _described(address, base_url, hosts)
    for place in (address, *site.places):
        _refuse_known(place)
    found = _recognise(address, site)
    key = key or _key_of(found.base_url)
    site = found.as_site(key, name or found.name or key)
    faults = found.faults()
    if as_json:
        told = _as_dict(found, site, faults)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(found, out())
    for fault in faults:
        err().print(f"{found.base_url}: {fault}", style="red", highlight=False, soft_wrap=True)
    if faults:
        err().print("Nothing was written.")
        raise SystemExit(1)
    if not dry_run:
        file = _write(site, province, folder)
        if not as_json:
            out().print(f"\nAdded to {file}. Crawl it: tinhuyen crawl {key}")


def _refuse_known(url: str) -> None:
    if settings.SITES_DIR and not Path(settings.SITES_DIR).is_dir():
        return
    for site in sites_at(settings.SITES_DIR).values():
        if site.owns(url) and not site.composed:
            raise Refused(
                f"{url} belongs to {site.key!r} already; crawl it: tinhuyen crawl {site.key}"
            )


def _described(url: str, base_url: str | None, hosts: tuple[str, ...]) -> Site:
    """Return the portal as far as the command line tells of it; refuse what is wrong."""
    base_url = require_address(base_url) if base_url else urljoin(url, "/")
    try:
        check_base_url("--base-url", base_url)
        site = probed(base_url, tuple(read_hosts("--host", base_url, hosts)))
    except SitesError as error:
        raise Refused(str(error)) from error
    if not site.owns(url):
        raise Refused(f"{url} is not below --base-url {base_url}")
    return site


def _recognise(url: str, site: Site) -> Recognition:
    found = Recognition(site.base_url, site.hosts)

    async def work(fetch: Fetch) -> None:
        nonlocal found
        found = await recognise(fetch, url, site.base_url, site.hosts)

    run_probe(site, work)
    return found


def _key_of(base_url: str) -> str:
    """Return a name made of the host: "chodon" of chodon.backan.gov.vn; or of what it lies below:
    "vandon" of www.quangninh.gov.vn/donvi/vandon/.
    """
    parts = urlsplit(base_url)
    host = _KIND_WORDS.sub("", parts.hostname or "").partition(".")[0]
    below = parts.path.strip("/").rpartition("/")[2]
    key = re.sub(r"[^a-z0-9]+", "_", fold((below or host).lower())).strip("_")
    return key if key[:1].isalpha() else f"site_{key}" if key else "site"


def _as_dict(found: Recognition, site: Site, faults: list[str]) -> dict[str, Any]:
    return {
        "key": site.key,
        "name": site.name,
        "base_url": site.base_url,
        "hosts": list(site.hosts),
        "cms": site.cms,
        "sign": found.signs.get(found.cms),
        "routes": {
            name: {"articles": len(page.found), "total": page.total}
            for name, page in found.routes.items()
        },
        "articles": [_row(url, page) for url, page in found.articles.items()],
        "faults": faults,
    }


def _row(url: str, page: Page) -> dict[str, Any]:
    article = page.article
    assert article
    return {
        "url": url,
        "title": article.title,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "confidence": article.published_confidence,
        "author": article.author,
        "words": len(article.body.split()),
        "prev_url": page.prev_url,
        "next_url": page.next_url,
    }


def _show(found: Recognition, console: Console) -> None:
    sign = found.signs.get(found.cms)
    console.print(f"[bold]{found.base_url}[/]  {found.name or ''}", highlight=False)
    console.print(
        f"cms     {found.cms}{f'  ({sign})' if sign else ''}", highlight=False, markup=False
    )
    for name, listed in found.routes.items():
        total = f" of {listed.total}" if listed.total is not None else ""
        lists = f", and {len(listed.more_urls)} further lists" if listed.more_urls else ""
        console.print(
            f"route   {name}: {len(listed.found)} articles{total}{lists}", highlight=False
        )
    if not found.articles:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("PUBLISHED", "TITLE", "AUTHOR", "WORDS", "OLDER", "NEWER"):
        table.add_column(
            heading, overflow="fold", justify="right" if heading == "WORDS" else "left"
        )
    for url, page in found.articles.items():
        row = _row(url, page)
        table.add_row(
            f"{row['published_at'] or 'unknown'}", row["title"], row["author"] or "",
            str(row["words"]), *("yes" if row[side] else "–" for side in ("prev_url", "next_url")),
        )  # fmt: skip
    console.print()
    console.print(table)


def _write(site: Site, province: str | None, folder: Path) -> Path:
    """Add an entry to the file of a province; make it if it is missing."""
    stem = re.sub(r"[^a-z0-9]+", "_", fold((province or "added").lower())).strip("_") or "added"
    file = folder / f"{stem}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    if not before and province:
        before = f"province = {_quoted(province)}\n"
    entry = [
        f"[{site.key}]",
        f"name = {_quoted(site.name)}",
        f"base_url = {_quoted(site.base_url)}",
        *([f"hosts = [{', '.join(map(_quoted, site.hosts))}]"] if site.hosts else []),
        f"cms = {_quoted(site.cms or 'generic')}",
        "verified = true",
    ]
    after = f"{before.rstrip()}\n\n" if before.strip() else ""
    existed = file.exists()
    original = file.read_bytes() if existed else b""
    try:
        file.write_text(after + "\n".join(entry) + "\n", encoding="utf-8")
        sites_at(settings.SITES_DIR)
    except OSError as error:
        raise Refused(f"{file}: cannot be written: {error.strerror}") from error
    except SitesError as error:
        file.write_bytes(original) if existed else file.unlink()
        raise Refused(f"not added: {error}; name another with --key") from error
    return file


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
