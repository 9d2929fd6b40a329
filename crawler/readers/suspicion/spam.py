"""Spam: what attackers put in the place of a portal's own text, to sell what may not be sold.

A page is judged by several signs that come together in spam and not in news: the *terms* of a
trade, the *calls* to buy that only its sellers write, brand names such as "xyz88", links that lead
off the site under such words, and how much of the text is laden with them. Words of those who
*report* (police, courts, schools, lawmakers) speak against it: an article on a raid is full of the
trade's terms, but invites nobody.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, pairwise

from crawler.text.fold import fold
from crawler.vocabulary import Trade
from crawler.vocabulary.sentences import StandIn

Term = str | tuple[str, str]
"""A word, or two that follow each other; in small letters, composed (NFC)."""


def _terms(listed: str) -> frozenset[Term]:
    parts = (term.split() for term in listed.split(","))
    return frozenset(words[0] if len(words) == 1 else (words[0], words[1]) for words in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The words by which the spam of a trade is known."""

    trade: Trade
    terms: frozenset[Term]
    calls: frozenset[Term]
    """What sellers say to buyers. Only beside terms do these mean anything."""
    foreign: tuple[str, ...] = ()
    """Terms in scripts that put no space between words."""


_GAMBLING = Lexicon(
    trade=Trade.GAMBLING,
    terms=_terms(
        "nhà cái, cá cược, cá độ, đặt cược, tiền cược, kèo nhà, soi kèo, lệ kèo, kèo chấp,"
        "tài xỉu, xóc đĩa, nổ hũ, quay hũ, săn hũ, bắn cá, đá gà, rồng hổ, game bài, đổi thưởng,"
        "lô đề, soi cầu, bạch thủ, dàn đề, xsmb, xsmn, xsmt, casino, casinos, baccarat, jackpot,"
        "slot game, slot gacor, slot online, situs slot, bandar slot, slot resmi, permainan slot,"
        "bermain slot, rtp slot, judi slot, judi online, gacor,"
        "maxwin, togel, bandar togel, agen judi, toto macau, online casino, online casinos,"
        "slot machines, free spins, deposit bonus, sportsbook, sportsbooks, betting odds,"
        "betting site, betting sites, real money, live dealer"
    ),
    calls=_terms(
        "uy tín, link vào, tải app, nạp đầu, nạp rút, khuyến mãi, khuyến mại, ưu đãi, hoàn trả,"
        "hội viên, tân thủ, bet thủ, cược thủ, giftcode, cskh, trải nghiệm, hấp dẫn, đẳng cấp,"
        "hàng đầu, anh em, đăng nhập, đăng ký, miễn phí, truy cập, daftar, link alternatif,"
        "bonus new, deposit pulsa, deposit qris, terpercaya, gampang menang, anti rungkad,"
        "prediksi togel, withdraw cepat, sign up, claim your, play now, no deposit, trusted"
    ),
    foreign=(
        "สล็อต", "บาคาร่า", "คาสิโน", "แทงบอล", "พนัน", "เครดิตฟรี", "เว็บตรง", "ฝากถอน",
        "博彩", "赌场", "賭場", "娱乐城", "娛樂城", "百家乐", "百家樂", "老虎机", "老虎機",
        "时时彩", "六合彩", "投注", "彩金", "棋牌", "彩票平台", "真人娱乐",
    ),
)  # fmt: skip
_LOANS = Lexicon(
    trade=Trade.LOANS,
    terms=_terms(
        "vay tiền, vay nóng, vay nhanh, vay online, app vay, duyệt vay, vay tín, payday loan,"
        "payday loans, installment loans, cash advance, credit check, bad credit"
    ),
    calls=_terms(
        "uy tín, chỉ cần, không thẩm, không gặp, không cần, nợ xấu, nhận tiền, gọi ngay,"
        "24 7, 5 phút, 15 phút, 30 phút, lãi suất, đăng ký, apply now, apply for, instant approval,"
        "guaranteed approval, same day"
    ),
)
_PHARMACY = Lexicon(
    trade=Trade.PHARMACY,
    terms=_terms(
        "viagra, cialis, levitra, kamagra, sildenafil, tadalafil, cường dương, kích dục,"
        "xuất tinh, online pharmacy, without prescription, no prescription"
    ),
    calls=_terms(
        "chính hãng, giá rẻ, mua ngay, đặt hàng, giảm giá, giao hàng, cam kết, kín đáo, zalo,"
        "buy, buy now, order, cheap, lowest price, discount, shipping, in stock"
    ),
)
_PORNOGRAPHY = Lexicon(
    trade=Trade.PORNOGRAPHY,
    terms=_terms(
        "phim sex, xem sex, clip sex, sex việt, sex học, sex hd, phim jav, phim heo, gái gọi,"
        "vlxx, xnxx, xvideos, pornhub, porn videos, sex videos, xxx videos, free porn,"
        "escort girls, escort service, escort agency, independent escorts, call girls, sex chat"
    ),
    calls=_terms(
        "không che, vietsub, full hd, tuyển chọn, tải nhanh, mới nhất, giá rẻ, mỗi ngày, hot,"
        "vip, outcall, contact the, every day, watch"
    ),
    foreign=("成人视频", "หนังโป๊", "หนังx", "無修正"),
)
_WARES = Lexicon(
    trade=Trade.WARES,
    terms=_terms(
        "essay writing, essay writers, buy essay, my essay, term paper, dissertation help,"
        "replica watches, replica watch, replica bags, vuitton outlet, cheap jerseys, nfl jerseys,"
        "jordans outlet, ray ban"
    ),
    calls=_terms(
        "order now, your order, place your, affordable prices, cheap, discount, free shipping,"
        "best price, writing service, outlet"
    ),
    foreign=("スーパーコピー", "激安", "通販", "送料無料", "正規品", "最安値"),
)
LEXICONS = (_GAMBLING, _LOANS, _PHARMACY, _PORNOGRAPHY, _WARES)

_REPORTS = _terms(
    "công an, cảnh sát, triệt phá, khởi tố, bắt giữ, bắt quả, tạm giữ, tạm giam, đối tượng, bị can,"
    "bị cáo, tang vật, xử phạt, xử lý, trái phép, hình sự, tệ nạn, thủ đoạn, điều tra, nghị định,"
    "tuyên truyền, vi phạm, cờ bạc, đánh bạc, nghiêm cấm, tín dụng, hộ nghèo, phòng tránh,"
    "cảnh giác, quảng cáo, cơ quan, lực lượng, người dân, địa bàn, chính quyền, phụ huynh,"
    "police, arrested, charged, prosecutors, senate, lawmakers, regulators, legislation, court,"
    "polisi, polda, tersangka, tangkap, menangkap, kominfo, memblokir, pemerintah"
)
_EVERY_TERM = frozenset(chain.from_iterable(lexicon.terms for lexicon in LEXICONS))
_EVERY_FOREIGN = re.compile("|".join(chain.from_iterable(lexicon.foreign for lexicon in LEXICONS)))
_OTHER_SCRIPT = re.compile("[\u0e01-\u0e5b\u3041-\u30ff\u4e00-\u9fff]")
_BRAND = re.compile(
    r"(?!covid|euro|world)[a-z]{1,8}(?:33|365|66|666|68|69|7{2,3}|78|789|79|8{2,3}|86|89|99)"
    r"|(?=[a-z]*\d)[a-z0-9]{1,6}(?:bet|win|club|clb|vip)\d{0,3}"
    r"|kubet|kuwin|sunwin|thabet|w88|sbobet|xoilac"
)
"""What bookmakers call themselves: letters and lucky numbers, or numbers and "bet"."""

_WORD = re.compile(r"[^\W_]+")
_GLANCE = 800
"""Characters in which a first term must stand: spam names what it sells at once."""
_MOST = 12_000
"""Characters of a text that are judged, in pieces of `_PIECE`."""
_PIECE = 200
_SPAM = 7
"""Points from which a page is spam."""


@dataclass(slots=True)
class _Words:
    """The words of a text, one by one and in pairs, and the terms of other scripts in it."""

    seen: frozenset[Term]
    foreign: frozenset[str]

    def terms_of(self, lexicon: Lexicon) -> set[str]:
        """Return the terms of a trade that are said, as they are written."""
        said = {_spelt(term) for term in lexicon.terms & self.seen}
        return said | (self.foreign & set(lexicon.foreign))

    @property
    def brands(self) -> set[str]:
        return {word for word in self.seen if isinstance(word, str) and _BRAND.fullmatch(word)}


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def _words(text: str) -> _Words:
    text = _composed(text)
    words = _WORD.findall(text)
    seen: frozenset[Term] = frozenset(chain(words, pairwise(words)))
    if text.isascii():  # Vietnamese without its marks, or another language that has none
        seen |= {_UNMARKED[term] for term in _UNMARKED.keys() & seen}
    foreign = _EVERY_FOREIGN.findall(text) if _OTHER_SCRIPT.search(text) else ()
    return _Words(seen, frozenset(foreign))


def _folded(term: Term) -> Term:
    return fold(term) if isinstance(term, str) else (fold(term[0]), fold(term[1]))


_UNMARKED = {
    _folded(term): term
    for lexicon in LEXICONS
    for term in lexicon.terms | lexicon.calls
    if _folded(term) != term
}


def _spelt(term: Term) -> str:
    return term if isinstance(term, str) else " ".join(term)


def advertised(
    title: str, text: str, links: Iterable[tuple[str, str]] = (), *, vietnamese: bool = True
) -> str | None:
    """Return what a page is spam for, in words ("gambling spam: nhà cái, nổ hũ"), else None.

    *title* and *text* are what would be archived; *links* the hosts that the text leads to off the
    site, each with the words of its link; *vietnamese* whether the page says that this is its
    language.
    """
    title = title[:_GLANCE]
    if not names_trade(f"{title}\n{text[:_GLANCE]}"):
        return None
    head = _words(title)
    pieces = [_words(text[at : at + _PIECE]) for at in range(0, min(len(text), _MOST), _PIECE)]
    links = list(links)
    found = ((_points(t, head, pieces, links, vietnamese), t) for t in LEXICONS)
    points, lexicon = max(found, key=lambda scored: scored[0])
    if points < _SPAM:
        return None
    said = sorted(head.terms_of(lexicon)) + sorted(
        set().union(*(p.terms_of(lexicon) for p in pieces))
    )
    words = ", ".join(list(dict.fromkeys(said))[:4])
    return StandIn.SPAM.of(trade=lexicon.trade, words=words)


def names_trade(text: str) -> bool:
    """Whether a text says any term at all: the quick test, at which nearly every page ends."""
    text = _composed(text[: 2 * _GLANCE])
    words = _WORD.findall(text)
    if text.isascii() and not _UNMARKED.keys().isdisjoint(chain(words, pairwise(words))):
        return True
    told = not _EVERY_TERM.isdisjoint(chain(words, pairwise(words)))
    return told or bool(_OTHER_SCRIPT.search(text) and _EVERY_FOREIGN.search(text))


def _points(
    lexicon: Lexicon,
    head: _Words,
    pieces: list[_Words],
    links: list[tuple[str, str]],
    vietnamese: bool,
) -> int:
    """Return how much speaks for spam; 0 where the text is mostly free of it, so still true."""
    whole = _Words(
        head.seen.union(*(piece.seen for piece in pieces)),
        head.foreign.union(*(piece.foreign for piece in pieces)),
    )
    terms, brands = (
        whole.terms_of(lexicon),
        _brands(head, pieces) if lexicon is _GAMBLING else set(),
    )
    laden = [bool(piece.terms_of(lexicon) or piece.brands & brands) for piece in pieces]
    share = sum(laden) / len(laden) if laden else 1.0
    titled = bool(head.terms_of(lexicon) or head.brands & brands)
    if len(terms) + bool(brands) < 2 or share < (0.3 if titled else 0.6):
        return 0
    points = min(len(terms), 4)
    points += min(len(lexicon.calls & whole.seen), 3)
    points += 3 * titled
    points += (2 if brands else 0) + (len(brands) > 2)
    points += 2 * any(_sells(lexicon, host, label) for host, label in links)
    points += 3 * (vietnamese and len(whole.foreign) > 1)  # a page that speaks another language
    return points - min(2 * len(_REPORTS & whole.seen), 8)


def _brands(head: _Words, pieces: list[_Words]) -> set[str]:
    """Return the names of bookmakers: of letters and numbers alone none is sure, so that it must
    stand in the title, in more than one piece of the text, or among several."""
    named = [name for piece in pieces for name in piece.brands]
    return head.brands | {name for name in named if named.count(name) > 1 or len(set(named)) > 2}


def _sells(lexicon: Lexicon, host: str, label: str) -> bool:
    words = _words(label)
    return bool(words.terms_of(lexicon) or words.brands or _words(host).brands)
