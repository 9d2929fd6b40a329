"""What is withheld is not shown, and the pages of it say so: since when, and why.

The texts are not in the archive's file; what this file sees to is that a reader is told, and met
by no empty page. ``templates/451.html`` draws the page, which answers for an article, its earlier
texts, its changes and the captures of its address; those of an article ask for it themselves
(`reading_room.asking.queries`).
"""

from datasette import hookimpl
from jinja2 import Environment

from crawler.vocabulary import Grade
from crawler.vocabulary.words import words_of
from reading_room.asking.queries import untitled


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer to templates what is shown for a title that is withheld, and the grades in words."""
    env.filters.update(titled=lambda title: title or untitled())
    env.globals.update(grades=words_of(Grade))
