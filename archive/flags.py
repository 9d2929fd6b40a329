"""How a word among ``captures.flags`` is found in SQL."""

from crawler.vocabulary import Flag


def carries(flag: Flag, of: str = "captures") -> str:
    """Return the condition that a row of *of* (a table's name or alias) has a flag among others."""
    return f"' ' || {of}.flags || ' ' LIKE '% {flag} %'"
