"""What pages about pictures say, derived again from what was received of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive import Archive, PicturePage
from archive.warc import WarcError, read_record
from crawler.page import AboutPicture
from crawler.readers import read_about_picture
from crawler.vocabulary import Flag
from crawler.vocabulary.soundness import TextFault
from pipelines.clean import clean_about


@dataclass(frozen=True, slots=True)
class Told:
    """What a page about a picture is held to say, and what it says as it is read today."""

    page: PicturePage
    today: AboutPicture | str | None
    """None: nothing of the picture; words are why it cannot be read."""

    @property
    def differing(self) -> list[str]:
        """The columns of ``media`` that read otherwise."""
        held = self.page.about
        today = self.today if isinstance(self.today, AboutPicture) else AboutPicture(None)
        of = {
            "picture": held.picture == today.picture,
            "caption": held.caption == today.caption,
        }
        return [column for column, is_same in of.items() if not is_same]


def read_again(archive: Archive, pages: Iterable[PicturePage]) -> Iterator[Told]:
    """Yield what each page about a picture says today, but for those of which the capture is known
    to be lost.
    """
    lost = archive.captures.flagged(Flag.LOST)
    for page in pages:
        if page.capture_id not in lost:
            yield Told(page, _today(archive, page))


def reread(archive: Archive, pages: Iterable[PicturePage], *, dry_run: bool) -> int:
    """Have pages about pictures say what they say today, where that is something; return of how
    many it is otherwise than it was.
    """
    changed = 0
    for told in read_again(archive, pages):
        if isinstance(told.today, AboutPicture) and told.differing:
            changed += 1
            if not dry_run:
                archive.visits.tell_again(told.page, told.today)
    return changed


def _today(archive: Archive, page: PicturePage) -> AboutPicture | str | None:
    capture = archive.captures.get(page.capture_id)
    holder = capture and (archive.captures.get(capture.refers_to) if capture.refers_to else capture)
    if not capture or not holder:
        return TextFault.NO_CAPTURE.of(code=page.capture_id)
    try:
        record = read_record(archive.folder, holder)
    except (WarcError, OSError) as error:
        return TextFault.NOT_READ.of(why=error)
    headers = {name.lower(): value for name, value in record.headers}
    location = headers.get("location") if 300 <= record.status < 400 else None
    readings = (
        read_about_picture(record.body, capture.url, record.content_type, form, location)
        for form in page.forms
    )
    today = [clean_about(about) for about in readings if about]
    return page.about if page.about in today else next(iter(today), None)
