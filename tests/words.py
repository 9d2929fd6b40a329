"""The words of the reading room and their catalogues, compared and brought together.

``make words`` runs it: what pages say anew is added to the catalogues with nothing beside it, to be
translated, and what no page says any more leaves them.
"""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

import reading_room
from crawler.vocabulary.catalogue import catalogue_path, read_catalogue
from reading_room.language import CATALOGUES, DOMAIN, NAMES, SOURCE

ROOM = Path(reading_room.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.xml", "jinja2")]
OPTIONS = {name: {"silent": "false", "newstyle_gettext": "true"} for name, _ in METHODS[1:]}
TRANSLATED = tuple(code for code in NAMES if code != SOURCE)


def said() -> Catalog:
    """Return all that pages say, in English."""
    catalogue = Catalog()
    for _, _, message, _, context in extract_from_dir(ROOM, METHODS, OPTIONS):
        catalogue.add(message, context=context)
    return catalogue


def translated(language: str) -> Catalog:
    """Return the catalogue of a language as it is committed."""
    return read_catalogue(CATALOGUES, language, DOMAIN)


def is_complete(message: Message) -> bool:
    """Whether a message is translated, in all its forms."""
    forms = (message.string,) if isinstance(message.string, str) else message.string or ()
    return bool(forms) and all(forms)


def update(language: str) -> Iterator[str]:
    """Write the catalogue of a language anew; yield what in it is to be translated."""
    catalogue = translated(language)
    catalogue.update(said(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    with catalogue_path(CATALOGUES, language, DOMAIN).open("wb") as file:
        write_po(file, catalogue, width=0, no_location=True, sort_output=True, omit_header=True)
    yield from (str(message.id) for message in catalogue if message.id and not is_complete(message))


if __name__ == "__main__":
    for language in TRANSLATED:
        for message in update(language):
            print(f"{language}: to be translated: {message}")
