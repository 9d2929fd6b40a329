"""SharePoint with the web parts of Lạc Việt, as districts of Đắk Nông had it.

An article; on Gia Nghĩa's portal its parts are ``.div-trang-chi-tiet-tin-tuc-title``, ``-category``
and ``-content``::

    <td class="FolderTitle">…</td> <td class="Time">28.06.2019 13:49</td>
    <div id="part1"><table id="tableforprint"> <p class="Title">…</p>
      <b class="lv_description_mode1">…</b> <div class="ExternalClass…"> … </div></table></div>
    <table class="tbtinkhac"> TIN ĐÃ ĐƯA … <td class="Other"><a href="…">…</a></td></table>

All there is to say of it are selectors: they stand in ``lacviet.toml``, a profile like those that
are learnt.
"""

from pathlib import Path

from crawler.page import Evidence, Page
from crawler.profiles.profile import Profile
from crawler.profiles.reading import read as read_by
from crawler.readers import layout
from crawler.readers.page.document import Document
from crawler.vocabulary import PageKind

LACVIET = Profile.from_toml(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is made of Lạc Việt's web parts, else None."""
    return layout.sign_of(document, LACVIET.signs)


def read(document: Document) -> Page:
    """Read a page made of Lạc Việt's web parts: an article, a listing, or something else."""
    return read_by(document, LACVIET) or Page(PageKind.OTHER, evidence=Evidence({}))
