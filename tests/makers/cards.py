"""Cards in columns; the heading of every page is the portal's name; a banner that changes."""

from tests.makers import CATEGORIES, Portal, Story, pages_of, slug, stories

NAME = "Cổng thông tin điện tử huyện Mẫu Sơn"
SLOGANS = (
    "Chung sức xây dựng nông thôn mới vì cuộc sống của nhân dân",
    "Toàn dân tham gia bảo vệ rừng, bảo vệ nguồn nước",
    "Nhiệt liệt chào mừng ngày hội đại đoàn kết toàn dân tộc",
)
SECTIONS = [slug(name) for name in CATEGORIES]
STATIC = "/gioi-thieu/vi-tri-dia-ly"


def path(story: Story) -> str:
    return f"/{SECTIONS[story.category]}/{story.slug}-{1200000 + story.number}"


def _page(main: str, turn: int, hot: list[Story]) -> str:
    menu = "".join(
        f'<li class="nav-item"><a class="nav-link" href="/{s}">{n}</a></li>'
        for s, n in zip(SECTIONS, CATEGORIES, strict=True)
    )
    side = "".join(f'<li><a href="{path(s)}">{s.title}</a></li>' for s in hot)
    return f"""<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{NAME}</title></head>
<body><header><h1 class="site-name"><a href="/">{NAME}</a></h1>
<div class="slide"><p>{SLOGANS[turn % 3]}</p></div>
<ul class="navbar"><li class="nav-item"><a href="/">Trang chủ</a></li>{menu}
<li class="nav-item"><a href="{STATIC}">Vị trí địa lý</a></li></ul></header>
<div class="row"><div class="col-8">{main}</div>
<div class="col-4"><div class="box-hot"><h3>Đọc nhiều</h3><ul>{side}</ul></div>
<div class="box-weather"><p>Nhiệt độ hôm nay {18 + turn % 9} độ, trời có mây, gió nhẹ.</p></div></div></div>
<footer><p>Cơ quan chủ quản: Ủy ban nhân dân huyện Mẫu Sơn. Giấy phép số 12/GP-TTĐT ngày 03/02/2012.</p>
<p>Ghi rõ nguồn khi sử dụng lại thông tin từ cổng này.</p></footer></body></html>"""


def _article(story: Story, near: list[Story]) -> str:
    text = "".join(f"<p>{p}</p>" for p in story.paragraphs)
    picture = (
        f'<figure><img src="{story.picture}"><figcaption>Bà con tại buổi lễ</figcaption></figure>'
        if story.picture
        else ""
    )
    file = (
        f'<div class="dinh-kem"><i>Tệp đính kèm:</i> <a href="{story.file}">van-ban.pdf</a></div>'
        if story.file
        else ""
    )
    others = "".join(f'<li><a href="{path(s)}">{s.title}</a></li>' for s in near)
    return f"""<div class="duong-dan"><a href="/">Trang chủ</a> / <a href="/{SECTIONS[story.category]}">
{CATEGORIES[story.category]}</a></div>
<div class="tin-chi-tiet"><h2 class="ten-tin">{story.title}</h2>
<span class="thoi-gian">{story.date:%H:%M %d/%m/%Y}</span>
<div class="tom-tat">{story.lead}</div>
<div class="noi-dung-tin">{picture}{text}</div>{file}
<div class="nut"><a href="#">In trang</a> <a href="#">Chia sẻ</a> Cỡ chữ: A- A+</div></div>
<div class="tin-cung-muc"><h4>Tin cùng chuyên mục</h4><ul>{others}</ul></div>"""


def _card(story: Story) -> str:
    return f"""<div class="card"><a class="anh" href="{path(story)}"><img src="/hinh/nho/{story.number}.jpg"></a>
<div class="card-body"><a class="ten" href="{path(story)}">{story.title}</a>
<small>{story.date:%d/%m/%Y}</small><p>{story.lead[:60]}...</p></div></div>"""


def portal() -> Portal:
    """Return the portal."""
    made, found = Portal("cards", "mauson.example"), stories(1)
    hot = found[3:6]
    cards = "".join(map(_card, found[:8]))
    paths = tuple(path(s) for s in found[:8])
    made.add("/", _page(f'<div class="moi">{cards}</div>', 0, hot), "listing", links=paths)
    for number, section in enumerate(SECTIONS):
        mine = [s for s in found if s.category == number]
        pages = pages_of(mine, 5)
        for page, part in enumerate(pages, 1):
            pager = "".join(
                f'<a class="page-link" href="/{section}?page={n}">{n}</a>'
                for n in range(1, len(pages) + 1)
            )
            main = f'<h2 class="ten-muc">{CATEGORIES[number]}</h2>{"".join(map(_card, part))}<nav>{pager}</nav>'
            made.add(
                f"/{section}" + (f"?page={page}" if page > 1 else ""),
                _page(main, number + page, hot), "listing", links=tuple(map(path, part)),
            )  # fmt: skip
    for number, story in enumerate(found):
        near = [s for s in found if s.category == story.category and s is not story][:4]
        made.add(path(story), _page(_article(story, near), number, hot), "article", story=story)
    static = """<div class="tin-chi-tiet"><h2 class="ten-tin">Vị trí địa lý</h2><div class="noi-dung-tin">
<p>Huyện nằm ở phía đông của tỉnh, ba mặt là núi, một mặt giáp sông.</p>
<p>Diện tích tự nhiên hơn bốn trăm ki-lô-mét vuông, chia thành mười lăm xã.</p></div></div>"""
    made.add(STATIC, _page(static, 2, hot), "other")
    return made
