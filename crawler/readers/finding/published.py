"""When a page says that its article was published, with the evidence for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import chain, islice

from selectolax.lexbor import LexborNode

from crawler.readers.finding.clocks import Clocks
from crawler.readers.finding.headline import (
    Line,
    Surroundings,
    is_named_by,
    is_named_elsewhere,
    is_unseen,
    name_of,
    names_of,
)
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read, value_of
from crawler.text.datelines import (
    Dateline,
    begins_with_label,
    is_of_another_moment,
    labelled_dates,
    read_dateline,
    read_short,
)
from crawler.text.dates import (
    VIET_NAM,
    Moment,
    has_year,
    is_of_web,
    moments_in_script,
    offset_near,
    parse_american,
    parse_date,
    parse_iso,
    parse_machine,
    parse_relative,
)
from crawler.vocabulary import Confidence


@dataclass(frozen=True, slots=True)
class Dating:
    """A date of publication, and how it was told."""

    moment: Moment
    raw: str
    """The text or attribute that it was read from."""
    confidence: Confidence
    may_be_clock: bool = False
    """Whether it may as well be the hour of a capture whose time is not known: it tells that the
    page is an article, but no day that could be believed."""


def published(
    document: Document,
    *selectors: str,
    around: Surroundings | None = None,
    local_as_utc: bool = False,
) -> Read[Dating] | None:
    """Return when the article was published, by the most trusted element that says so.

    *selectors* is where a family puts the date: elements with a ``datetime``, or whose text is a
    date; the best first. After them come the rules that hold anywhere: what is said for programs;
    a line beside the heading that *around* is about (found here if not given); what is
    named as a date elsewhere in the article, unless a label tells another day; what the head says
    of the page; a label anywhere; what is named as a date beside the article; what scripts hold;
    the address; and what may be a clock. *local_as_utc* says that the family's ``datetime``
    attributes may hold local time with a false offset of +00:00.

    What is said for programs goes before what is shown, except for the offset. Of some 150 real
    pages with both, three differ by more than a day, and people are shown the truth on one: on the
    others it is the date of a change or of another article.
    """
    search = _Search(document, around)
    rules = (
        search.selected(selectors, local_as_utc),
        search.said_for_programs(),
        search.in_times(),
        search.beside_heading(),
        search.told_by_scripts(),
        search.named(),
        search.said_of_page(),
        search.labelled(),
        search.in_margins(),
        search.held_by_scripts(),
        search.in_address(),
        search.doubted(),
    )
    return next(filter(search.is_possible, chain(*rules)), None)


def modified(
    document: Document, *selectors: str, around: Surroundings | None = None
) -> Read[Moment] | None:
    """Return when the page says that the article was last changed; as in `published`."""
    search = _Search(document, around)
    changes = chain(search.selected_changes(selectors), search.changes())
    return next((change for change in changes if is_of_web(change.value)), None)


_TIMES = (
    "time, abbr.published[title], .dt-published[datetime], [itemprop~=datePublished], "
    "[property$=datePublished]"
)
_MOST_TIMES = 60
_OF_SOMETHING_ELSE = re.compile(
    r"updat|modified|duration|comment|event|expire|ban-?hanh|hieu-?luc|het-?han|su-?kien",
    re.IGNORECASE,
)
_OF_THIS = re.compile(r"publish|entry-date", re.IGNORECASE)
_STAMPS = ("datetime", "content", "title")
"""Attributes that hold a date for programs."""
_DATED = re.compile(
    r"date|time|publish|posted|info|meta|byline|author|ngay|thoi-?gian|created|dang-?luc",
    re.IGNORECASE,
)
"""Names of elements in which a date is likely that of the article."""
_NAMES_OF_DATES = ("date", "publish", "posted", "ngay", "thoigian", "thoi-gian")
_NAMED = ", ".join(f"[class*={name} i]" for name in _NAMES_OF_DATES)
_ICONS = "i[class*=calendar], i[class*=clock], span[class*=calendar], svg[class*=calendar]"
"""Pictures that stand before a date, which has no name of its own."""
_LONGEST_LINE, _LONGEST_LABEL, _LONGEST_TEXT, _LONGEST_STAMP = 200, 30, 1000, 80
_MOST_WORDS = {"labelled": 20, "named": 12, "bare": 4}
"""Words that a dateline may hold beside the date: an author, a category, a counter."""
_MOST_TEXT = 300_000
"""Characters in which a label is looked for."""
_IN_ADDRESS = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)"
    r"(?:(?P<sep>[/-])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d)"
    r"|(?P<mm>\d\d)(?P<dd>\d\d)(?:\d{6,9})?(?!\d))"
)
_TOOLTIPS = (
    "title", "datetime", "data-time", "data-date", "data-datetime", "data-timestamp", "data-utime",
    "data-livestamp", "data-published", "data-original-title", "data-tooltip",
)  # fmt: skip
"""Attributes in which a date stands that is shown as "6 năm trước", or by a script."""
_TOLD_LATER = "script:not([src]):not([type*=json]), abbr[title], " + ", ".join(
    f"[class*={named} i]" for named in ("time", "date", "ago", "ngay", "publish", "moment")
)
"""What may hold a date in one of these, or write it."""
_HELD = re.compile(
    r"""[DPFdpf](?<!\w.)"""  # first a letter of a set, for which alone a text is run through in C
    r"""(?i:(?<=d)ate_?published|(?<=p)ublished(?:_?(?:at|date|time|on))?"""
    r"""|(?<=p)ublish_?(?:date|time)|(?<=p)ublication_?(?:date|time)|(?<=p)ub_?date"""
    r"""|(?<=d)isplay_?date|(?<=f)irst_?published(?:_?(?:at|date))?)\\?["']?"""
    r"""\s*:\s*(?:\\?["']([\w.:+/ -]{8,40})\\?["']|(\d{10}(?:\d{3})?)\b)"""
)
"""What a script keeps as the date of publication: ``"publishDate": "2021-06-14T08:30:00"``."""
_MOST_SCRIPT = 2**20
"""Characters of scripts in which that is looked for."""
_FOR_PEOPLE = re.compile(r"[\d\s:./-]+")
"""A date that a string for programs and a line for people may both be: "2021-06-14 08:30:00"."""
_HALF = re.compile(r"\d\s*[ap]\.?m\b", re.IGNORECASE)
_CHRONICLE = 3
"""Days that times in one place tell, where they are those of a story, not of an article."""
_A_DAY = timedelta(days=1)
_COUNTED = re.compile(r"comment|view|eye|count|luot|like|heart|binh-?luan", re.IGNORECASE)
"""Names of numbers, and of pictures before them, that count what readers did."""
_ROUNDED = timedelta(seconds=59)
"""What a time that is shown to the minute may leave out."""


class _Search:
    """The rules, each of which yields what it sees, the best first."""

    def __init__(self, document: Document, around: Surroundings | None) -> None:
        self.document = document
        self.around = around or Surroundings(document)
        self.clocks = Clocks(self.around, document.at)

    @cached_property
    def american(self) -> bool:
        """Whether 05/06/2021 may be the sixth of May here: in English, and not in Viet Nam."""
        host = self.document.url.partition("://")[2].partition("/")[0]
        language = (value_of(self.document.language) or "").lower()
        return language.startswith("en") and not host.endswith(".vn")

    def is_possible(self, dating: Read[Dating]) -> bool:
        """Whether there was the Web on that day, and the page was received after it had begun, as
        far as is known."""
        moment, at = dating.value.moment, self.document.at
        return is_of_web(moment) and (at is None or _day(moment) <= (at + _A_DAY).date())

    def selected(self, selectors: tuple[str, ...], local_as_utc: bool) -> Iterator[Read[Dating]]:
        for selector in selectors:
            node = self.document.css_first(selector)
            if node is None:
                continue
            if is_unseen(node):  # a copy, or what stands for none
                shown = (n for n in self.document.css(selector)[:_MOST_TIMES] if not is_unseen(n))
                node = next(shown, node)
            for name, raw in _stamps(node):
                if moment := self._for_programs(raw):
                    moment, note = self._true(moment, raw) if local_as_utc else (moment, "")
                    yield _dating(moment, raw, f"{selector}{note} [{name}]", Confidence.HIGH)
            yield from self._of_text(node.text(), selector)

    def _of_text(self, raw: str, rule: str) -> Iterator[Read[Dating]]:
        """Yield what an element says that is known to hold the date."""
        text = " ".join(raw[:_LONGEST_TEXT].split())
        at = self.document.at
        if moment := parse_machine(text):
            yield _dating(moment, text, rule, Confidence.HIGH)
        elif (dateline := read_dateline(text, self.american)) and dateline.published:
            yield _dating(dateline.published, text, rule, _sureness(dateline))
        elif moment := self._short(text):
            yield _dating(moment, text, rule, Confidence.LOW)
        elif at and (moment := parse_relative(text, at)):
            yield _dating(moment, text, f"{rule}, at the time of capture", Confidence.LOW)

    def said_for_programs(self) -> Iterator[Read[Dating]]:
        """Yield what is said for programs; if that is contradictory, first what is not, to the
        second, told as that of a change, too, and of that what is shown, but not as such."""
        told = [
            _dating(moment, said.value, said.by, Confidence.HIGH)
            for said in self.document.structured.claims("published")
            if (moment := self._for_programs(said.value))
        ]
        told = [dating for dating in told if is_of_web(dating.value.moment)]
        if len({_day(dating.value.moment) for dating in told}) > 1:
            shown = {_day(dating.value.moment) for dating in self._shown()} - self._days_of_change
            told.sort(key=lambda dating: _day(dating.value.moment) not in shown)
            told.sort(key=lambda dating: dating.value.moment in self._moments_of_change)
        for dating in told:
            moment, note = self._localised(dating.value.moment)
            yield Read(replace(dating.value, moment=moment), f"{dating.by}{note}")

    @cached_property
    def _moments_of_change(self) -> frozenset[Moment]:
        """The moments, not days, that the page tells programs as those of a change."""
        said = self.document.structured.claims("modified")
        told = (self._for_programs(change.value) for change in said)
        return frozenset(moment for moment in told if isinstance(moment, datetime))

    @cached_property
    def _days_of_change(self) -> frozenset[date]:
        """The days of times that the page shows as those of a change: "Updated <time>"."""
        lines = (_line_of(node.parent) for node in self._times if node.parent is not None)
        read = (read_dateline(line, self.american) for line in lines if len(line) <= _LONGEST_LINE)
        return frozenset(
            _day(line.modified) for line in read if line and line.modified and not line.published
        )

    def _shown(self) -> Iterator[Read[Dating]]:
        return chain(self.in_times(), self.beside_heading())

    def in_times(self) -> Iterator[Read[Dating]]:
        """Yield what the elements that are for times say."""
        for node in self._times:
            if _is_of_something_else(node):
                continue
            if _is_of_publication(node) or not self.clocks.are_like(node, _line_of(node)):
                yield from self._of_time(node)

    def _of_time(self, node: LexborNode) -> Iterator[Read[Dating]]:
        """Yield what one element that is for a time says: its attributes, its text."""
        rule = name_of(node)
        for name, raw in _stamps(node):
            if moment := self._for_programs(raw):
                yield _dating(moment, raw, f"{rule} [{name}]", Confidence.HIGH)
        yield from self._of_text(node.text(), rule)

    @cached_property
    def _times(self) -> list[LexborNode]:
        """Those that are shown first, the nearest to the heading first."""
        own = [node for node in self._all_times if node.mem_id not in self._chronicle]
        return sorted(own, key=is_unseen)

    @cached_property
    def _all_times(self) -> list[LexborNode]:
        return self.around.nearest(self.document.css(_TIMES)[:_MOST_TIMES])

    @cached_property
    def _chronicle(self) -> frozenset[int]:
        """The times that are those of a story: the nearest tell several days, and none of them says
        that it is that of publication."""
        nearest = self.around.innermost(self._all_times)
        nearest = [node for node in nearest if not _is_of_something_else(node)]
        if len(nearest) < _CHRONICLE or any(map(_is_of_publication, nearest)):
            return frozenset()
        told = filter(None, (next(self._of_time(node), None) for node in nearest))
        if len({_day(dating.value.moment) for dating in told}) < _CHRONICLE:
            return frozenset()
        return frozenset(node.mem_id for node in self._all_times)

    def told_by_scripts(self) -> Iterator[Read[Dating]]:
        """Yield what scripts near the heading write as a date, or say behind "6 năm trước"."""
        nodes = (node for node in self.document.css(_TOLD_LATER) if _may_tell_later(node))
        for node in self.around.nearest(islice(nodes, _MOST_TIMES)):
            rule = name_of(node)
            if _OF_SOMETHING_ELSE.search(names_of(node)):
                continue
            if node.tag == "script":
                text = node.text()
                for moment, raw in moments_in_script(text if len(text) <= _LONGEST_TEXT else ""):
                    yield _dating(moment, raw, rule, Confidence.MEDIUM)
                continue
            attributes = node.attributes
            for name in _TOOLTIPS:
                written = attributes.get(name) or ""
                if written and (told := self._for_programs(written)):
                    yield _dating(told, written, f"{rule} [{name}]", Confidence.MEDIUM)

    def _for_programs(self, raw: str) -> Moment | None:
        """Return what an attribute or a string for programs says.

        Where its month may come first, what is shown decides: "8/7/2019" beside "07/08/2019" is
        the seventh of August. Without that the day comes first, if it can; but not where the time
        has AM or PM, as only systems that are set to English print it.
        """
        if (moment := parse_machine(raw)) or len(raw) > _LONGEST_STAMP:
            return moment
        usual, other = parse_date(raw, self.american), parse_american(raw)
        if other is None or usual == other:
            return usual
        if usual is None:
            return None if self.american else other
        shown = self._days_shown
        if _day(usual) not in shown and (_day(other) in shown or self.american):
            return other
        return None if _HALF.search(raw) and _day(usual) not in shown else usual

    @cached_property
    def _days_shown(self) -> frozenset[date]:
        """The days that people are shown beside the heading, or where a time stands."""
        lines = (dating.value.moment for dating in self.beside_heading())
        times = (parse_date(node.text()[:_LONGEST_TEXT], self.american) for node in self._times)
        return frozenset(_day(moment) for moment in chain(lines, times) if moment)

    def beside_heading(self) -> Iterator[Read[Dating]]:
        label = ""
        for line in self.around.lines_after:
            yield from self._of_line(line, label, "line below the title")
            label = line.text if len(line.text) <= _LONGEST_LABEL else ""
        for line in self.around.lines_before:
            for dating in self._of_line(line, "", "line above the title"):
                if dating.value.confidence == Confidence.HIGH:
                    yield dating
                elif not self.clocks.tell(dating.value.moment, line.node, line.text):
                    yield _doubted(dating) if self.clocks.may_be(line.node) else dating

    def doubted(self) -> Iterator[Read[Dating]]:
        """Yield the lines above the title that tell an hour, which may be that of the capture."""
        for line in self.around.lines_before:
            for dating in self._of_line(line, "", "line above the title"):
                moment = dating.value.moment
                if self.clocks.may_tell_hour(moment, line.node) and not self.clocks.are_like(
                    line.node, line.text
                ):
                    doubtful = _doubted(dating)
                    yield replace(doubtful, value=replace(doubtful.value, may_be_clock=True))

    def _of_line(self, line: Line, label: str, where: str) -> Iterator[Read[Dating]]:
        if not _is_short(line) or _is_of_something_else(line.node):
            return
        if line.node.mem_id in self._chronicle:
            return
        dateline = read_dateline(line.text, self.american)
        if dateline and label and not dateline.labelled:
            behind = read_dateline(f"{label} {line.text}", self.american)
            if behind and (behind.labelled or not behind.published):
                dateline = behind  # else it is no label, but a name
        if not dateline and (moment := self._of_short(line)):
            if not self.around.is_of_another(line.node):
                rule = f"{where}, {name_of(line.node)}"
                yield _dating(moment, line.text, rule, Confidence.LOW)
            return
        if not dateline and (counted := self._counted_back(line, label)):
            yield _dating(
                counted,
                line.text,
                f"{where}, {name_of(line.node)}, at the time of capture",
                Confidence.LOW,
            )
        if not dateline or not dateline.published or not _is_dateline(dateline, line.node):
            return
        if not self.around.is_of_another(line.node):
            rule = f"{where}, {name_of(line.node)}"
            yield _dating(dateline.published, line.text, rule, _sureness(dateline))

    def _short(self, text: str) -> Moment | None:
        """Return the moment of a line that is a date whose year has two digits, or whose parts
        stand apart: day, month, year, as all write it but those who may put the month first."""
        return None if self.american else read_short(text)

    def _of_short(self, line: Line) -> Moment | None:
        """Return the moment of a line as `_short`, or of one that tells a month and its year in a
        small part of the page that tells a day, too, as themes set them in two blocks: a number
        elsewhere, or one that is named as a counter, is no day."""
        if moment := self._short(line.text):
            return None if _is_counted(line.node, line.text) else moment
        block = self.around.block_of(line) if has_year(line.text) else None
        return self._short(_line_of(block)) if block and not _counts(block) else None

    def _counted_back(self, line: Line, label: str) -> Moment | None:
        """Return the moment of a line that tells how long ago it was, and is named as a date; but
        not of one that says, itself or in a label before it, that it is another moment."""
        at = self.document.at
        if at is None or len(line.text) > _LONGEST_LABEL or not _is_named_for_it(line.node):
            return None
        if is_of_another_moment(f"{label} {line.text}") or self.around.is_of_another(line.node):
            return None
        return parse_relative(line.text, at)

    def named(self) -> Iterator[Read[Dating]]:
        """Yield the only day that elements tell that are named as a date, or stand beside a picture
        of a calendar: at the foot of the article, or beside it; unless a label tells another day,
        or nearer to the heading they only tell of a change."""
        own = self.around.nearest(self._named)
        found = list(chain.from_iterable(map(self._of_named, own)))
        if len({_day(dating.value.moment) for dating in found}) != 1:
            return
        best = max(found, key=lambda dating: isinstance(dating.value.moment, datetime))
        if best.value.confidence != Confidence.HIGH:
            labelled = {_day(dating.value.moment) for dating in self._labelled}
            if self._tells_only_change(own) or labelled - {_day(best.value.moment)}:
                return
        yield best

    @cached_property
    def _named(self) -> list[LexborNode]:
        if not self.document.has_class_like(*_NAMES_OF_DATES, "calendar", "clock"):
            return []
        icons = (icon.parent for icon in self.document.css(_ICONS)[:_MOST_TIMES])
        nodes = [*self.document.css(_NAMED)[:_MOST_TIMES], *filter(None, icons)]
        return [node for node in nodes if not is_named_elsewhere(node)]

    def _tells_only_change(self, nodes: list[LexborNode]) -> bool:
        """Whether the nearest of some elements say when the article was changed, and nothing else:
        then what stands farther away is of another one."""
        lines = [_line_of(node) for node in self.around.innermost(nodes)]
        told = filter(None, (read_dateline(line, self.american) for line in lines))
        return any(dateline.modified and not dateline.published for dateline in told)

    def in_margins(self) -> Iterator[Read[Dating]]:
        """Yield the only day that elements tell, which are for a time or named as a date, and stand
        in what is named as a part of the page around the article; but not the day on which the
        article was changed, nor a time that nothing names as one of an article."""
        times = self.document.css(_TIMES)[:_MOST_TIMES]
        times = [node for node in times if _is_named_for_it(node)]
        nodes = [node for node in (*times, *self._named) if not _is_of_something_else(node)]
        own = self.around.in_margins(node for node in nodes if not is_unseen(node))
        found = [
            replace(dating, value=replace(dating.value, confidence=Confidence.LOW))
            for node in own
            for dating in (self._of_time(node) if node.tag == "time" else self._of_named(node))
            if not self.clocks.tell(dating.value.moment, node, _line_of(node))
        ]
        changed = {_day(change.value) for change in self.changes()}
        if len(days := {_day(dating.value.moment) for dating in found}) == 1 and not days & changed:
            yield max(found, key=lambda dating: isinstance(dating.value.moment, datetime))

    def _of_named(self, node: LexborNode) -> Iterator[Read[Dating]]:
        text = _line_of(node)
        if len(text) > _LONGEST_LINE or _is_of_something_else(node):
            return
        if parse_machine(text) and not _FOR_PEOPLE.fullmatch(text):
            return  # what nobody is shown in that form is there for a script
        dateline = read_dateline(text, self.american)
        if dateline and dateline.published and dateline.words <= _MOST_WORDS["named"]:
            if dateline.labelled or not self.clocks.tell(dateline.published, node, text):
                yield _dating(dateline.published, text, name_of(node), _sureness(dateline))
        elif (
            (moment := self._short(text))
            and not _is_counted(node, text)
            and (begins_with_label(text) or not self.clocks.tell(moment, node, text))
        ):
            yield _dating(moment, text, name_of(node), Confidence.LOW)

    def said_of_page(self) -> Iterator[Read[Dating]]:
        """Yield the date that the head gives the page, of whatever it is."""
        for said in self.document.structured.claims("dated"):
            if moment := self._for_programs(said.value):
                yield _dating(moment, said.value, said.by, Confidence.MEDIUM)

    def held_by_scripts(self) -> Iterator[Read[Dating]]:
        """Yield the only day that the page's scripts keep as one of publication."""
        scripts = (node.text() for node in self.document.css("script:not([src])")[:_MOST_TIMES])
        text = "\n".join(scripts)[:_MOST_SCRIPT]
        if "pub" not in text.lower():
            return
        raws = chain.from_iterable(_HELD.findall(text))
        found = {moment: raw for raw in raws if raw and (moment := self._for_programs(raw))}
        if len(set(map(_day, found))) == 1:
            moment, raw = max(found.items(), key=lambda item: isinstance(item[0], datetime))
            yield _dating(moment, raw, "script", Confidence.LOW)

    def labelled(self) -> Iterator[Read[Dating]]:
        """Yield the only day of the page that stands directly behind a label, wherever that is."""
        yield from self._labelled

    @cached_property
    def _labelled(self) -> tuple[Read[Dating], ...]:
        body = self.document.tree.body
        found = labelled_dates(body.text(separator=" ")[:_MOST_TEXT], self.american) if body else {}
        if len(set(map(_day, found))) != 1:
            return ()
        moment, raw = max(found.items(), key=lambda item: isinstance(item[0], datetime))
        return (_dating(moment, raw, "label", Confidence.MEDIUM),)

    def in_address(self) -> Iterator[Read[Dating]]:
        for found in _IN_ADDRESS.finditer(self.document.url):
            month, day = found["month"] or found["mm"], found["day"] or found["dd"]
            if moment := parse_iso(f"{found['year']}-{month:0>2}-{day:0>2}"):
                yield _dating(moment, found[0], "address", Confidence.LOW)

    def selected_changes(self, selectors: tuple[str, ...]) -> Iterator[Read[Moment]]:
        for selector in selectors:
            node = self.document.css_first(selector)
            if node is None:
                continue
            raws, text = [raw for _, raw in _stamps(node)], node.text()[:_LONGEST_TEXT]
            moments = (parse_machine(raw) for raw in (*raws, text))
            if moment := next(filter(None, moments), None) or parse_date(text):
                yield Read(moment, selector)

    def changes(self) -> Iterator[Read[Moment]]:
        for said in self.document.structured.claims("modified"):
            if moment := self._for_programs(said.value):
                yield Read(moment, said.by)
        around = self.around
        for where, lines in ("below", around.lines_after), ("above", around.lines_before):
            for line in filter(_is_short, lines):
                dateline = read_dateline(line.text, self.american)
                if not dateline or not dateline.modified:
                    continue
                if where == "below" or around.is_beside(line.node):
                    rule = f"line {where} the title, {name_of(line.node)}"
                    yield Read(dateline.modified, rule)

    def _localised(self, moment: Moment) -> tuple[Moment, str]:
        """Give a moment told in UTC the offset by which the page shows it to people, if it does."""
        if not isinstance(moment, datetime) or moment.utcoffset() != timedelta(0):
            return moment, ""
        for shown in self._shown():
            local = shown.value.moment
            if isinstance(local, datetime):
                ahead = local.replace(tzinfo=UTC) - moment
                if offset := offset_near(ahead, within=_ROUNDED):
                    return moment.astimezone(offset), f", offset of {shown.by}"
            elif local == moment.astimezone(VIET_NAM).date() != moment.date():
                return moment.astimezone(VIET_NAM), f", day of {shown.by}"
        return moment, ""

    def _true(self, moment: Moment, raw: str) -> tuple[Moment, str]:
        """Undo what Newspaper up to 10.2 does: it prints local time and calls it UTC.

        The head, which other code writes, may tell the same moment truly: its distance is the
        offset. Without it the offset is Viet Nam's.
        """
        if not isinstance(moment, datetime) or not raw.strip().endswith("+00:00"):
            return moment, ""
        head = parse_iso(self.document.meta("article:published_time") or "")
        ahead = moment - head if isinstance(head, datetime) else VIET_NAM.utcoffset(None)
        if ahead == timedelta(0):
            return moment, ""
        return moment.replace(tzinfo=offset_near(ahead) or VIET_NAM), " (local time called UTC)"


def _may_tell_later(node: LexborNode) -> bool:
    """Whether an element of `_TOLD_LATER` is a script of the page's own, or has a tooltip."""
    attributes = node.attributes
    is_own_script = node.tag == "script" and "src" not in attributes
    if is_own_script and "json" not in (attributes.get("type") or "").lower():
        return True
    return not attributes.keys().isdisjoint(_TOOLTIPS)


def _dating(moment: Moment, raw: str, rule: str, confidence: Confidence) -> Read[Dating]:
    return Read(Dating(moment, raw, confidence), rule)


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _doubted(dating: Read[Dating]) -> Read[Dating]:
    """Return a dating with what is not known of it: whether it is that of the capture."""
    unsure = replace(dating.value, confidence=Confidence.LOW)
    return Read(unsure, f"{dating.by}, unless it is the page's clock")


def _sureness(dateline: Dateline) -> Confidence:
    return Confidence.HIGH if dateline.labelled else Confidence.MEDIUM


def _is_of_something_else(node: LexborNode) -> bool:
    """Whether an element is named for another moment than that of publication."""
    named = f"{names_of(node)} {node.attributes.get('itemprop')}"
    return _OF_SOMETHING_ELSE.search(named) is not None and _OF_THIS.search(named) is None


def _is_of_publication(node: LexborNode) -> bool:
    """Whether an element is named for the moment of publication."""
    named = f"{names_of(node)} {node.attributes.get('itemprop')}"
    return _OF_THIS.search(named) is not None


def _is_named_for_it(node: LexborNode) -> bool:
    """Whether an element, or what holds it directly, is named for a date or an author."""
    return is_named_by(node, _DATED)


def _counts(block: LexborNode) -> bool:
    """Whether an element, or one in it, is named as a counter."""
    named = [block, *block.css("[class], [id]")[:_MOST_TIMES]]
    return any(_COUNTED.search(names_of(node)) for node in named)


def _is_counted(node: LexborNode, text: str) -> bool:
    """Whether what stands apart before a month and its year may be a number of something else."""
    return has_year(text) and _counts(node)


def _line_of(node: LexborNode) -> str:
    """Return what an element says, on one line."""
    return " ".join(node.text(separator=" ").split())


def _is_short(line: Line) -> bool:
    return len(line.text) <= _LONGEST_LINE


def _stamps(node: LexborNode) -> list[tuple[str, str]]:
    attributes = node.attributes
    return [(name, raw) for name in _STAMPS if (raw := attributes.get(name))]


def _is_dateline(dateline: Dateline, node: LexborNode) -> bool:
    """Whether a line near the title is a dateline, not a sentence with a date in it."""
    named = _is_named_for_it(node)
    kind = "labelled" if dateline.labelled else "named" if named else "bare"
    return dateline.words <= _MOST_WORDS[kind]
