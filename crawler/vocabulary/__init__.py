"""Closed sets of words, each once: what stores, shows and documents them reads them here.

The values are what the archive stores and what programs are told; none is changed once it has been
stored anywhere. What each is called before people stands in the catalogues, from which
`crawler.vocabulary.words` takes it; a test refuses a member that has no words there.
"""

from enum import StrEnum
from typing import Self


class Sentence(StrEnum):
    """A set of sentences that the archive keeps; what varies in them stands in braces."""

    def of(self, **varying: object) -> str:
        """Return it as it is kept, with what varies."""
        return self.value.format(**varying)


class PageKind(StrEnum):
    """What a page is."""

    ARTICLE = "article"
    PART = "part"
    """A further page of a divided article, whose first page its ``links`` name."""
    PROTECTED = "protected"
    """An article that the portal shows only to those who know a password."""
    LISTING = "listing"
    CHALLENGE = "challenge"
    """A guard that wants to see a browser."""
    CLOSED = "closed"
    """A notice that the site is shut, or its name for sale."""
    LOGIN = "login"
    """A form that asks who one is, and nothing else."""
    SPAM = "spam"
    OTHER = "other"


class BlockKind(StrEnum):
    """What a block of an article is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    QUOTE = "quote"
    TABLE = "table"
    FIGURE = "figure"
    EMBED = "embed"
    PRE = "pre"


class Field(StrEnum):
    """What a profile has rules for: the parts of an article, and of a listing (`Profile`)."""

    TITLE = "title"
    CONTENT = "content"
    LEAD = "lead"
    PUBLISHED = "published"
    CATEGORY = "category"
    AUTHOR = "author"
    FILES = "files"
    """Links to files that stand outside the text."""
    LISTED = "listed"
    """Links to articles on a listing."""
    NEXT_PAGE = "next_page"
    """The link to the next page of a listing."""
    OTHER = "other"
    """What shows that a page is no article."""


class Confidence(StrEnum):
    """How sure a reading is."""

    HIGH = "high"
    """Said for a program or under a label."""
    MEDIUM = "medium"
    """Said where such things stand."""
    LOW = "low"
    """Inferred from something else."""


class BodyType(StrEnum):
    """What a body of administration is: the levels of before July 2025, and those since."""

    PROVINCE = "tỉnh"
    CITY = "thành phố"
    """Of the first level, or of the second."""
    CITY_IN_CITY = "thành phố thuộc thành phố"
    URBAN_DISTRICT = "quận"
    RURAL_DISTRICT = "huyện"
    TOWN = "thị xã"
    WARD = "phường"
    COMMUNE = "xã"
    TOWNSHIP = "thị trấn"
    SPECIAL_ZONE = "đặc khu"


class Went(StrEnum):
    """How a commune went into the units since July 2025 (``successors.went``)."""

    WHOLE = "whole"
    PARTS = "parts"


class PlaceKind(StrEnum):
    """What a place is, by the map before July 2025 or by that since."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    UNIT = "unit"
    """Of the one level below the provinces since."""
    PROVINCE_SINCE = "province-since"


class Naming(StrEnum):
    """By what a text names a commune or unit (``places.how``)."""

    TYPE = "type"
    """What it is stands before its name: "xã Nghĩa Tá"."""
    ABBREVIATION = "abbreviation"
    """In short: "TT. Bằng Lũng"."""
    LIST = "list"
    """Once for several: "các xã Nghĩa Tá, Bình Trung"."""
    BESIDE = "beside"
    """Another district, or a province, is named beside it: "xã Hà Hiệu, huyện Ba Bể"."""


class Trade(StrEnum):
    """What spam sells."""

    GAMBLING = "gambling"
    LOANS = "loan"
    PHARMACY = "pharmacy"
    PORNOGRAPHY = "pornographic"
    WARES = "shop"

    @classmethod
    def of_reason(cls, reason: str | None) -> Self | None:
        """Return the trade that a stored reason names, None if it is a reason of another kind."""
        return next((trade for trade in cls if (reason or "").startswith(f"{trade} spam: ")), None)


class Discovery(StrEnum):
    """How an address became known (``urls.found_by``).

    A second route has the name of its module in ``crawler/routes``. The routes stand in the order
    in which they are tried: the one that asks least first.
    """

    SEED = "seed"
    PREV = "prev"
    """The older neighbour of an article."""
    NEXT = "next"
    """The newer neighbour of an article."""
    REST = "rest"
    SITEMAP = "sitemap"
    FEED = "feed"
    LISTING = "listing"
    LINKED = "linked"
    """A link in another article, as in lists of what else there is to read."""
    WAYBACK = "wayback"
    IMPORT = "import"

    @property
    def names_articles(self) -> bool:
        """Whether what became known so must be an article; lists may name other pages, too."""
        return self in (Discovery.PREV, Discovery.NEXT, Discovery.REST, Discovery.FEED)

    @property
    def is_portals_own(self) -> bool:
        """Whether the portal itself says so, and nobody in its place."""
        return self not in (Discovery.WAYBACK, Discovery.IMPORT)

    @property
    def lists_all(self) -> bool:
        """Whether it is a route that lists all there is: what it stops listing may be gone."""
        return self in (Discovery.REST, Discovery.SITEMAP)


class Source(StrEnum):
    """Where an answer was had (``captures.source``)."""

    LIVE = "live"
    WAYBACK = "wayback"
    """From a web archive in the portal's place."""
    IMPORT = "import"
    """From a file."""


class ReadFrom(StrEnum):
    """What a text was read from (``articles.read_from``)."""

    PAGE = "page"
    REST = "rest"


class State(StrEnum):
    """What became of an address (``urls.state``)."""

    HELD = "held"
    WAITING = "waiting"
    GONE = "gone"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_ARTICLE = "not_article"
    ELSEWHERE = "elsewhere"


class Recheck(StrEnum):
    """Why the next crawl asks for an address again that is settled (``urls.recheck``)."""

    NEWEST = "newest"
    """No newer neighbour was named when it was last seen: the news starts there."""
    NEW_NEIGHBOUR = "a new neighbour"
    CHANGED = "changed"
    """A second route says so."""
    UNLISTED = "unlisted"
    """A route that lists all there is lists it no more."""
    LISTED_AGAIN = "listed again"
    REFUSED_ONCE = "refused once"
    """The portal said that it is no more; it is gone if it says so again."""
    FROM_REST = "read from REST"
    """Its page was not read yet."""
    IMPORTED = "imported"
    CAPTURE_LOST = "its capture is lost"
    BREAKS_OFF = "it breaks off"
    """Its page was cut short on the way, or is never closed: once more, it may be whole."""
    MOVED = "maybe moved"
    """An article of the same title and moment stands at another address by now."""
    NEW_HOST = "a new host"
    """It names a neighbour on one side only, or is held elsewhere; that may be otherwise on a host
    that is known since."""


class MediaState(StrEnum):
    """What became of a picture or a file (``media.state``)."""

    WAITING = State.WAITING
    HELD = State.HELD
    GONE = State.GONE
    REFUSED = State.REFUSED
    FAILED = State.FAILED
    ELSEWHERE = State.ELSEWHERE
    """On another host, which is not asked."""


class MediaKind(StrEnum):
    """What a picture or a file is to the pages that name it (``media.kind``)."""

    PICTURE = "picture"
    """Of an article."""
    FILE = "file"
    """Of an article."""
    UPLOAD = "upload"
    """An article's picture as it was uploaded, where its pages name a smaller form alone. Whether
    there is one is known when it was asked for."""
    PAGE = "page"
    """About an article's picture, which leads there."""
    THUMBNAIL = "thumbnail"
    """The form of an article's picture that its page shows, where a larger one is the picture."""
    STYLE = "style"
    """A style sheet."""
    FONT = "font"
    THEME = "theme"
    """A picture that no article names: of the page's frame, or of a style sheet."""

    @property
    def is_requisite(self) -> bool:
        """Whether pages need it to look as they did, whatever they say."""
        return self in (MediaKind.STYLE, MediaKind.FONT, MediaKind.THEME)


class ListState(StrEnum):
    """What became of a list for people: the start page, a section, whatever names articles and was
    met as a list (``lists.state``).
    """

    WAITING = "waiting"
    """It was named, and is not walked to its end yet."""
    WALKED = "walked"
    """To its end: from its last page nothing leads further."""
    CUT = "cut"
    """It could not be read, or not as far as it goes."""
    GONE = "gone"
    """The portal names it, and says that there is no such page."""
    ARTICLE = "article"
    """It is no list but an article, which is asked for as one."""
    OTHER = "other"
    """A page that names no article."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be asked for there."""
        return self not in (ListState.WAITING, ListState.CUT)


class GapState(StrEnum):
    """How something is missing (``gaps.state``)."""

    WAITING = State.WAITING
    GONE = State.GONE
    REFUSED = State.REFUSED
    FAILED = State.FAILED
    BROKEN = "broken"
    """An article whose page names no older neighbour, though there are older articles."""
    CUT = ListState.CUT
    """A list that could not be walked to its end: what it names further is not known."""


class Reason(Sentence):
    """Why an address is not held, as the ledger keeps it (``urls.reason``)."""

    NOT_FOUND = "HTTP 404"
    REMOVED = "HTTP 410"
    UNAUTHORIZED = "HTTP 401"
    UNPAID = "HTTP 402"
    FORBIDDEN = "HTTP 403"
    BY_LAW = "HTTP 451"
    TOO_MANY = "HTTP 429"
    SERVER_ERROR = "HTTP 5{code}"
    REDIRECTED = "HTTP 3{code}"
    LEADS_NOWHERE = "{how} that leads nowhere"
    STATUS = "HTTP {status}"
    LED_ON = "led on by {by}"
    OFF_THE_SITE = "leads off the site, to {url}"
    ENDLESS = "redirects without end"
    ENDLESS_TO = "redirects without end, to {url}"
    LEADS_TO_START = "leads to {url}, which is no article (start)"
    LEADS_TO_LIST = "leads to {url}, which is no article (listing)"
    LEADS_TO_LOGIN = "leads to {url}, which is no article (login)"
    LEADS_TO_NONE = "leads to {url}, which is no article (other)"
    ANSWERED_INSTEAD = "answered with something else, {url}"
    SAME_PAGE = "the same page is held under another address of the site"
    SAME_ADDRESS = "the same address"
    SAME_BUT_NOISE = "the same address, but for a parameter that makes no other page"
    SAME_ARTICLE = "the same article as at the other address"
    CALLED_ANOTHER = "the page calls another address its own"
    TAKEN_OVER = "named by whoever has the host since another body took it over"
    NOT_HELD = "not modified, says the portal, but nothing is held"
    ROBOTS = "robots.txt forbids it"
    NO_ROBOTS = "robots.txt could not be had: {why}"
    PROTECTED = "behind a password"
    LOGIN = "asks who one is before it shows anything"
    EMPTY = "an empty page"
    READS_AS_OTHER = "named as an article, but reads as other"
    HELD_READS_AS = "held as an article, but reads as {kind}"
    SHRANK = "its text shrank from {before} words to {now}"
    BREAKS_OFF = "the page breaks off: {where}"
    SAYS_LESS = "the page breaks off ({where}), and says less than what is held"
    FIRST_PART = "the page shows the first part only of what is held"
    ANOTHER_ARTICLE = (
        "shows another article than the one that is held, and the host may be another body's"
    )
    SAME_FOR_NOTHING = "the host shows the same where there can be no page"
    ABSENT = "says that there is no such page: {words}"
    BROKE_READER = "the page broke its reader; please report it with the log"
    BROKE_PIPELINE = "the page broke a pipeline; please report it with the log"
    PART_STATUS = "its part {url} was answered {status}"
    PART = "its part {url}: {why}"
    PART_MISSING = "a part of it is not in the file"
    TOO_LARGE = "the answer is larger than the limit"
    CUT = "the connection was cut in the middle of the answer"
    LOST = "the host closed the connection before it answered"
    UNREACHABLE = "no connection to the host could be made"
    NO_HTTP = "the host answered with something that is no HTTP"
    NOT_PUBLIC = "the host lies at {address}, which is not public (networks would allow it)"
    NO_HOST = "the host name is not known"
    CONNECTION_REFUSED = "the host refused the connection"
    TIMEOUT = "no whole answer in time"
    NO_CONNECTION_IN_TIME = "the host did not take the connection in time"
    NO_ROUTE = "the network knows no way to the host"
    CERTIFICATE = "the certificate is not valid ({why}); verify_certificate = false would accept it"
    OTHERS_CERTIFICATE = (
        "the certificate is another host's; verify_certificate = false would accept it"
    )
    INSECURE = "no secure connection could be made ({why})"
    BAD_COMPRESSION = "the answer is not compressed as its header says"
    TRAP = "not asked for, as a trap: {why}"
    NOT_ARCHIVED = "not in the web archive"
    ARCHIVE_STATUS = "the web archive answered HTTP {status}"
    NO_MEMENTO = "what the web archive gave is no memento"
    ARCHIVE_FAILED = "the web archive: {why}"
    ARCHIVE_LEADS = "the web archive leads to {url}"
    ARCHIVE_ENDLESS = "the web archive redirects without end"
    RECORD_WRONG = "the record in the web archive is not what its digest says"
    RECORD_OF = "the record in the web archive is of {url}"
    NO_RECORD = "what the web archive gave is no record of an answer"
    RECORD_CUT = "the record in the web archive is cut, or longer than is read"
    CUT_IN_ARCHIVE = "the web archive kept a part of the page only"
    NO_OLDER = "names no older neighbour"
    NO_LIST = "reads as no list"
    NAMES_NOTHING = "names nothing new, though its pager leads further"
    SAYS_PAGES = "its last page calls itself page {number} of {most}"
    SAYS_SHOWN = "its last page shows article {number} of {most}"
    SAYS_ARTICLES = "it says that it has {most} articles, and names {number}"
    SCRIPTED = "its further pages are shown by scripts only"
    LIST_PAGE = "its page {url}: {why}"
    WEB_PAGE = "answered with a web page"
    NO_UPLOAD = "nothing that {url} can be a smaller form of"
    NO_SUCH_PICTURE = "shows neither a larger form of {url} nor a caption of it"
    ANOTHER_UPLOAD = "the page about the picture names another one: {url}"
    NO_BYTES = "empty"
    ELSEWHERE = "off the site: {url}"
    UNREADABLE = "what came cannot be read: {why}"
    UNKNOWN_SCHEME = "the address is of a kind that is not asked for"
    NO_PROXY = "the proxy made no connection to the host"
    NO_PORT = "this machine gave no port for the connection"
    NO_NAME_SERVER = "no name server answers for the host"
    CLOSED_IT = "the host closed the connection"
    NOT_KEPT = "it could not be kept"
    NOT_KEPT_EITHER = "not kept, because an earlier answer was not"
    NOT_ASKED = "not asked for, because an earlier answer was not kept"
    NO_ARCHIVE = "not asked for, because the archive cannot be written"
    NO_REASON = "it gave no reason"
    NO_LIST_ARCHIVED = "HTTP {status}, and no list"
    SAYS_NOTHING = "it says nothing"
    NO_ANSWER = "no answer"
    NO_ANSWER_FOR = "no answer: {error}"
    LISTING = PageKind.LISTING
    OTHER = PageKind.OTHER
    IS_LOGIN = PageKind.LOGIN


class RouteStatus(StrEnum):
    """Whether a second route of a portal can be walked (``routes.state``)."""

    OPEN = "open"
    ABSENT = "absent"
    REFUSED = "refused"
    FAILED = "failed"


class Flag(StrEnum):
    """What is wrong with a capture or became of it (a word of ``captures.flags``)."""

    CHALLENGE = PageKind.CHALLENGE
    CLOSED = PageKind.CLOSED
    SPAM = PageKind.SPAM
    EMPTY = "empty"
    SHRUNK = "shrunk"
    """The text lost nearly all of its words."""
    ANOTHER = "another"
    """Another article than the one that is held, on a host that may be another body's."""
    LOST = "lost"
    """Its file was cut short."""
    UNREAD = "unread"
    """Found in a file, its page never read."""
    ACCEPTED = "accepted"
    """A person vouches for the page."""

    @property
    def is_suspicion(self) -> bool:
        """Whether it says why a page that was served must not be shown as the article."""
        return self not in (Flag.LOST, Flag.UNREAD, Flag.ACCEPTED)


class Outcome(StrEnum):
    """What a visit meant for the archive; the first five are columns of ``runs``."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    GONE = "gone"
    FAILED = "failed"
    OTHER = "other"


class Change(StrEnum):
    """What last changed of an article (``articles.change``)."""

    NEW = "new"
    REVISED = "revised"
    """The portal said something else, or an older text of it was found."""
    AMENDED = "amended"
    """More is known of it, or its page is read otherwise; the portal changed no text."""
    MOVED = "moved"
    """It has another address."""
    GONE = "gone"
    """The portal has it no more."""
    BACK = "back"
    """The portal has it again."""
    HIDDEN = "hidden"
    """It is withheld from readers."""
    SHOWN = "shown"
    """It is withheld no more."""
    JOINED = "joined"
    """It is another one, to which its code leads (``aliases``)."""
    WITHDRAWN = "withdrawn"
    """Its page turned out to be no article, and is held no more; its code leads nowhere."""

    @property
    def is_of_held(self) -> bool:
        """Whether the article is held on, so that its row says so."""
        return self not in (Change.JOINED, Change.WITHDRAWN)


class Grade(StrEnum):
    """To what degree an article is withheld (``takedowns.grade``), the mildest first."""

    MARKED = "marked"
    """Nothing is taken out; the reader is told why it is marked."""
    TEXT = "text"
    """Title, author, category and dates are shown, and nothing else that it says."""
    ALL = "all"
    """Nothing that it says is shown, but that there is an article at its address."""

    @property
    def takes_out(self) -> bool:
        """Whether something is taken out of the served file."""
        return self != Grade.MARKED

    @property
    def rank(self) -> int:
        """The higher the more is taken out."""
        return list(Grade).index(self)


class RunOutcome(StrEnum):
    """How a run ended (``runs.outcome``). Settings of Scrapy's own may end one otherwise."""

    FINISHED = "finished"
    LIMIT = "limit"
    """So many articles as it was to take."""
    SHUTDOWN = "shutdown"
    """Told to stop."""
    KILLED = "killed"
    """Found without an end by the next run; or a process was killed that it needed."""
    IMPORT = "import"
    """An import that came to its end."""
    ARCHIVE = "archive"
    """Something could not be stored."""
    LOCKED = "locked"
    """Another run of the site was under way; it is told, and never stored."""
    NO_CONTACT = "no contact"
    """The operator gave no address at which the host's staff can reach them."""
    NO_ANSWER = "no answer"
    """Too many requests in a row had none."""
    SAME_PAGE = "same page"
    """Too many addresses in a row had one and the same page, which is no article."""
    ANOTHER_OWNER = "another owner"
    """Another body seems to have taken over the host: the operator is to say whose it is."""
    NO_ROBOTS = "no robots.txt"
    BOUND = "bound"
    """A bound was reached that was set for its own good: of addresses, requests, free disk."""
    NOT_NOW = "not now"
    """The host asks to wait for longer than a run does, or bears no more for today."""
    STUCK = "stuck"
    """Nothing was received and nothing stored for too long: it ended itself."""
    NOT_STARTED = "not started"
    """It never came to be one; it is told, and never stored."""


class ProblemKind(StrEnum):
    """What a row of ``problems`` tells of (``problems.kind``)."""

    FAILED = State.FAILED
    REFUSED = State.REFUSED
    QUARANTINE = "quarantine"
    """A page was set aside."""
    CAPTURES = "captures"
    """Something that was kept is gone from its file."""
    MENDED = "mended"
    """The end of a file was brought in order after a crash; nothing is gone."""
    CANONICAL = "canonical"
    """A page calls the address of another article its own."""
    DATE = "date"
    """An article is dated against its chain."""
    ROUTE = "route"
    """A list of articles could not be read, or not as far as it goes."""
    DAMAGED = "damaged"
    """A list of articles is not quite what it should be; what it says could be read."""
    CUT = "cut"
    """A page is shorter than it should be, and was read as it came: its host announces more than it
    ever sends, or it breaks off."""
    BOUND = "bound"
    """A bound was reached: what lies beyond was not asked for."""
    OWNER = "owner"
    """Another body seems to have taken over the host."""


class ImprintKind(StrEnum):
    """What the pages of a portal say of it (``imprints.kind``)."""

    NAME = "name"
    """What they call it."""
    GENERATOR = "generator"
    """The CMS that made them."""


class Attribution(StrEnum):
    """Whose an article is that a site holds (``attributions.attribution``)."""

    OWN = "own"
    """Published, or first seen, within the days of the site's body."""
    OTHER = "other"
    """Published before or after them, or by the body that has the host since."""
    UNATTRIBUTED = "unattributed"
    """Nothing tells: it has no date, and was first seen when the host was the body's no more; or it
    is not known whose the host is."""


class Says(StrEnum):
    """What a host is today, as a survey found it (``surveys.says``)."""

    OWN = "own"
    """The portal of the body itself."""
    OTHER = "other"
    """Another body's: of a commune or ward since July 2025, a province, another district."""
    PARKED = "parked"
    """Nobody's: for sale, or as a server shows itself where nothing was set up."""
    GAMBLING = "gambling"
    """Taken over, or broken into, by those who advertise gambling."""
    SPAM = "spam"
    """Likewise, by those who sell something else."""
    ELSEWHERE = "elsewhere"
    """It leads to a host of which nobody knows that it is the body's."""
    MOVED = "moved"
    """It leads to another host of the body's portal."""
    SILENT = "silent"
    """Its name is not known any more, or nothing answers there."""
    REFUSING = "refusing"
    """It answers, and does not let us in: 403, a challenge, a login, robots.txt."""
    UNKNOWN = "unknown"
    """It answers, and does not say whose it is."""

    @property
    def is_settled(self) -> bool:
        """Whether it is likely to be the same for weeks; else it is looked at again sooner."""
        return self not in (Says.SILENT, Says.REFUSING, Says.UNKNOWN)

    @property
    def is_lost(self) -> bool:
        """Whether what the portal published is not to be had there any more."""
        return self in (
            *(Says.OTHER, Says.PARKED, Says.GAMBLING, Says.SPAM, Says.ELSEWHERE, Says.SILENT),
        )


class Staleness(StrEnum):
    """Why what is held of a site is stale: nothing proves any more that it is all there is."""

    NOT_RUN = "not run"
    """It was not crawled for as long."""
    FAILED = "failed"
    """Its last run came to no good end."""
    UNPROVED = "unproved"
    """It was crawled, and none of its lists said so."""


class AskedNote(StrEnum):
    """What of a search was left out, or taken otherwise than it may have been meant."""

    NO_WORD = "no word"
    """There is nothing to look for: punctuation, or only what is not wanted."""
    CUT = "cut"
    """There are more words than are looked for."""
    UNCLOSED_QUOTE = "unclosed quote"
    """A quotation mark without its other one: it is read as if it were not there."""
    OPERATOR_ALONE = "operator alone"
    """Nothing stands where it would join or exclude something."""
    BRACKETS = "brackets"
    """They do not match, or go too deep: they are read as if they were not there."""
    STAR_INSIDE = "star inside"
    """It stands for the rest of a word, and so only at its end."""
    MINUS_OF_ALL = "minus of all"
    """What is not wanted stands beside an OR: it holds for all that is found."""
    AS_A_WORD = "as a word"
    """A word that is an operator elsewhere is looked for."""
    SIGNS = "signs"
    """Emoji and the like are in no index."""


class Health(StrEnum):
    """How what serves and fills an archive fares."""

    WELL = "well"
    NEVER_RUN = "never run"
    """Nothing was crawled yet."""
    NOT_RUN = "not run"
    """Nothing was crawled lately."""
    DISK_FULL = "disk full"
    UNREADABLE = "unreadable"
    """There is no archive, or it cannot be read."""

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to look after it."""
        return self in (Health.WELL, Health.NEVER_RUN)


class Way(StrEnum):
    """How a site is crawled, by what its hosts were found to be."""

    LIVE = "live"
    """Its host is asked."""
    ARCHIVES = "archives"
    """A web archive is asked in its place."""
    LATER = "later"
    """Not now: the host is silent, and is asked again before it is called dead."""
    NOTHING = "nothing"
    """Nothing is to be had, or nobody knows whose the host is."""


class NameAnswer(StrEnum):
    """What came of asking for the address of a host's name (``surveys.dns``)."""

    FOUND = "found"
    NO_NAME = "no such name"
    """The name is not known, or has no address."""
    NO_ANSWER = "no answer"
    """Nobody answered who should know: the name's own servers, or nobody that this machine asks."""


class Verdict(StrEnum):
    """Whether the archive has what a portal published (``coverage.verdict``)."""

    COMPLETE = "complete"
    """A list of what the portal has was walked to its end, and all of it is held or settled."""
    ENDED = "ended"
    """So it is of a body that is no more: nothing will come."""
    UNPROVEN = "unproven"
    """Nothing that is known is missing, and no list says that there is no more, or the lists of the
    portal cannot be believed."""
    INCOMPLETE = "incomplete"
    UNREAD = "unread"
    """There are signs that its pages are not read as they should be."""
    EMPTY = "empty"
    """Addresses are known, and no article is held."""
    UNKNOWN = "unknown"
    """No address of it is known: it was not crawled."""

    @property
    def is_whole(self) -> bool:
        """Whether it is proved that all is held that is to be had."""
        return self in (Verdict.COMPLETE, Verdict.ENDED)


class Lack(StrEnum):
    """Why a portal is not complete, by the column of ``coverage`` that counts it."""

    WAITING = "waiting"
    """Addresses that were not asked for yet, or not with success."""
    FAILED = "failed"
    REFUSED = "refused"
    BROKEN = "broken"
    """Articles whose pages name no older neighbour, though there are older ones."""
    UNNAMED = "unnamed"
    """Articles that the portal counts, and that nothing names."""
    OWNER = "owner"
    """1 where another body seems to have taken over the host, and nobody has said whose it is."""
    GONE = "gone"
    """Addresses that the portal has no more; a reason only where nothing is held."""
    NOT_ARTICLE = "not_article"
    """Pages that are no article; a reason only where nothing is held."""
    ELSEWHERE = "elsewhere"
    """Addresses that lead off the site; a reason only where nothing is held."""
    UNWALKED = "unwalked"
    """Lists that could not be read, or not walked to their end, where only lists for people could
    prove that all is held; so it is of the next two."""
    DEAD_LISTS = "dead_lists"
    """Lists that are not there or name nothing, where most are so."""
    UNCOVERED = "uncovered"
    """Articles that are held, and that no list names, though all were walked to their ends."""
    NO_LIST = "no_list"
    """1 where no list was met that shows its end: nothing but the chain, or an address that was
    given, could be had."""


class Sign(StrEnum):
    """What speaks for it that the pages of a portal are not read as they should be
    (``signs.sign``).
    """

    ONE_TITLE = "one title"
    """Many articles have the same title."""
    ONE_TEXT = "one text"
    """Many articles have the same text."""
    ONE_DAY = "one day"
    """A third of the articles are of one day."""
    NO_ARTICLE = "no article"
    """Most of what was named as an article reads as none."""
    NO_LINKS = "no links"
    """Lists were seen, and no article was read in any of them."""
    NO_WAY_ON = "no way on"
    """What is held was named by the start pages alone: no list and no chain led further."""

    @property
    def is_of_texts(self) -> bool:
        """Whether it is seen in the articles, of which all must be read for it."""
        return self in (Sign.ONE_TITLE, Sign.ONE_TEXT, Sign.ONE_DAY)


class Skipped(StrEnum):
    """Why a record of another archive is not imported."""

    OTHER_HOSTS = "other hosts"
    NOT_HTML = "not HTML"
    REDIRECTS = "redirects"
    ERRORS = "errors"
    CUT_OFF = "cut off"
    CHANGED_FOR_REPLAY = "changed for replay"
    UNREADABLE = "unreadable"


class Untaken(StrEnum):
    """Why a page of another archive brings nothing to ours."""

    KNOWN = "known"
    LATER = "later"
    """It needs another one that has not been seen yet."""
    UNREADABLE = "unreadable"


class FaultKind(StrEnum):
    """What a fault of an archive is of."""

    DATABASE = "database"
    INDEX = "index"
    FILE = "file"
    CAPTURE = "capture"
    ARTICLE = "article"


class PushState(StrEnum):
    """What came of a page that was handed to a service to be archived (``pushes.state``)."""

    ASKED = "asked"
    """It was handed in; what came of it is not known yet."""
    KEPT = "kept"
    """The service has archived it."""
    FAILED = "failed"
    """It was not taken, or could not be archived."""


class Reviewed(StrEnum):
    """What a person found who held an article against its page (``reviews.verdict``): that it is
    read rightly, or the worst that is wrong.
    """

    RIGHT = "right"
    """Title, day, author and text are what the page says."""
    TITLE = "title"
    DATE = "date"
    """The day is another one, or one is told where the page has none, or none where it has one."""
    AUTHOR = "author"
    TEXT = "text"
    """Something of the text is missing, or something is in it that is not of the article."""
    NO_ARTICLE = "no article"
    """The page is none."""


class AlarmKind(StrEnum):
    """What an alarm is about (``alarms.kind``)."""

    SILENT = "silent"
    """Nothing new for longer than this portal ever paused."""
    MISSED = "missed"
    """A run that did not happen."""
    SMALL = "small"
    """A crawl that saw far less than those before it."""
    FLOOR = "floor"
    """Less is held, or nothing as new, as is expected of the portal."""
    FAILURES = "failures"
    """Crawl after crawl failed."""
    QUARANTINE = "quarantine"
    """Pages were set aside, and nobody has said what they are."""
    GAPS = "gaps"
    """More is missing than was."""
    OWNER = "owner"
    """Another body seems to have taken over the host."""
    DISK = "disk"
    """The disk of the archive is nearly full."""
    BACKUP = "backup"
    """The last backup is old, or failed."""
    VERIFY = "verify"
    """The archive is not as it was written."""

    @property
    def is_of_facts(self) -> bool:
        """Whether it is judged by what the archive says of itself, and not by who looked."""
        return self != AlarmKind.VERIFY


class Order(StrEnum):
    """In which order a search shows what it found."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


class LeftOut(StrEnum):
    """What the answer of a search does not tell, and the reader is told so."""

    NO_INDEX = "no index"
    """The index for ranked search is missing or damaged: the slower one answered."""
    BEHIND = "behind"
    """The index does not know the archive's newest changes yet."""
    RANKING = "ranking"
    """Of very many that match, only some were ranked."""
    ORDER = "order"
    """Exactly and otherwise spelled ones are not told apart in the order."""
    COUNT = "count"
    """More match than were counted."""
    FACETS = "facets"
    """What they have in common was not counted."""
    BEGINNINGS = "beginnings"
    """Of the words that begin so, only the most frequent were looked for."""
    DEPTH = "depth"
    """What comes so late in the order is not shown."""
    TIME = "time"
    """It took too long, and was given up."""
