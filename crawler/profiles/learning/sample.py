"""The pages that are learnt from, as received, and as documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.readers.page.document import Document
from crawler.readers.page.limits import within_limits
from crawler.text.addresses import urlkey
from crawler.text.charset import decode
from crawler.text.media_types import is_html


@dataclass(frozen=True, slots=True)
class Sample:
    """A page of a site, as received."""

    url: str
    body: bytes
    content_type: str | None = None
    at: datetime | None = None
    """When it was received, aware, if that is known."""


def documents(samples: Sequence[Sample]) -> list[Document]:
    """Return pages parsed, in the order of their addresses, one of each address."""
    found: dict[str, Document] = {}
    for sample in sorted(samples, key=lambda one: (one.url, one.body)):
        if sample.content_type and not is_html(sample.content_type):
            continue
        key = urlkey(sample.url)
        if key not in found:
            body, _ = within_limits(sample.body)
            found[key] = Document(decode(body, sample.content_type)[0], sample.url)
    return [*found.values()]
