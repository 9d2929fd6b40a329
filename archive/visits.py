"""What came of each request, judged and stored."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from archive.connection import Row
from archive.tables import Tables
from archive.tables.articles import (
    columns_of,
    is_beginning,
    is_told_by_lists,
    says,
    text_sha256,
)
from archive.tables.media import PicturePage
from archive.tables.runs import Traffic
from archive.tables.takeovers import may_be_another_s
from archive.times import utc
from archive.transactions import Transactions
from crawler.cadence import recheck_after
from crawler.page import AboutPicture, Article, Imprint, Page
from crawler.text.addresses import urlkey
from crawler.text.dates import VIET_NAM, Moment, is_of_web, parse_iso
from crawler.text.places import elsewhere, place_of
from crawler.text.wording import are_two_articles
from crawler.visit import Origin, Visit
from crawler.vocabulary import (
    Discovery,
    Flag,
    Outcome,
    PageKind,
    ProblemKind,
    ReadFrom,
    Reason,
    Recheck,
    State,
)
from crawler.vocabulary.sentences import Notice

_SHRUNK = 0.1  # of its words: what is left is no article any more
_FEWEST_WORDS = 50  # a short notice may well become a shorter one
_COUNTED = frozenset(Outcome) - {Outcome.OTHER}
_NO_ARTICLE = (State.NOT_ARTICLE, State.GONE)
_NOT_MODIFIED = 304
_LED: dict[str, Reason] = {
    PageKind.LISTING: Reason.LEADS_TO_LIST,
    PageKind.LOGIN: Reason.LEADS_TO_LOGIN,
}
"""What is said of an article that leads to a page of another kind; of others that it is none."""
_AGAIN_AFTER = timedelta(days=1), timedelta(days=30)
"""When it is asked again for what is refused, or reads as no article though a list names it: after
as long as its address has been known, but no sooner and no later than so."""
_LED_ASTRAY_TO_BE_GONE = 2  # crawls in which it leads to a page that is none


class Visits:
    """Writes visits into ledger, articles and captures.

    Every request ends as exactly one visit, and every visit passes here.
    """

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._transactions = transactions
        self._sites = tables.sites
        self._runs = tables.runs
        self._urls = tables.urls
        self._links = tables.links
        self._noise = tables.noise
        self._articles = tables.articles
        self._captures = tables.captures
        self._media = tables.media
        self._mementos = tables.mementos
        self._routes = tables.routes
        self._problems = tables.problems
        self._imprints = tables.imprints
        self._takedowns = tables.takedowns
        self._takeovers = tables.takeovers

    def record(self, run_id: int, site: str, visit: Visit) -> Outcome:
        """Store what came of a visit, whole, in one transaction; say what it meant."""
        return self.record_all(run_id, site, [visit])[0]

    def record_all(
        self,
        run_id: int,
        site: str,
        visits: Sequence[Visit],
        *,
        sync: bool = True,
        traffic: Traffic | None = None,
        in_doubt: bool = False,
    ) -> list[Outcome]:
        """Store what came of visits, one after another, in one transaction; say what each meant.

        Unless this may *sync*, what they received is on the disk already. *traffic* is that of the
        run until now: if it is killed later, it is known what it did. *in_doubt* says that the run
        has seen nothing yet by which the portal is the one whose articles are held.
        """
        outcomes: list[Outcome] = []
        imprints: list[tuple[Imprint, datetime]] = []
        with self._transactions.begin(sync=sync):
            for visit in visits:
                outcomes.append(self._record_next(run_id, site, visit, in_doubt))
                if visit.page and not visit.flag:
                    imprints.append((visit.page.imprint, visit.at))
            pages = [visit.url for visit in visits if visit.page]
            if pages:
                self._media.leave_articles(site, pages)
            self._imprints.note(site, imprints)
            for outcome, times in Counter(outcomes).items():
                if outcome in _COUNTED:
                    self._runs.count(run_id, outcome, times)
            if traffic:
                self._runs.note_traffic(run_id, traffic)
        return outcomes

    def _record_next(self, run_id: int, site: str, visit: Visit, in_doubt: bool) -> Outcome:
        self._urls.forget()  # a visit sees what is stored, and no row as the one before it left it
        self._articles.forget()
        if visit.capture and visit.capture.id and not visit.is_media:
            self._captures.unflag(visit.capture.id, Flag.UNREAD)  # else it is new, and has none
        return self._record(run_id, site, self._with_captures(visit), in_doubt=in_doubt)

    def tell_again(self, page: PicturePage, about: AboutPicture) -> None:
        """Have a page about a picture that is held say what it says as it is read today."""
        with self._transactions.begin():
            self._media.tell(page.site, page.id, about)

    def judge_again(self, run_id: int, site: str, visit: Visit) -> Outcome:
        """Judge a page once more that was received before, and is held as no article. Nothing was
        asked for, so that the ledger goes on naming the run that did; a failure of this run that
        was none is taken back. Whoever calls it has begun the transaction.
        """
        if visit.capture and visit.capture.id:
            self._captures.unflag(visit.capture.id, Flag.EMPTY)
        asked_by, had_failed = run_id, False
        if known := self._urls.known(site, visit.url):
            asked_by = known["run_id"] or run_id
            had_failed = known["state"] == State.FAILED and asked_by == run_id
            visit = replace(
                visit, etag=known["etag"], last_modified=known["last_modified"],
                is_imported=known["recheck"] == Recheck.IMPORTED,
            )  # fmt: skip
            if known["state"] == State.HELD and not self._articles.get(site, known["url"]):
                self._urls.update(known, {"state": State.WAITING})  # its article was withdrawn
        if had_failed:  # before it is judged: what is wrong with it still is noted anew
            self._problems.take_back(run_id, ProblemKind.QUARANTINE, visit.url)
        outcome = self._record(asked_by, site, visit)
        if had_failed and outcome != Outcome.FAILED and self._runs.row(run_id)["failed"]:
            self._runs.count(run_id, Outcome.FAILED, -1)
        return outcome

    def _record(self, run_id: int, site: str, visit: Visit, *, in_doubt: bool = False) -> Outcome:
        self._media.discover_requisites(site, visit.requisites, visit)
        if visit.asked:
            self._mementos.note_asked(site, visit.url, visit.asked, datetime.now(UTC))
        if visit.is_media:
            self._media.note_visit(run_id, site, visit)
            return Outcome.OTHER
        page = visit.page
        named = (page.canonical_url, page.prev_url, page.next_url) if page else ()
        self._urls.read(site, [visit.url, visit.moved_to, *named])
        told_later = self._urls.tells_later(site, visit)
        if visit.state == State.ELSEWHERE and not told_later:
            visit = self._moved(run_id, site, self._urls.follow(site, visit))
        visit = self._unless_led_here(site, self._if_accepted(site, visit))
        visit = self._unless_another(site, visit, in_doubt=in_doubt)
        visit = self._unless_shrunk(site, visit)
        if visit.status == _NOT_MODIFIED and visit.state == State.HELD:
            return self._stands(run_id, site, visit)
        visit = self._unless_held_elsewhere(site, visit)
        if visit.state == State.HELD and visit.page and visit.page.article:
            outcome = self.hold(run_id, site, visit, visit.page, visit.page.article)
        else:
            outcome = Outcome.OTHER if told_later else _outcome_of(visit.state)
            if told_later:
                self._urls.note_asked(run_id, site, visit)
            else:
                self._urls.settle(run_id, site, visit, next_try_at=self._again(site, visit))
                if visit.state in _NO_ARTICLE:
                    self._take_over(run_id, site, visit, None)
                if visit.state == State.NOT_ARTICLE:
                    self._urls.ask_as_article(site, visit)
                self._name_those_led_astray(run_id, site, visit)
        if visit.flag and visit.capture and visit.capture.id:
            self._captures.flag(visit.capture.id, visit.flag)
            self._captures.join(visit.capture, visit.parts)
            self._problems.note(
                run_id, ProblemKind.QUARANTINE, visit.reason or visit.flag, visit.url
            )
        elif visit.state in (State.FAILED, State.REFUSED):
            self._problems.note(run_id, ProblemKind(visit.state), visit.reason or "", visit.url)
        if visit.page:
            self._urls.discover_neighbours(site, visit.page, visit)
        self._links.note(site, visit.linked, visit.url, visit.at)
        return outcome

    def _stands(self, run_id: int, site: str, visit: Visit) -> Outcome:
        """Note that the portal says that an article is as it was when it was last received."""
        known = self._urls.known(site, visit.url)
        held = known and self._articles.get(site, known["url"])
        if not known or not held or known["state"] != State.HELD:
            # Nobody asked this of what is not held; it is asked for as if for the first time.
            self._urls.settle(
                run_id, site, replace(visit, state=State.FAILED, reason=Reason.NOT_HELD)
            )
            return Outcome.FAILED
        moment = parse_iso(held["published_at"]) if held["published_at"] else None
        next_try_at = self._next_try_at(site, visit, moment)
        self._urls.settle(run_id, site, visit, next_try_at=next_try_at)
        self._articles.stands(site, held["url"], visit.at)
        return Outcome.UNCHANGED

    def _with_captures(self, visit: Visit) -> Visit:
        """Return a visit whose captures have their ids; the transaction has noted all of them."""
        noted = self._captures.noted
        capture = noted(visit.capture) if visit.capture else None
        return replace(visit, capture=capture, parts=tuple(map(noted, visit.parts)))

    def _if_accepted(self, site: str, visit: Visit) -> Visit:
        """Take for an article what a person has accepted as one, though a reader flags it still."""
        read = visit.page and visit.page.article
        if not (visit.flag and read and self._captures.is_accepted(site, visit.url, visit.flag)):
            return visit
        return replace(visit, state=State.HELD, reason=None, flag=None)

    def _unless_led_here(self, site: str, visit: Visit) -> Visit:
        """Take a page that nothing names, and to which articles led, for what it is: of those that
        led to it each is told for itself. One to which an article leads that is held
        may be its new address.
        """
        known = self._urls.known(site, visit.url)
        is_login = visit.reason == Reason.LOGIN
        if (visit.flag != Flag.EMPTY and not is_login) or known is None or not known["hops"]:
            return visit
        if not is_login and self._urls.held_leading_to(site, visit.url):
            return visit
        kind = PageKind.LOGIN if is_login else PageKind.OTHER
        return replace(visit, state=State.NOT_ARTICLE, reason=kind, flag=None)

    def _unless_another(self, site: str, visit: Visit, *, in_doubt: bool) -> Visit:
        """Refuse a page that shows another article altogether than the one held at its address, if
        the host may be another body's by then: it is no revision, and the article is there no more.
        """
        read = visit.page and visit.page.article
        is_page = visit.state == State.HELD and visit.read_from == ReadFrom.PAGE
        if visit.flag or not read or not is_page:
            return visit
        held = self._articles.get(site, self._urls.resolve(site, visit.url))
        if held is None or utc(visit.at) < held["last_seen_at"]:
            return visit
        if not (in_doubt or self._is_in_doubt(site, visit.at)):
            return visit
        is_accepted = self._captures.is_accepted(site, visit.url, Flag.ANOTHER)
        if is_accepted or not are_two_articles(held, columns_of(read)):
            return visit
        says_so_itself = not visit.is_imported and not visit.web_archive
        return replace(
            visit, state=State.GONE if says_so_itself else State.FAILED,
            reason=Reason.ANOTHER_ARTICLE, flag=Flag.ANOTHER, page=None,
        )  # fmt: skip

    def _is_in_doubt(self, site: str, at: datetime) -> bool:
        return may_be_another_s(self._sites.row(site), self._takeovers.of(site), at)

    def _set_strangers_aside(self, run_id: int, site: str, visit: Visit, said: Row) -> None:
        """Hold no more what stands at the address of an older *visit*, if it is another article
        altogether, that came when the host may have been another body's.
        """
        held = self._articles.get(site, self._urls.resolve(site, visit.url))
        if held is None or visit.is_accepted or utc(visit.at) >= held["first_seen_at"]:
            return
        first = datetime.fromisoformat(held["first_seen_at"])
        if not self._is_in_doubt(site, first) or self._is_in_doubt(site, visit.at):
            return
        texts = self._articles.history(held["id"])
        captures = [text["capture_id"] for text in texts]
        if not all(captures) or not all(are_two_articles(text, said) for text in texts):
            return
        is_accepted = {*captures} & self._captures.flagged(Flag.ACCEPTED)
        if is_accepted or held["id"] in self._takedowns.marks():
            return
        for each in captures:
            self._captures.flag(each, Flag.ANOTHER)
        self._problems.note(run_id, ProblemKind.QUARANTINE, Reason.ANOTHER_ARTICLE, held["url"])
        self._articles.withdraw(held["id"])
        self._urls.recheck(site, held["url"], Recheck.IMPORTED)

    def _unless_shrunk(self, site: str, visit: Visit) -> Visit:
        """Refuse a page that says almost nothing of what the article said that is held."""
        if visit.flag or not visit.page or visit.state not in (State.HELD, State.NOT_ARTICLE):
            return visit
        held = self._articles.get(site, self._urls.resolve(site, visit.url))
        is_static = visit.page.kind == PageKind.OTHER and visit.state == State.NOT_ARTICLE
        is_none = visit.page.article is None or is_static
        if held and is_none:
            reason = Reason.HELD_READS_AS.of(kind=visit.page.kind)
            return replace(visit, state=State.FAILED, reason=reason, flag=Flag.EMPTY, page=None)
        if is_none or visit.page.article is None:
            return visit
        broken = visit.page.breaks_off
        if held and broken and _says_less(visit.page, held):
            reason = Reason.SAYS_LESS.of(where=broken)
            return replace(visit, state=State.FAILED, reason=reason, flag=Flag.SHRUNK, page=None)
        if held and self._is_first_part(held, visit):
            reason = Reason.FIRST_PART
            return replace(visit, state=State.FAILED, reason=reason, flag=Flag.SHRUNK, page=None)
        if not held or held["words"] < _FEWEST_WORDS:
            return visit
        words = len(visit.page.article.body.split())
        if words > _SHRUNK * held["words"]:
            return visit
        if utc(visit.at) < held["last_seen_at"]:
            return visit  # an older archive has it: it grew
        reason = Reason.SHRANK.of(before=held["words"], now=words)
        return replace(visit, state=State.FAILED, reason=reason, flag=Flag.SHRUNK, page=None)

    def _is_first_part(self, held: Row, visit: Visit) -> bool:
        """Whether a page shows the beginning of an article that was put together from parts."""
        assert visit.page
        assert visit.page.article
        if visit.parts or held["capture_id"] is None or utc(visit.at) < held["last_seen_at"]:
            return False
        if not is_beginning(columns_of(visit.page.article), held):
            return False
        return bool(self._captures.parts(held["capture_id"]))

    def _unless_held_elsewhere(self, site: str, visit: Visit) -> Visit:
        """Let an address lead to the article that it led to, if it was asked for again in vain."""
        known = self._urls.known(site, visit.url)
        is_read = visit.state in (State.HELD, State.ELSEWHERE)
        leads_on = (
            known and known["state"] == State.ELSEWHERE and known["reason"] == Reason.SAME_PAGE
        )
        if is_read or not known or not leads_on:
            return visit
        if self._articles.get(site, known["moved_to"]) is None:
            return visit
        return replace(
            visit, state=State.ELSEWHERE, reason=known["reason"], moved_to=known["moved_to"],
            page=None,
        )  # fmt: skip

    def _moved(self, run_id: int, site: str, visit: Visit) -> Visit:
        """Judge a redirect away from an article that is held.

        WordPress answers for a deleted article with the one whose address looks most alike, other
        systems with their start page: that is no new address of it, but a refusal. Where it leads
        to what was not read yet, `_take_over` judges in its turn.
        """
        if visit.moved_to is None:
            return visit
        known = self._urls.known(site, visit.url)
        held = known and self._articles.get(site, known["url"])
        if not known or not held:
            self._articles.readdress(site, visit.url, visit.moved_to)
            return visit
        url = self._urls.resolve(site, visit.moved_to)
        target, article = self._urls.known(site, url), self._articles.get(site, url)
        if article and _same(held, article):
            self._merge(run_id, known, url, reason=visit.reason)
        elif article or (target and target["state"] in _NO_ARTICLE):
            return replace(visit, state=State.GONE, reason=_instead(url), moved_to=None)
        return visit

    def _with_change_told(self, site: str, visit: Visit, page: Page, article: Article) -> Article:
        """Return an article with the day of its last change as WordPress' lists tell it, if its
        page, as those of block themes, tells none.

        What was received before that change is of another day, which nothing tells.
        """
        if article.modified_at or visit.read_from == ReadFrom.REST or not is_told_by_lists(page):
            return article
        known = self._urls.known(site, visit.url)
        told = known["modified_at"] if known else None
        moment = parse_iso(told) if told else None
        if not isinstance(moment, datetime) or not is_of_web(moment) or moment > visit.at:
            return article
        shown = article.published_at
        zone = shown.tzinfo if isinstance(shown, datetime) else VIET_NAM
        return replace(article, modified_at=moment.astimezone(zone))

    def hold(self, run_id: int, site: str, visit: Visit, page: Page, article: Article) -> Outcome:
        """Hold an article as a visit saw it, under the one address that is its."""
        article = self._with_change_told(site, visit, page, article)
        said = columns_of(article)
        self._set_strangers_aside(run_id, site, visit, said)
        twin = self._held_as(run_id, site, visit, page, said)
        others = self._elsewhere(site, visit.url, said)
        # A portal that moved may go on calling addresses of the host of before its own.
        if twin and not any(row["url"] == twin for row in others):
            return self._lead(run_id, site, visit, twin, Reason.CALLED_ANOTHER)
        if first := self._first_address(run_id, site, visit, others):
            return self._lead(run_id, site, visit, first, Reason.SAME_PAGE)
        if visit.read_from == ReadFrom.REST:
            self._urls.discover(site, visit.url, visit.origin, visit.at)
        known = self._urls.known(site, visit.url)
        told_later = self._urls.tells_later(site, visit)
        if not told_later:
            self._take_over(run_id, site, visit, article)
        if visit.read_from == ReadFrom.PAGE:
            if told_later and known and known["state"] == State.HELD:
                self._urls.note_asked(run_id, site, visit)
            else:
                next_try_at = (
                    None if told_later else self._next_try_at(site, visit, article.published_at)
                )
                self._urls.settle(run_id, site, visit, url=visit.url, next_try_at=next_try_at)
            if visit.is_imported and _is_unseen(known):
                # What the portal says of it now.
                self._urls.recheck(site, visit.url, Recheck.IMPORTED)
            if known and known["url"] != visit.url:
                self._articles.readdress(site, known["url"], visit.url)
        elif known:
            if known["state"] == State.HELD:
                return Outcome.UNCHANGED  # the page has been read, or will be
            self._urls.update(known, {"state": State.HELD, "recheck": Recheck.FROM_REST})
        outcome = self._articles.put(
            site, visit.url, visit.at, article,
            prev_url=page.prev_url and self._urls.resolve(site, page.prev_url),
            next_url=page.next_url and self._urls.resolve(site, page.next_url),
            canonical_url=page.canonical_url,
            charset=page.charset,
            profile=page.profile,
            capture_id=visit.capture.id if visit.capture else None,
            read_from=visit.read_from,
            accepted=visit.is_accepted,
        )  # fmt: skip
        if visit.capture and visit.parts:
            self._captures.join(visit.capture, visit.parts)
        near = self._articles.near(site, visit.url)
        doubles = [row for row in near.values() if _calls_itself(row, site, visit.url)]
        if self._merge_doubles(run_id, doubles, visit.url, said, outcome):
            outcome = Outcome.UNCHANGED if outcome == Outcome.NEW else outcome
            near = self._articles.near(site, visit.url)
        if visit.read_from == ReadFrom.PAGE:
            self._note_against_chain(run_id, _against_chain(near, visit.url))
            is_told_by_portal = not (visit.is_imported or visit.web_archive)
            if outcome in (Outcome.NEW, Outcome.CHANGED) and page.breaks_off and is_told_by_portal:
                self._urls.recheck(site, visit.url, Recheck.BREAKS_OFF)
            if outcome == Outcome.NEW:
                self._recheck_neighbours(run_id, near, visit.url)
                for twin in self._articles.twins(site, visit.url, said):
                    self._urls.recheck(site, twin, Recheck.MOVED)
        return outcome

    def _lead(self, run_id: int, site: str, visit: Visit, url: str, reason: str) -> Outcome:
        """Let the address of a visit lead to the one under which its article is held."""
        moved = replace(visit, state=State.ELSEWHERE, reason=reason, moved_to=url)
        if self._urls.tells_later(site, visit):
            self._urls.note_asked(run_id, site, visit)
        else:
            self._urls.settle(run_id, site, moved)
        known = self._urls.known(site, visit.url)
        if known and self._articles.get(site, known["url"]):
            self._merge(run_id, known, url, reason=reason)
        else:
            self._articles.readdress(site, visit.url, url)
        return Outcome.OTHER

    def _first_address(self, run_id: int, site: str, visit: Visit, others: list[Row]) -> str | None:
        """Return under which of its *others* the article of a visit is held, None if it is to be
        held under the address of the visit: then that is the first, and the others lead to it.

        The same page stands on another host of the site, or is written in another case where that
        makes no difference; an article that said the same is the same. The first is the one on the
        host of today, and one that the portal has no more is none.
        """
        known = self._urls.known(site, visit.url)
        is_held = known is not None and self._articles.get(site, known["url"]) is not None
        told_later = self._urls.tells_later(site, visit)
        if told_later and is_held:
            return None  # what it says today decides
        if not others:
            return None
        places = self._sites.places(site)
        first = min(others, key=lambda row: _rank(row, places))
        if told_later or _rank(first, places) <= (False, _order(visit.url, places)):
            return str(first["url"])
        url = known["url"] if known and is_held else visit.url
        for other in others:
            self._merge(run_id, other, url, reason=Reason.SAME_PAGE)
            self._urls.lead_on(site, other["url"], url)
        return None

    def _elsewhere(self, site: str, url: str, said: Row) -> list[Row]:
        """Return the rows of the ledger of articles of the same words that are held where the page
        *url* has its other addresses.
        """
        places = self._sites.places(site)
        own = place_of(url, places)
        others = [elsewhere(url, own, place) for place in places if own and place != own]
        others.append(self._noise.plain(site, url))
        return [
            row
            for row in self._urls.variants(site, [url, *others])
            if row["urlkey"] != urlkey(url)
            and (article := self._articles.get(site, row["url"]))
            and self._articles.has_said(article, said)
        ]

    def _merge_doubles(
        self, run_id: int, doubles: Iterable[Row], url: str, said: Row, outcome: Outcome
    ) -> bool:
        """Hold once the article of *url* that is held under other addresses, too, which call it
        themselves; return whether there were such. One of other words is mistaken.
        """
        is_merged = False
        for double in doubles:
            held = self._articles.get(double["site"], double["url"])
            if held is None or not says(held, said):
                if outcome == Outcome.NEW and not is_merged:
                    self._note_mistake(run_id, double["url"], url)
            elif row := self._urls.known(double["site"], double["url"]):
                # One that has just been found is counted as no new one by whoever stores it.
                counts = outcome != Outcome.NEW
                self._merge(run_id, row, url, reason=Reason.CALLED_ANOTHER, counts=counts)
                is_merged = True
        return is_merged

    def _next_try_at(self, site: str, visit: Visit, published_at: Moment | None) -> datetime | None:
        """Return when a held article is to be asked for again, by its age. None if the portal tells
        what has changed.
        """
        if self._routes.tell_changes(site):
            return None
        return visit.at + recheck_after(_age(published_at, visit.at), visit.url)

    def _again(self, site: str, visit: Visit) -> datetime | None:
        """Return when it is asked again for what is no article today: what the portal refuses, for
        as long as it does; what reads as none though a list for people names it, for a month.
        """
        known = self._urls.known(site, visit.url)
        if known is None:
            return None
        soonest, latest = _AGAIN_AFTER
        so_long = visit.at - datetime.fromisoformat(known["found_at"])
        if _may_relent(visit) or (so_long < latest and _may_become(visit, known)):
            return visit.at + min(max(so_long, soonest), latest)
        return None

    def _note_against_chain(self, run_id: int, pairs: Iterable[tuple[Row, Row]]) -> None:
        """Note, once, each article dated later than its newer neighbour.

        Nothing is mended: either date may be the true one, or the portal's order may be another.
        """
        for older, newer in pairs:
            message = Notice.DATED_AGAINST.of(
                time=older["published_at"], url=newer["url"], other_time=newer["published_at"]
            )
            if not self._problems.is_noted(older["site"], older["url"], ProblemKind.DATE, message):
                self._problems.note(run_id, ProblemKind.DATE, message, older["url"])

    def _held_as(self, run_id: int, site: str, visit: Visit, page: Page, said: Row) -> str | None:
        """Return the address under which the article of a page is held already, by its own word.

        A page that gives as its own the address of another article is mistaken: to believe it would
        lose one of the two.
        """
        canonical = page.canonical_url
        if not canonical or urlkey(canonical) == urlkey(visit.url):
            return None
        self._urls.discover(site, canonical, Origin(visit.origin.found_by, visit.url), visit.at)
        other = self._articles.get(site, self._urls.resolve(site, canonical))
        if other is None or other["url"] == visit.url:
            return None
        if not says(other, said):
            self._note_mistake(run_id, visit.url, canonical)
            return None
        return str(other["url"])

    def _note_mistake(self, run_id: int, url: str, canonical: str) -> None:
        message = Notice.CALLS_ANOTHER.of(url=canonical)
        self._problems.note(run_id, ProblemKind.CANONICAL, message, url)

    def _merge(
        self, run_id: int, known: Row, url: str, *, reason: str | None, counts: bool = True
    ) -> None:
        """Hold an article under another address than that of the row *known* of the ledger.

        If it was counted as a new one, it *counts* as what it is: one that has moved.
        """
        row = {"state": State.ELSEWHERE, "moved_to": url, "reason": reason, "recheck": None}
        self._urls.update(known, row | {"next_try_at": None})
        if counts:
            self._count_as_moved(run_id, known["site"], known["url"], url)
        self._articles.merge(known["site"], known["url"], url)

    def _count_as_moved(self, run_id: int, site: str, *urls: str) -> None:
        held = [article for url in urls if (article := self._articles.get(site, url))]
        if len(held) < len(urls):
            return  # only its address changes
        begun = self._runs.row(run_id)["started_at"]
        if any(article["first_seen_at"] >= begun for article in held):
            self._runs.count(run_id, Outcome.NEW, -1)
            self._runs.count(run_id, Outcome.UNCHANGED)

    def _take_over(self, run_id: int, site: str, visit: Visit, article: Article | None) -> None:
        """Settle the held articles whose addresses lead to the page of a visit.

        They were renamed if it shows the same *article*; else the portal no longer has them.
        """
        for known in self._urls.held_leading_to(site, visit.url):
            held = self._articles.get(site, known["url"])
            shown = article and {"title": article.title, "text_sha256": text_sha256(article)}
            if held and shown and _same(held, shown):
                self._merge(run_id, known, visit.url, reason=known["reason"])
            else:
                row = self._urls.refused_again(known, run_id, visit.at)
                row |= {"moved_to": None, "reason": _instead(visit.url)}
                self._urls.update(known, row)

    def _name_those_led_astray(self, run_id: int, site: str, visit: Visit) -> None:
        """Say of each address that was named as an article's, and leads to a page that is none,
        that it does: of the page itself nobody asks what became of it.

        It has failed, and is asked for once more; if it leads there in another crawl, too, the
        portal has it no more. What lies behind a login is refused.
        """
        url = self._urls.resolve(site, visit.moved_to or visit.url)
        page = self._urls.known(site, url)
        if page is None or page["state"] != State.NOT_ARTICLE:
            return
        led = self._urls.named_leading_to(site, url)
        if led and page["hops"] and page["reason"] == PageKind.OTHER and page["run_id"] != run_id:
            self._urls.update(page, {"state": State.WAITING})  # it may be another one by now
            return
        is_start = page["url"] in self._sites.places(site)
        why = Reason.LEADS_TO_START if is_start else _LED.get(page["reason"], Reason.LEADS_TO_NONE)
        reason = why.of(url=page["url"])
        for known in led:
            refusals = known["refusals"] + 1
            state = State.GONE if refusals >= _LED_ASTRAY_TO_BE_GONE else State.FAILED
            state = State.REFUSED if why == Reason.LEADS_TO_LOGIN else state
            row = {"state": state, "reason": reason, "moved_to": None, "refusals": refusals}
            self._urls.update(known, row)
            if state != State.GONE:
                self._problems.note(run_id, ProblemKind(state), reason, known["url"])

    def _recheck_neighbours(self, run_id: int, near: Mapping[str, Row], url: str) -> None:
        """Have the neighbours of a new article asked for again that do not know of it yet."""
        for side, link in (("prev_url", "next_url"), ("next_url", "prev_url")):
            held = near.get(near[url][side])
            if held and held[link] != url:
                known = self._urls.known(held["site"], held["url"])
                if known and known["run_id"] != run_id:
                    self._urls.recheck(held["site"], held["url"], Recheck.NEW_NEIGHBOUR)


def _may_relent(visit: Visit) -> bool:
    """Whether a portal refuses an address for no reason that must last, as passwords of posts and
    robots.txt do: a login page may come of a session that ended, a 403 of a guard in a bad mood.
    """
    is_guarded = visit.reason == Reason.LOGIN or visit.status in (401, 403)
    return visit.state == State.REFUSED and is_guarded


def _may_become(visit: Visit, known: Row) -> bool:
    """Whether a page that reads as none may be an article on another day: one that is not written
    yet, or was not shown.
    """
    is_named = known["in_list"] or known["found_by"] in (Discovery.LISTING, Discovery.SEED)
    return visit.reason == PageKind.OTHER and bool(is_named)


def _against_chain(near: Mapping[str, Row], url: str) -> Iterator[tuple[Row, Row]]:
    """Yield the older and the newer of each two neighbours whose days say the opposite.

    One of the two is the article of *url*.
    """
    here = near.get(url)
    if here is None:
        return
    pairs = (near.get(here["prev_url"]), here), (here, near.get(here["next_url"]))
    for older, newer in pairs:
        if older and newer and older["day"] and newer["day"] and older["day"] > newer["day"]:
            yield older, newer


def _calls_itself(row: Row, site: str, url: str) -> bool:
    """Whether the page of an article gives the address *url*, which is another, as its own."""
    return bool(row["canonical_url"] == url != row["url"] and row["site"] == site)


def _says_less(page: Page, held: Row) -> bool:
    """Whether a page shows fewer words than its article has that is held, or loses a neighbour."""
    assert page.article
    if len(page.article.body.split()) < held["words"]:
        return True
    return any(held[link] and not getattr(page, link) for link in ("prev_url", "next_url"))


def _same(held: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two articles are one: the same words, or at least the same title."""
    return bool(held["text_sha256"] == other["text_sha256"] or held["title"] == other["title"])


def _rank(row: Row, places: Sequence[str]) -> tuple[bool, int]:
    """Return by what the first of several addresses of an article is found: the smallest is."""
    is_lost = row["state"] != State.HELD or row["gone_since"] is not None
    return is_lost, _order(row["url"], places)


def _order(url: str, places: Sequence[str]) -> int:
    own = place_of(url, places)
    return places.index(own) if own in places else len(places)


def _is_unseen(known: Mapping[str, Any] | None) -> bool:
    """Whether the portal was never asked for an address, or could not say what became of it."""
    if known is None or known["recheck"]:
        return True
    return known["state"] not in (State.HELD, State.GONE)


def _instead(url: str) -> str:
    return Reason.ANSWERED_INSTEAD.of(url=url)


def _outcome_of(state: State) -> Outcome:
    if state == State.GONE:
        return Outcome.GONE
    return Outcome.FAILED if state == State.FAILED else Outcome.OTHER


def _age(published_at: Moment | None, now: datetime) -> timedelta:
    if published_at is None:
        return timedelta(0)
    if not isinstance(published_at, datetime):
        published_at = datetime.combine(published_at, time(), VIET_NAM)
    return now - published_at
