"""gettext catalogues, read as they are written: nothing has to be compiled beforehand."""

from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

# Babel takes a tenth of a second to import: whoever tells nobody anything goes without it.


def catalogue_path(catalogues: Path, language: str, domain: str) -> Path:
    """Return where the catalogue of a *language* and *domain* lies below a folder of them."""
    return catalogues / language / "LC_MESSAGES" / f"{domain}.po"


def read_catalogue(catalogues: Path, language: str, domain: str) -> "Catalog":
    """Read a catalogue; raise Babel's `PoFileError` where it is none."""
    from babel.messages.pofile import read_po

    with catalogue_path(catalogues, language, domain).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def translations(catalogues: Path, language: str, domain: str) -> GNUTranslations:
    """Return what a catalogue translates, read once."""
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, read_catalogue(catalogues, language, domain))
    compiled.seek(0)
    return GNUTranslations(compiled)
