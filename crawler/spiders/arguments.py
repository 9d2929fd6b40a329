"""Reading what ``scrapy crawl -a NAME=VALUE`` gives a spider: always text."""

_TRUE = ("1", "true", "yes")
_FALSE = ("", "0", "false", "no")


def is_true(name: str, value: str | bool) -> bool:
    """Return whether the argument *name* is on. Raises ValueError for what is neither yes nor no.

    "0" is not true, though Python thinks every text so that is not empty.
    """
    text = str(value).strip().lower()
    if text not in (*_TRUE, *_FALSE):
        raise ValueError(f"-a {name}={value}: it must be one of {', '.join((*_TRUE, *_FALSE[1:]))}")
    return text in _TRUE


def is_asked(value: str | bool) -> bool:
    """Return whether an argument asks for anything: it may be "no", as `is_true` reads it."""
    return str(value).strip().lower() not in _FALSE
