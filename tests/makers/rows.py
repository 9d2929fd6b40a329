"""Hardly any names: fonts, breaks, rows of bare links with a date behind; numbers as addresses."""

from dataclasses import replace

from tests.makers import CATEGORIES, Portal, Story, pages_of, stories

NAME = "UBND huyện Bãi Lau"


def path(story: Story) -> str:
    return f"/xem.php?id={story.number}"


def _page(main: str, turn: int) -> str:
    menu = " | ".join(f'<a href="/muc.php?m={n}">{name}</a>' for n, name in enumerate(CATEGORIES))
    return f"""<html><head><meta charset="utf-8"><title>{NAME}</title></head><body bgcolor="#ffffff">
<center><font size="5" color="red">{NAME.upper()}</font><br>
<marquee>Chào mừng quý vị đến với trang tin của huyện. Hôm nay có {turn % 7 + 2} tin mới.</marquee></center>
<div id="tren"><a href="/">Trang nhất</a> | {menu} | <a href="/lienhe.php">Liên hệ</a></div>
<div id="giua">{main}</div>
<div id="duoi"><hr>Huyện Bãi Lau, điện thoại 02093 000 000, hộp thư bailau@tinh.example. Trang chạy tốt
nhất ở độ phân giải 1024x768.</div></body></html>"""


def _article(story: Story, near: list[Story]) -> str:
    text = "<br><br>".join(story.paragraphs)
    picture = (
        f'<p align="center"><img src="{story.picture}" width="400"></p>' if story.picture else ""
    )
    file = f'<br><a href="{story.file}">Tải tệp kèm theo</a>' if story.file else ""
    others = "".join(
        f'<li><a href="{path(s)}">{s.title}</a> <i>({s.date.day}/{s.date.month}/{s.date.year})</i></li>'
        for s in near
    )
    return f"""<font size="4"><b>{story.title}</b></font><br>
<i>Ngày đăng: {story.date.day}/{story.date.month}/{story.date.year}</i>
<div align="justify">{picture}{text}{file}</div>
<b>Các tin đã đưa:</b><ul>{others}</ul>"""


def _row(story: Story) -> str:
    when = story.date
    return f'<li><a href="{path(story)}">{story.title}</a> <i>({when.day}/{when.month}/{when.year})</i></li>'


def portal() -> Portal:
    """Return the portal."""
    made, found = Portal("rows", "bailau.example"), stories(3)
    found = [replace(s, lead="", label="Tải tệp kèm theo") for s in found]
    blocks, named = "", []
    for number, name in enumerate(CATEGORIES):
        part = [s for s in found if s.category == number][:4]
        named += map(path, part)
        blocks += f"<h3>{name}</h3><ul>{''.join(map(_row, part))}</ul>"
    made.add("/", _page(blocks, 0), "listing", links=tuple(named))
    for number, name in enumerate(CATEGORIES):
        pages = pages_of([s for s in found if s.category == number], 6)
        for page, part in enumerate(pages, 1):
            numbers = " ".join(
                f'<a href="/muc.php?m={number}&amp;trang={n}">[{n}]</a>'
                for n in range(1, len(pages) + 1)
            )
            main = f"<h3>{name}</h3><ul>{''.join(map(_row, part))}</ul>Trang: {numbers}"
            address = f"/muc.php?m={number}" + (f"&trang={page}" if page > 1 else "")
            made.add(address, _page(main, number + page), "listing", links=tuple(map(path, part)))
    for number, story in enumerate(found):
        near = [s for s in found if s.category == story.category and s.number < story.number][:3]
        made.add(path(story), _page(_article(story, near), number), "article", story=story)
    contact = "<p>Văn phòng Ủy ban nhân dân huyện làm việc từ thứ hai đến thứ sáu, buổi sáng từ 7 giờ 30.</p>"
    made.add("/lienhe.php", _page(f"<h3>Liên hệ</h3>{contact}", 4), "other")
    return made
