"""How the pages of a site are read, as data: learnt from the site itself, or written down."""

# The package of the readers loads this one while it loads: it comes first.
import crawler.readers.page  # noqa: F401
