"""What the property tests draw from: Vietnamese text, and the HTML that editors leave."""

import unicodedata

from hypothesis import strategies as st

WORDS = ["Chợ Đồn", "xã", "nhân dân", "phát triển", "năm 2021", "Nà Lẹng", "đường", "thôn", "ỷ lại"]
REMNANTS = [
    "Bài trướcChợ Đồn khai giảng", "Bài tiếp theo", "Lượt xem: 1.411", "Chia sẻ", "Facebook Zalo",
    "Xem thêm:", "Tin liên quan", "&nbsp;", "&amp;nbsp;", "&lt;b&gt;", "\u200b", "\u00a0", "\ufeff",
    "a\u0301", "\n", "\n\n", "  ", "\u2028", "\x0b", "e\u0323\u0302",
]  # fmt: skip

words = st.sampled_from(WORDS)
texts = st.lists(st.one_of(words, st.sampled_from(REMNANTS), st.text(max_size=6)), max_size=8).map(
    " ".join
)
"""Lines as they may come out of a page, in NFC, NFD or neither."""
any_form = st.tuples(texts, st.sampled_from(["NFC", "NFD"])).map(
    lambda drawn: unicodedata.normalize(drawn[1], drawn[0])
)

_OPENING = [
    "<p>", '<p style="text-align:center">', "<div>", "<b>", "<em>", '<a href="/tin/">', "<ul>",
    "<ol start=3>", "<li>", "<table>", "<tr>", "<td>", "<blockquote>", "<h1>", "<h3>", "<pre>",
    "<figure>", "<figcaption>", '<div class="wp-caption">', "<span hidden>", "<svg>", "<style>",
    "<script>", '<p onclick="x()">', '<a href="javascript:x()">', "<td colspan=2>", "<dl>", "<dt>",
]  # fmt: skip
_CLOSING = [
    "</p>", "</div>", "</b>", "</em>", "</a>", "</ul>", "</ol>", "</li>", "</table>", "</tr>",
    "</td>", "</blockquote>", "</h1>", "</h3>", "</pre>", "</figure>", "</figcaption>", "</span>",
    "</svg>", "</style>", "</script>", "</dl>", "</dt>",
]  # fmt: skip
_VOID = [
    "<br>", "<br><br>", "<hr>", '<img src="/a.jpg" alt="Ảnh">',
    '<img data-src="b.png" src="data:,">', '<img src=x onerror="x()">',
    '<iframe src="//v.vn/1"></iframe>', "<!-- ghi chú -->", "<",
    '<a href="/tep/qd.pdf">Quyết định</a>', "&", "\n\n",
    '<img class="emoji" alt="🌾" src="/e.svg">',
]  # fmt: skip

html = st.lists(
    st.one_of(st.sampled_from(_OPENING), st.sampled_from(_CLOSING), st.sampled_from(_VOID), texts),
    max_size=25,
).map("".join)
"""Fragments of HTML, well formed or not."""
