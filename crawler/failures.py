"""Why a request got no answer, in words a person can act on."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

_WORDS: dict[type[BaseException], str] = {
    CannotResolveHostError: "the host name is not known",
    DownloadConnectionRefusedError: "the host refused the connection",
    DownloadTimeoutError: "no whole answer in time",
    DownloadCancelledError: "the answer is larger than the limit",
    ResponseDataLossError: "the connection was cut in the middle of the answer",
}


def explain(error: BaseException | None) -> str:
    """Return the reason for the ledger; the words of the error itself where none is known."""
    if isinstance(error, IgnoreRequest):
        told = str(error)
        return "robots.txt forbids it" if "robots.txt" in told else told
    for type_, words in _WORDS.items():
        if isinstance(error, type_):
            return words
    told = " ".join(str(error).split()) or type(error).__name__
    if "certificate" in told.lower():
        return f"the certificate is not valid ({told}); verify_certificate = false would accept it"
    return told[:300]
