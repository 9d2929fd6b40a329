"""What takedowns ask for, done: each article is withheld to the degree that those in force say."""

from archive.tables import Tables
from archive.tables.takedowns import Mark
from crawler.vocabulary import Grade


def settle(tables: Tables, *, wholly: bool = False) -> bool:
    """Withhold what is to be withheld, and nothing else; return whether anything was to be done.

    At the end of each transaction it is enough to look for addresses that had no article before;
    *wholly* all is looked at. Whoever calls it has begun the transaction.
    """
    takedowns = tables.takedowns
    is_bound = bool(wholly or takedowns.are_addresses()) and _bind(tables, wholly=wholly)
    if not (is_bound or wholly):
        return False
    wanted, marks = takedowns.wanted(), takedowns.marks()
    differing = False
    for article_id in sorted({*wanted, *marks}):
        row, mark = wanted.get(article_id), marks.get(article_id)
        now = Mark(Grade(row["grade"]), row["id"]) if row else None
        if now is None or mark is None or (mark.grade, mark.takedown) != (now.grade, now.takedown):
            tables.articles.set_mark(article_id, now)
            differing = True
    return differing


def _bind(tables: Tables, *, wholly: bool) -> bool:
    """Let the takedowns of addresses be those of the articles that are held there by now."""
    is_bound = False
    for row in tables.takedowns.all():
        if row["url"] is None or not (wholly or row["code"] is None):
            continue
        for article_id in tables.takedowns.at_address(row["url"]):
            (article,) = tables.articles.rows([article_id])
            is_known = tables.takedowns.is_of(row["urlkey"], article["code"])
            if row["code"] is not None and is_known:
                continue
            row = tables.takedowns.bind(row, article["code"])
            is_bound = True
    return is_bound
