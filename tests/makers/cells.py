"""Tables within a form, as early ASP.NET; a clock above; files in rows; numbers in the address."""

from datetime import datetime, timedelta

from tests.makers import CATEGORIES, Portal, Story, pages_of, stories

NAME = "Trang thông tin điện tử huyện Khe Vàng"


def path(story: Story) -> str:
    return f"/Default.aspx?tabid={40 + story.category}&NewsViews={story.number}"


def _page(main: str, turn: int) -> str:
    now = datetime(2021, 5, 20, 9, 0) + timedelta(minutes=turn)
    menu = "".join(
        f'<td class="mnu"><a href="/Default.aspx?tabid={40 + n}">{name}</a></td>'
        for n, name in enumerate(CATEGORIES)
    )
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>{NAME}</title></head><body><form id="Form1"><table width="980"><tr><td colspan="3">
<img src="/banner.jpg"></td></tr><tr><td class="mnu"><a href="/">Trang chủ</a></td>{menu}
<td class="ngaygio">Thứ Năm, {now:%d/%m/%Y %H:%M}</td></tr></table>
<table width="980"><tr><td width="200" valign="top"><table><tr><td class="cottrai">Liên kết</td></tr>
<tr><td class="cottrai"><a href="http://tinh.example/">Cổng tỉnh</a></td></tr>
<tr><td class="cottrai">Lượt truy cập: {90417 + 13 * turn}</td></tr></table></td>
<td valign="top">{main}</td></tr></table>
<table width="980"><tr><td class="chan">Bản quyền thuộc Ủy ban nhân dân huyện Khe Vàng<br>
Địa chỉ: thị trấn Khe Vàng. Chịu trách nhiệm: Chánh Văn phòng. Giấy phép số 07 ngày 11/09/2010</td></tr>
</table></form></body></html>"""


def _article(story: Story, near: list[Story]) -> str:
    text = "".join(f'<p class="MsoNormal">{p}</p>' for p in story.paragraphs)
    picture = (
        f'<table align="center"><tr><td><img src="{story.picture}"></td></tr></table>'
        if story.picture
        else ""
    )
    file = (
        f'<tr><td><table class="bangtep"><tr><td>1</td><td><a href="{story.file}">Tải về văn bản</a></td>'
        "<td>212 KB</td></tr></table></td></tr>"
        if story.file
        else ""
    )
    others = "".join(
        f'<tr><td>- <a class="khac" href="{path(s).replace("&", "&amp;")}">{s.title}</a> ({s.date:%d/%m/%Y})</td></tr>'
        for s in near
    )
    return f"""<table width="100%"><tr><td class="tenmuc">{CATEGORIES[story.category].upper()}</td></tr>
<tr><td class="tieudetin">{story.title}</td></tr>
<tr><td class="ngaytin">Cập nhật: {story.date:%d/%m/%Y %H:%M}</td></tr>
<tr><td class="trich"><b>{story.lead}</b></td></tr>
<tr><td class="noidungtin">{picture}{text}</td></tr>{file}
<tr><td align="right"><a href="javascript:history.back()">Quay lại</a> | <a href="#">In bài viết</a></td></tr>
<tr><td><b>CÁC TIN KHÁC</b></td></tr>{others}</table>"""


def _row(story: Story) -> str:
    href = path(story).replace("&", "&amp;")
    return f"""<tr><td width="120"><img src="/nho/{story.number}.jpg"></td>
<td><a class="tdlist" href="{href}">{story.title}</a><br>{story.lead}</td>
<td class="cotngay">{story.date:%d/%m/%Y}</td></tr>"""


def portal() -> Portal:
    """Return the portal."""
    made, found = Portal("cells", "khevang.example"), stories(2)
    newest = f"<table>{''.join(map(_row, found[:6]))}</table>"
    made.add("/", _page(newest, 0), "listing", links=tuple(map(path, found[:6])))
    for number, name in enumerate(CATEGORIES):
        mine = [s for s in found if s.category == number]
        pages = pages_of(mine, 6)
        for page, part in enumerate(pages, 1):
            address = f"/Default.aspx?tabid={40 + number}" + (
                f"&PageIndex={page}" if page > 1 else ""
            )
            on = f"/Default.aspx?tabid={40 + number}&amp;PageIndex={page + 1}"
            pager = f'<a href="{on}">Trang sau</a>' if page < len(pages) else ""
            rows = "".join(map(_row, part))
            main = f'<table><tr><td colspan="3" class="tenmuc">{name.upper()}</td></tr>{rows}</table>{pager}'
            made.add(
                address, _page(main, 3 * number + page), "listing", links=tuple(map(path, part))
            )
    for number, story in enumerate(found):
        near = [s for s in found if s.category == story.category and s.number < story.number][:5]
        made.add(path(story), _page(_article(story, near), 20 + number), "article", story=story)
    return made
