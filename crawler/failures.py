"""Why a request got no answer, in words a person can act on."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

REFUSED = (401, 402, 403, 451)
"""The statuses by which a portal says that it has something and will not show it."""

_TOO_LARGE = "the answer is larger than the limit"
_WORDS: dict[type[BaseException], str] = {
    CannotResolveHostError: "the host name is not known",
    DownloadConnectionRefusedError: "the host refused the connection",
    DownloadTimeoutError: "no whole answer in time",
    DownloadCancelledError: _TOO_LARGE,
    ResponseDataLossError: "the connection was cut in the middle of the answer",
}


class ExplainedError(Exception):
    """There is no answer, and the message says why as the ledger is to say it."""


class NotNowError(ExplainedError):
    """Nothing was sent, since no more is to be asked in this crawl."""


class NoRobotsError(ExplainedError):
    """Nothing was sent, since robots.txt could not be had."""


def is_refusal(error: BaseException | None) -> bool:
    """Whether a request that got no answer was refused, here or by robots.txt, and not failed."""
    return isinstance(error, IgnoreRequest | DownloadCancelledError)


def explain(error: BaseException | None) -> str:
    """Return the reason for the ledger; the words of the error itself where none is known."""
    if isinstance(error, IgnoreRequest):
        told = str(error)
        if "robots.txt" in told:
            return "robots.txt forbids it"
        return _TOO_LARGE if "DOWNLOAD_MAXSIZE" in told else told
    if isinstance(error, ExplainedError):
        return str(error)
    for type_, words in _WORDS.items():
        if isinstance(error, type_):
            return words
    told = " ".join(str(error).split()) or type(error).__name__
    if "certificate" in told.lower():
        return f"the certificate is not valid ({told}); verify_certificate = false would accept it"
    return told[:300]
