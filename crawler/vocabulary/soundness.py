"""What is said of an archive that is not as it was written, and of its copies: sets of sentences as
those of `crawler.vocabulary.sentences`, kept in ``alarms``, ``backups`` and ``pushes``.
"""

from crawler.vocabulary import Sentence


class Record(Sentence):
    """Of what a fault is, where it is no file or table by its name alone."""

    ARTICLE = "article {code}"
    AT_URL = "article {code}, {url}"
    REVISION = "article {code}, {url}, revision {number}"
    NOT_HELD = "article {code}, which is not held"
    ROW = "{table}, row {code}"
    PICTURE_PAGE = "page about a picture, {url}"
    IN_FILE = "{file} at {code}"
    CAPTURE = "{file} at {code}, {url}"


class Said(Sentence):
    """What is said of something, a `Record` or what has a name."""

    OF = "{record}: {what}"


class DatabaseTrouble(Sentence):
    """What is wrong with a database, and what to do."""

    NO_DATABASE = "no SQLite database; {instead}"
    NOT_OPENED = "cannot be opened; does its folder exist, and may you write there?"
    NOT_WRITABLE = "cannot be written; change its permissions or {instead}"
    NAME_ANOTHER = "name another file with --db"
    DISK_FULL = "the disk is full; free some space and run the same command again"
    FAILING = (
        "cannot be read or written: the disk is full, over quota or failing; "
        "see to it and run the same command again"
    )
    LOCKED = "another program keeps it locked; close that program and try again"
    DAMAGED = "is damaged ({error}); restore it from a backup, or see docs/keeping.md"
    TAKEN = (
        "{error}: if somebody made it who is not Tin Huyện, rename it, for this version makes one "
        "of that name; else the archive is damaged: restore it from a backup, or see "
        "docs/keeping.md"
    )
    NOT_COPIED = (
        "is damaged ({error}), and is not copied; restore it from an earlier backup, or see "
        "docs/keeping.md"
    )
    OUTDATED = (
        "made by an older version of Tin Huyện, and cannot be brought up to date: {why}; or copy "
        "it to where you may write"
    )
    NO_TABLE = "the table {table} is missing"
    NO_VIEW = "the view {table} is missing"
    NO_INDEX = "the index {table} is missing"
    NO_TRIGGER = "the trigger {table} is missing"
    NAMES_NONE = "it names a row of {table} that does not exist"
    KILLED = "a process that checked it was killed (too little memory?); not all was checked"
    NOT_ALL = "{why}; what comes after was not checked"


class FileTrouble(Sentence):
    """Why a file cannot be written, and what to do."""

    FORBIDDEN = "cannot be written; change its permissions or name another archive with --db"
    REPLACED = (
        "was deleted, replaced or cut while it was written to; put it back if you can, and see "
        "docs/keeping.md"
    )
    NOT_WRITTEN = "cannot be written: {error}"


class CaptureFault(Sentence):
    """What is wrong with files of captures, and what is in them."""

    UNKNOWN = "the archive does not know this file"
    GONE = "No such file or directory; it held {number} captures"
    NOT_REACHED = "{error}; it held {number} captures"
    OTHERS_THERE = (
        "files that this database does not know lie there instead: was it put back without the "
        "captures that it belongs to (docs/keeping.md#after-a-recompress)?"
    )
    STRAY = "bytes {first} to {last} belong to nothing"
    UNFINISHED = (
        "bytes {first} to {last} belong to nothing: a crawl is writing them or was killed, and the "
        "next one puts them in order"
    )
    TWO = "two captures stand at byte {first}, of which {url} is one"
    SHORT = "it is cut short: it has {number} of {most} bytes; the next crawl puts that in order"
    UNREADABLE = "it cannot be read: {why}"
    BEGINNING = "the dictionary and warcinfo with which it begins are not as written"
    FEWER = "only {number} of its {most} bytes are left"
    ALTERED = "its {number} bytes are not those that were written"
    ADDRESS = "its record says another address than the archive: {told}, not {known}"
    TIME = "its record says another time than the archive: {told}, not {known}"
    STATUS = "its record says another status than the archive: {told}, not {known}"
    KIND = "its record says another kind than the archive: {told}, not {known}"
    LENGTH = "its body has {number} bytes, not {most}"
    BODY = "its body is not that of its digest"
    HOLDER_GONE = "the capture that it revisits, {code}, is missing"
    HOLDER_EMPTY = "the capture that it revisits, {code}, holds no body itself"


class RecordDamage(Sentence):
    """Why a record of a file of captures cannot be read."""

    DICTIONARY_LARGE = "its dictionary is larger than {number} MiB"
    DICTIONARY = "its dictionary is damaged: {error}"
    CUT = "it is not whole"
    LARGE = "it is too large"
    BETWEEN = "something stands between it and the next record"
    NO_RECORD = "it does not begin as a record"


class TextFault(Sentence):
    """What is wrong with the text of an article."""

    NUMBERS = "its revisions are numbered [{numbers}]"
    WORDS = "its words are not those of its text_sha256"
    NO_CAPTURE = "its capture, {code}, is missing, or a part of it"
    NOT_READ = "its capture cannot be read: {why}"
    BROKE_READER = "the page broke its reader: {error}"
    READS_AS = "it reads as {kind}"
    NO_PART = "its part {url} reads as no part of an article"
    NOT_GIVEN = "REST's answer does not give it"
    OTHERWISE = "its capture reads otherwise today: {columns} ({why})"
    PLACES = "it names other places today ({why})"
    SUCH_PLACES = "it names other places today: {what} ({why})"
    LACKING = "lacking {where}"
    NO_MORE = "no more {where}"
    PLACE = "{place} ({place_kind} {code})"
    UPDATED = "was Tin Huyện updated? then: tinhuyen reread"
    PROFILES = "{profiles} changed since; to read by it: tinhuyen reread {site}"
    AND = "{profiles} and {profile}"


class IndexFault(Sentence):
    """What is wrong with an index of the texts."""

    WORDS = "the index does not find it by exactly its words: {words}"
    MORE_WORDS = "the index does not find it by exactly its words: {words} and {number} more"
    NOT_FOUND = "the index does not find it by its words"
    STRUCTURE = "its structure is damaged"
    AVERAGES = "its average lengths are wrong, by which results are ranked"
    NO_LOOSE_END = "its older neighbour is not held, and loose_ends does not have it"
    LOOSE_END = "loose_ends has it, though its older neighbour is held or none named"


class SearchFault(Sentence):
    """What is wrong with the index of ranked search."""

    NONE = "there is none yet"
    CURRENT = "its file {name} names none that is there"
    META = "its file {name} is gone"
    NOT_OPENED = "it cannot be opened: {error}"
    TANTIVY = "it was made by another version of Tantivy"
    VERSION = "it was made by another version of Tin Huyện"
    SAYS_NOTHING = "it does not say what it holds: {error}"
    FILE = "{name} is damaged or gone"
    CHANGES = (
        "it changes while it is looked at, and was not checked; try again when less is written"
    )
    OTHERS = "it is that of another archive, or of one before its schema changed"
    RESTORED = "the archive was restored to an earlier state"
    UNCLEARED = "words that are withheld may lie in its files; to clear it: tinhuyen index"
    NOT_SEARCHED = "it cannot be searched: {error}"
    HIDDEN_SINCE = "the index has it as before it was hidden"
    TIMES = "the index holds it {number} times"
    OTHERWISE = "the index holds it otherwise than the archive"
    NOT_THERE = "the index holds it, and the archive does not"
    DOCUMENTS = "its files hold other documents than they say"
    MAKE = "make it with: tinhuyen index"
    MAKE_ANEW = "make it anew with: tinhuyen index --rebuild"
    MAKE_INDEX_ANEW = "make the index anew with: tinhuyen index --rebuild"
    BRING_UP = "bring the index up to it with: tinhuyen index"


class WithheldFault(Sentence):
    """What is wrong with what is withheld."""

    GRADE = "is withheld to the grade {grade}, but takedowns say {other_grade}"
    SHOWN = "is withheld, but the archive shows other things: {columns}"
    ROWS = "is withheld, but has rows in {table}"
    UNCLEARED = (
        "bytes of what was taken out may be left in it ({number} takedowns); see: "
        "tinhuyen hide --help"
    )
    GONE = "is missing; it holds what is withheld of {name}: put it back beside it"
    NO_DOCUMENT = (
        "does not hold document {code}, which the archive names; restore it from the same backup "
        "as the archive"
    )
    ALTERED = "document {code} is not as it was written; restore the file from a backup"
    NOT_AS_WRITTEN = "document {code} is not as it was written"


class BackupNote(Sentence):
    """What came of a backup (``backups.message``)."""

    MADE = "{number} articles, {most} captures, {size} bytes, of which {least} are new"
    MENDED = "{number} blocks had changed in their places"
    REMOVED = "{number} older ones removed"


class BackupTrouble(Sentence):
    """Why a backup could not be made, or is not sound (``backups.message``)."""

    NOT_REMOVED = "earlier backups could not be removed: {why}"
    LATER = (
        "has a backup of {time}, later than this one, which counts as the newest; see to the "
        "clock, and if that one is wrong, remove its manifest by hand"
    )
    BY_HAND = "{why}; remove it by hand, so that old ones are removed again"
    OTHERS = "has backups of another archive; name another place"
    OCCUPIED = "has something else in it ({name}); name a place of its own"
    BLOCK_LOST = (
        "{block} is not as it was written, and the archive has it no more; see "
        "tinhuyen backup --check {dest}"
    )
    GIVES_OTHER = "gives back something else than what was written to it"
    MISSING = "is missing"
    FORBIDDEN = "may not be read or written; change its permissions"
    NOT_THERE = "is not there; is the disk in its place, and does its folder exist?"
    LOCK_TAKEN = "another backup took the lock; start again"
    NO_BUCKET = "there is no such bucket; make it first"
    REFUSED = "is refused; see to {name} and what they may"
    NOT_REACHED = "cannot be reached: {error}"
    NEWER = "was written by a newer version of Tin Huyện; use that one"
    NOT_AS_WRITTEN = "is not as it was written"
    NO_FILE_OF_OURS = "names {name}, which no archive has"


class PushTrouble(Sentence):
    """Why a service did not archive what it was handed (``pushes.message``)."""

    NO_JOB = "the answer names no job"
    NO_JSON = "the answer is no JSON object"
    OLDER = "it has it as of {stamp}, before the text changed"
    FORGOTTEN = "nothing was heard of it any more"
