"""Posts of block themes that are divided, and of which a page shows the first part only."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.raw import NOT_FOUND, QUICK, ROBOTS, Answer, Asked, Portal, answer, listing

FIRST, LAST = (
    f"Phần {n}: " + "Bà con các bản xuống chợ phiên từ tờ mờ sáng, đường đã khô. " * 6 for n in "12"
)
POST = (
    '<html lang="vi"><head><meta name="generator" content="WordPress 6.4"></head><body class="'
    'single single-post"><main class="wp-block-group"><h1 class="wp-block-post-title">Chợ phiên'
    f'</h1><div class="entry-content wp-block-post-content"><p>{FIRST}</p></div></main></body>'
    "</html>"
)
A_PAGE = 100
"""Posts that we ask for at once."""


def answered(pages: int, *headers: str) -> Answer:
    """Return the answers of a portal whose list of divided posts has full pages, the last of which
    names the one that it shows; behind them comes the last page again, without end."""

    def of_list(asked: Asked) -> bytes:
        page = min(pages, int(parse_qs(urlsplit(asked.target).query).get("page", ["1"])[0]))
        ids = range(page * A_PAGE, (page + 1) * A_PAGE - 1)
        posts = [{"id": n, "link": f"{asked.url}/kin-{n}/"} for n in ids]
        last = {"id": 7, "link": f"{asked.url}/bai-dai/" if page == pages else f"{asked.url}/x/"}
        return answer(json.dumps([*posts, last]), "application/json", "200 OK", *headers)

    def answers(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/wp-json/wp/v2/posts/7":
            text = {"rendered": f"<p>{FIRST}</p><p>{LAST}</p>"}
            post = {"id": 7, "title": {"rendered": "Chợ phiên"}, "content": text}
            return answer(json.dumps(post), "application/json")
        if asked.path == "/wp-json/wp/v2/posts" and "search=nextpage" in asked.target:
            return of_list(asked)
        pages = {"/": listing(["/bai-dai/"]), "/bai-dai/": POST}
        return answer(pages[asked.path]) if asked.path in pages else NOT_FOUND

    return answers


@pytest.mark.parametrize(
    ("pages", "headers", "asked"),
    [
        (1, ("X-WP-TotalPages: 1",), 1),
        (3, ("X-WP-TotalPages: 3",), 3),
        (3, (), 4),  # where the headers are taken away, a full page has another one behind it
        (2, ("X-WP-TotalPages: 9999",), 3),
    ],
)
def test_the_list_of_divided_posts_is_read_to_its_end(
    portal: Portal, pages: int, headers: tuple[str, ...], asked: int
) -> None:
    archived, server = portal(answered(pages, *headers), cms="wordpress")
    archived.crawl(*QUICK, "--url", f"{server.url}/bai-dai/", code=None)
    (row,) = archived.rows("SELECT body FROM articles")
    assert row["body"].split("\n\n") == [FIRST.strip(), LAST.strip()]
    assert sum("search=nextpage" in target for target in server.asked) == asked
