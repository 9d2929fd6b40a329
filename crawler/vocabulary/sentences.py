"""The sentences that an archive keeps beside `Reason`: what is said where a word is not enough.

Each is kept in English with what varies filled in, so that whoever reads the file understands it,
and is recognised by its form where it is told (`crawler.vocabulary.words`). What varies may be a
sentence itself, or several of them between commas or semicolons.
"""

from crawler.vocabulary import Sentence


class Ending(Sentence):
    """How a page breaks off."""

    PROGRAM = "a program ended with an error"
    TAG = "it ends within a tag"
    ELEMENTS = "{number} of its elements are never closed"


class StandIn(Sentence):
    """What a page seems to be that stands in the place of an article (``quarantine.reason``)."""

    SERVER = "a server's own page: {words}"
    CHALLENGE = "a challenge page: {sign}"
    """By the words of the page, the name of the guard, or `COOKIE`."""
    COOKIE = "a script that sets a cookie and reloads"
    PARKED = "a parking page: {words}"
    ERROR = "an error of the server: {words}"
    CLOSED = "a closed site: {words}"
    SCRIPTED = "an empty shell that waits for JavaScript"
    FRAMED = "an empty shell: nothing but a frame"
    SHELL = "an empty shell"
    SPAM = "{trade} spam: {words}"
    READS_AS = "reads as {kind}"
    ANY_CHALLENGE = "a challenge page"
    ANY_CLOSED = "a closed site"
    ANY_SPAM = "spam"


class Packing(Sentence):
    """Why the encoding of an answer cannot be undone."""

    TRANSFER = "its Transfer-Encoding, {name}, is not known"
    CONTENT = "its Content-Encoding, {name}, is not known"
    CHUNKS = "its chunks are damaged or cut off"
    CUT = "its compressed bytes are cut off"
    DAMAGED = "its compressed bytes are damaged ({error})"
    LARGE = "it holds more than {number} MiB"


class ListDamage(Sentence):
    """What is wrong with a list (``lists.reason``, ``problems.message``)."""

    XML = "it is not quite XML: {what}"
    JSON = "it is not quite JSON: {what}"
    TEXT_BEFORE = "text before it"
    PREFIX = "an undeclared prefix ({name})"
    AMPERSAND = "a stray &"
    ENTITIES = "entities that XML does not have"
    CONTROLS = "control characters"
    CUT = "it is cut off"
    NO_JSON = "it is no JSON"
    TO_ENTRY = "it was read as far as entry {number}"
    TO_TAG = "it was read as far as tag {number}"
    TO_LINE = "it was read as far as line {number}"
    NO_SITEMAP = "it begins as a sitemap and cannot be read"
    NO_POSTS = "it begins as a list of posts and cannot be read"
    NO_PART = "HTTP {status}: a part of the sitemap is not there"
    NO_MORE = "no list is there any more"
    BROKE_READER = "it broke its reader; please report it"
    TO_PAGE = "the list {url} was walked as far as its page {number}"


class Trap(Sentence):
    """Why an address looks as if it led ever deeper and nowhere."""

    LONG = "its address is longer than {number} characters"
    DEEP = "the path of its address has more than {number} parts"
    ROUND = "its address repeats itself: {path}"


class HostEvidence(Sentence):
    """By what a host was judged (``surveys.evidence``)."""

    NO_PAGE = "its start page is no page: {name}"
    LEADS = "its start page leads to {url}"
    CALLED = "it calls itself {claim}"
    CALLED_BOTH = "it calls itself {claim}, but also {other_claim}"
    CALLED_ELSEWHERE = "it calls itself {claim}, which is of another province"
    CALLED_AS_OTHERS = "it calls itself {claim}, and there are several of that name"
    NOT_SAID = "it does not say whose it is"
    QUOTED = "“{words}” in {where}"
    TITLE = "its title"
    META = "its {meta}"
    HEADING = "a heading"
    LINE = "a line of it"
    PICTURE = "a picture"


class Takeover(Sentence):
    """Why a host seems to be another body's (``takeovers.message``)."""

    QUESTION = (
        "{signs}, and {number} others were found there: another body seems to have taken it over. "
        "Whose is it? tinhuyen owner {site} --same, or --successor KEY"
    )
    NONE_THERE = "none of {number} articles that are held and were asked for is at {host} any more"
    FEW_THERE = (
        "{number} of {most} articles that are held and were asked for are not at {host} any more"
    )
    RENAMED = 'its pages call themselves "{words}", and before "{other_words}"'
    MADE_OTHERWISE = 'they are made with "{words}", and before with "{other_words}"'
    ANSWERED = "it is {site}'s, as the operator knows"


class Notice(Sentence):
    """What a row of ``problems`` says beside reasons of the ledger (``problems.message``)."""

    DATED_AGAINST = (
        "dated {time}, but the newer neighbour that its portal names, {url}, is dated {other_time}"
    )
    CALLS_ANOTHER = "the page calls {url} its own address, which is another article"
    SHORT = "its host announces more bytes than it ever sends; such pages are read as they come"
    LITTLE_DISK = "only {number} MiB are free at {folder}: make room ({setting})"
    MANY_ADDRESSES = "more than {most} addresses are known of the site: is it a trap? ({setting})"
    COPIES = (
        "the same article at more than {most} addresses, the first {url}: the others are not held, "
        "nor followed ({setting})"
    )
    REQUESTS = "{number} requests were made: the next crawl goes on ({setting})"
    ARCHIVED_LISTS = (
        "{number} archived feeds, sitemaps and answers of REST were asked for, and {most} were "
        "not: the next crawl goes on with them ({setting})"
    )
    MANY_LINKS = (
        "articles link to more than {most} addresses that nothing else names: no more are noted"
    )
    LINKS = (
        "articles link to more addresses that nothing else names than are asked for at once: "
        "the next crawl goes on ({setting})"
    )
    NO_FURTHER = "{why}: the list was walked no further; what it names behind that is not known"
    LEFT_OUT = "{why}: what stands there is not known; the list was walked further behind it"
    GOES_ON = "{why}: the next crawl goes on here"
    NOTHING_READ = "{what}; nothing of it could be read"
    UNLISTED = (
        "{number} articles that the portal shows stand in no sitemap, nor in REST: these do not "
        "list all there is"
    )


class Mending(Sentence):
    """What became of a file of captures after a crash (``problems.message``)."""

    MISSING = "{file}: is missing; put it back, from a backup or the disk that holds it"
    NO_BEGINNING = "{file}: its beginning is lost; left as it is"
    WHOLE = "is whole"
    TORN = "cut off a torn record of {number} bytes"
    SET_ASIDE = "cut off a torn record of {number} bytes, which are set aside in {file}"
    ADOPTED_ONE = "adopted 1 capture that the database did not know"
    ADOPTED = "adopted {number} captures that the database did not know"
    SHORTENED = "{number} bytes are missing at its end"
    READ_BY = "what they say is read by: {command}"


class Span(Sentence):
    """How long something is."""

    HOUR = "1 hour"
    HOURS = "{number} hours"
    DAYS = "{number} days"


class AlarmMessage(Sentence):
    """What an alarm says: the thing, the figure and the way out (``alarms.message``)."""

    SILENT = (
        "nothing new for {span}, since {day}; {usual}. See what its host is today: "
        "tinhuyen survey {site}"
    )
    LONGEST_PAUSE = "its longest pause was {span}"
    FEW_HELD = "few articles are held of it"
    MISSED = (
        "not crawled for {span}; it is crawled every {usual}. See whether the machine's scheduler "
        "runs, or crawl it: tinhuyen crawl {site}"
    )
    NOT_ENDED = (
        "its run has not ended for {span}; it is crawled every {usual}. See whether the machine's "
        "scheduler runs, or crawl it: tinhuyen crawl {site}"
    )
    ALL_MISSED = (
        "{number} sites were not crawled when they should have been; the last run began {span} "
        "ago. See whether the machine's scheduler runs: tinhuyen status"
    )
    FEW_ARTICLES = (
        "the crawl of {day} came to {number} articles; those before it to {least} at least. See "
        "what its host is today: tinhuyen survey {site}"
    )
    FEW_REQUESTS = (
        "the crawl of {day} came to {number} requests; those before it to {least} at least. See "
        "what its host is today: tinhuyen survey {site}"
    )
    FEWER = (
        "{number} articles are held, {least} are expected (expect_articles). See what is missing: "
        "tinhuyen gaps {site}"
    )
    OLDER = (
        "the newest article is of {day}; one of {other_day} or later is expected (expect_newest). "
        "See what is missing: tinhuyen gaps {site}"
    )
    UNDATED = (
        "the newest article has no date; one of {other_day} or later is expected (expect_newest). "
        "See what is missing: tinhuyen gaps {site}"
    )
    LOST = (
        "{number} articles are held, and {most} were lately. See what was withdrawn, in the view "
        "changes, and whether all is sound: tinhuyen verify"
    )
    FAILED_ONCE = (
        "the last crawl failed, most recently on {day}: {outcome}. See what its host is today: "
        "tinhuyen survey {site}"
    )
    FAILED = (
        "the last {number} crawls failed, most recently on {day}: {outcome}. See what its host is "
        "today: tinhuyen survey {site}"
    )
    NOT_HAD = "{number} addresses could not be had"
    NOTHING_FOUND = (
        "none of the last {number} crawls found an article, most recently on {day}: {outcome}. See "
        "what its host is today: tinhuyen survey {site}"
    )
    ONE_SET_ASIDE = "1 page was set aside, such as {url}. Look at them: tinhuyen quarantine"
    SET_ASIDE = "{number} pages were set aside, such as {url}. Look at them: tinhuyen quarantine"
    MISSING = (
        "{number} addresses are missing, and {least} were lately. See which, and why: "
        "tinhuyen gaps {site}"
    )
    LITTLE_DISK = (
        "{number} MB are free on the disk of the archive; crawls end at FREE_DISK_MIN. Make room, "
        "or move the archive: docs/keeping.md"
    )
    BACKUP_FAILED = "the backup of {day} failed. Make one: tinhuyen backup DEST"
    BACKUP_OLD = "the last backup is {span} old. Make one: tinhuyen backup DEST"
    ONE_FAULT = "1 fault found, such as: {fault}. What to do: docs/keeping.md"
    FAULTS = "{number} faults found, such as: {fault}. What to do: docs/keeping.md"
