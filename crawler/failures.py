"""Why a request got no answer, in words a person can act on."""

from typing import Self

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

_NOT_FOUND = 404
_TOO_LARGE = "the answer is larger than the limit"
_WORDS: dict[type[BaseException], str] = {
    CannotResolveHostError: "the host name is not known",
    DownloadConnectionRefusedError: "the host refused the connection",
    DownloadTimeoutError: "no whole answer in time",
    DownloadCancelledError: _TOO_LARGE,
    ResponseDataLossError: "the connection was cut in the middle of the answer",
}


class NotNowError(Exception):
    """Nothing was sent, since no more is to be asked in this crawl; the message says why."""


class NoRobotsError(Exception):
    """Nothing was sent, since robots.txt could not be had; the message says why."""


class NotArchivedError(Exception):
    """A web archive has no answer of the portal to a request; the message says why."""

    is_final = False
    """Whether it said that it has none, so that it need not be asked again."""

    @classmethod
    def answered(cls, status: int) -> Self:
        """Return the error of an archive that answered so for itself."""
        if status != _NOT_FOUND:
            return cls(f"the web archive answered HTTP {status}")
        error = cls("not in the web archive")
        error.is_final = True
        return error


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
    if isinstance(error, NoRobotsError | NotNowError | NotArchivedError):
        return str(error)  # explained already
    for type_, words in _WORDS.items():
        if isinstance(error, type_):
            return words
    told = " ".join(str(error).split()) or type(error).__name__
    if "certificate" in told.lower():
        return f"the certificate is not valid ({told}); verify_certificate = false would accept it"
    return told[:300]
