"""Hashes as addresses, names made by a program, and the day of a build in place of the date.

A page tells the day on which the portal was last built for every article that was entered without
a date of its own; the true days of those stand nowhere.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

from tests.makers import CATEGORIES, Portal, Story, pages_of, stories

NAME = "Cổng thông tin huyện Đá Bạc"
BUILT = datetime(2020, 1, 9, 16, 42)


def path(story: Story) -> str:
    return f"/article?item={hashlib.md5(story.slug.encode()).hexdigest()}"


def _hash(words: str) -> str:
    return hashlib.sha1(words.encode()).hexdigest()[:8]


def _when(story: Story) -> str:
    return f"{story.date if story.shows_date else BUILT:%d.%m.%Y %H:%M}"


def _page(main: str, turn: int, newest: list[Story]) -> str:
    menu = "".join(
        f'<a class="m_{_hash("m")}" href="/list?cat={n}">{name}</a>'
        for n, name in enumerate(CATEGORIES)
    )
    side = "".join(
        f'<div class="n_{_hash("n")}"><a href="{path(s)}">{s.title}</a></div>' for s in newest
    )
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{NAME} - Trang tin</title>
<meta property="og:title" content="{NAME}"></head><body><div id="app"><div class="top"><h1>{NAME}</h1>
<div class="menu">{menu}<a class="m_{_hash("m")}" href="/gioithieu">Giới thiệu</a></div></div>
<div class="wrap"><div class="main">{main}</div><div class="side"><h2>Tin mới nhất</h2>{side}
<h2>Thăm dò</h2><p>Ông, bà thấy trang tin này có ích cho công việc của mình hay không? ({300 + turn} phiếu)</p>
</div></div><div class="bottom"><p>Đơn vị vận hành: Phòng Văn hóa và Thông tin huyện Đá Bạc.</p></div></div></body></html>"""


def _article(story: Story, near: list[Story]) -> str:
    text = "".join(f"<div>{p}</div>" for p in story.paragraphs)
    picture = (
        f'<div><img src="{story.picture}"><br><em>Toàn cảnh buổi gặp mặt.</em></div>'
        if story.picture
        else ""
    )
    file = f'<div>Xem chi tiết <a href="{story.file}">tại đây</a></div>' if story.file else ""
    others = "".join(
        f'<div class="r"><a href="{path(s)}">{s.title}</a><span>{s.date if s.shows_date else BUILT:%d/%m/%Y}</span></div>'
        for s in near
    )
    return f"""<div class="bar"><span class="cat">{CATEGORIES[story.category]}</span><span class="t">{_when(story)}</span></div>
<div class="post"><div class="name"><p>{story.title}</p></div><div class="abs"><strong>{story.lead}</strong></div>
<div class="txt" id="c{story.number}">{picture}{text}{file}</div><div class="cnt">Số lượt xem: {story.number % 97}</div></div>
<div class="rel"><p>TIN LIÊN QUAN</p>{others}</div>"""


def _item(story: Story) -> str:
    return f"""<div class="it"><a href="{path(story)}"><img src="/i/{story.number}.jpg"></a>
<h3><a href="{path(story)}">{story.title}</a></h3><span>{_when(story)}</span><p>{story.lead}</p></div>"""


def portal() -> Portal:
    """Return the portal."""
    found = [replace(s, shows_date=n % 5 not in (1, 3)) for n, s in enumerate(stories(4))]
    made, newest = Portal("hashes", "dabac.example"), found[:4]
    items = "".join(map(_item, found[:7]))
    made.add("/", _page(items, 0, newest), "listing", links=tuple(map(path, found[:7])))
    for number, name in enumerate(CATEGORIES):
        pages = pages_of([s for s in found if s.category == number], 5)
        for page, part in enumerate(pages, 1):
            pager = (
                f'<a href="/list?cat={number}&amp;p={page + 1}">Trang sau »</a>'
                if page < len(pages)
                else ""
            )
            main = f'<h2>{name}</h2>{"".join(map(_item, part))}<div class="pg">{pager}</div>'
            address = f"/list?cat={number}" + (f"&p={page}" if page > 1 else "")
            made.add(
                address, _page(main, number + page, newest), "listing", links=tuple(map(path, part))
            )
    for number, story in enumerate(found):
        near = [s for s in found if s.category == story.category and s.number < story.number][:5]
        made.add(path(story), _page(_article(story, near), number, newest), "article", story=story)
    about = """<div class="post"><div class="name"><p>Giới thiệu</p></div><div class="txt">
<div>Huyện được thành lập sau khi tách ra từ huyện lớn hơn, có mười một xã và một thị trấn.</div>
<div>Nghề chính của nhân dân là trồng chè, nuôi ong và làm du lịch cộng đồng.</div></div></div>"""
    made.add("/gioithieu", _page(about, 5, newest), "other")
    return made
