"""Why a request got no answer, in words a person can act on."""

import re
from collections.abc import Iterator
from typing import Self

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest

from crawler.vocabulary import Reason, RunOutcome

REFUSED = (401, 402, 403, 451)
"""The statuses by which a portal says that it has something and will not show it."""


def is_success(status: int) -> bool:
    """Whether a status says that the answer is what was asked for: 200, and whatever else servers
    and those in between make of it (203). 204 and 205 have no body, 206 is a part.
    """
    return 200 <= status < 300 and status not in (204, 205, 206)


_WORDS = {
    # Scrapy's, whatever it downloads with
    "CannotResolveHostError": Reason.NO_HOST,
    "DownloadConnectionRefusedError": Reason.CONNECTION_REFUSED,
    "DownloadTimeoutError": Reason.TIMEOUT,
    "DownloadCancelledError": Reason.TOO_LARGE,
    "ResponseDataLossError": Reason.CUT,
    "UnsupportedURLSchemeError": Reason.UNKNOWN_SCHEME,
    "TunnelError": Reason.NO_PROXY,
    # Twisted's, which it hands on as they are, or within one of its own
    "DNSLookupError": Reason.NO_HOST,
    "UnknownHostError": Reason.NO_HOST,
    "ConnectionRefusedError": Reason.CONNECTION_REFUSED,
    "TCPTimedOutError": Reason.NO_CONNECTION_IN_TIME,
    "TimeoutError": Reason.TIMEOUT,
    "NoRouteError": Reason.NO_ROUTE,
    "ConnectBindError": Reason.NO_PORT,
    "ConnectError": Reason.UNREACHABLE,
    "ConnectionDone": Reason.LOST,
    "ConnectionLost": Reason.LOST,
    "ConnectionAborted": Reason.LOST,
    "ConnectionClosed": Reason.LOST,
    "PotentialDataLoss": Reason.CUT,
    "_DataLoss": Reason.CUT,
    "ParseError": Reason.NO_HTTP,
    "BadStatusLine": Reason.NO_HTTP,
    "BadHeaders": Reason.NO_HTTP,
    "VerificationError": Reason.OTHERS_CERTIFICATE,
    # Of what undoes a content encoding
    "BadGzipFile": Reason.BAD_COMPRESSION,
    "ResponseNeverReceived": Reason.LOST,
    "RequestTransmissionFailed": Reason.LOST,
    "ResponseFailed": Reason.CUT,
}
"""What is said of an error, by the name of its class or one that it is a kind of."""
_CERTIFICATE_ACCEPTED = "; verify_certificate"
_LONGEST = 300
"""Characters of such a text that are told."""
_PYTHON = re.compile(r"<\w|\bat 0x|\[\(|\bb['\"]|Traceback")
"""How the text of an error looks that only a programmer reads."""


class ExplainedError(Exception):
    """There is no answer, and the message says why as the ledger is to say it."""

    host: str | None = None
    """The host that is not to be asked any more for that (`crawler.text.addresses.host_of`)."""

    def of_host(self, host: str) -> Self:
        """Return the error, which says of which host it is."""
        self.host = host
        return self


class BrokenAnswerError(ExplainedError):
    """What came cannot be read to its end."""


class NotNowError(ExplainedError):
    """Nothing was sent, since no more is to be asked in this crawl."""

    outcome = RunOutcome.NOT_NOW
    """How the crawl ends."""


class BoundReachedError(NotNowError):
    """Nothing was sent, since a bound of the crawl is reached."""

    outcome = RunOutcome.BOUND


class NoRobotsError(ExplainedError):
    """Nothing was sent, since robots.txt could not be had."""


class NotPublicError(ExplainedError):
    """Nothing was sent, since the host lies where nothing is to be asked (`crawler.reach`)."""

    @classmethod
    def at(cls, address: str) -> Self:
        """Return the error of a host at such an IP address."""
        return cls(Reason.NOT_PUBLIC.of(address=address))


def is_refusal(error: BaseException | None) -> bool:
    """Whether a request that got no answer was refused, here or by robots.txt, and not failed."""
    return isinstance(error, IgnoreRequest | DownloadCancelledError)


def explain(error: BaseException | None) -> str:
    """Return the reason for the ledger, in words: none of Python's, none of Twisted's."""
    if isinstance(error, IgnoreRequest):
        told = str(error)
        if "robots.txt" in told:
            return Reason.ROBOTS
        return Reason.TOO_LARGE if "DOWNLOAD_MAXSIZE" in told else told
    if isinstance(error, ExplainedError):
        return str(error)
    causes = [*_causes(error)]
    for cause in reversed(causes):  # the last one is what really happened
        if type(cause).__module__.startswith("OpenSSL"):
            return _insecure(cause)
        for kind in type(cause).__mro__:
            if kind.__name__ in _WORDS:
                return _WORDS[kind.__name__]
    return _unknown(causes[-1]) if causes else Reason.NO_ANSWER


def explain_of_archive(error: BaseException | None) -> str:
    """Return the reason where it was a web archive that was asked, and no portal."""
    why = explain(error)
    if _CERTIFICATE_ACCEPTED in why:  # not a web archive's
        why = Reason.INSECURE.of(why=why.partition(_CERTIFICATE_ACCEPTED)[0])
    return Reason.ARCHIVE_FAILED.of(why=why)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came of, one within the other."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        reasons = getattr(error, "reasons", None)  # failures, of Twisted's HTTP client
        error = reasons[-1].value if reasons else error.__cause__


def _insecure(error: BaseException) -> str:
    """Return what OpenSSL says, which keeps it in lists of tuples."""
    errors = error.args[0] if error.args and isinstance(error.args[0], list) else []
    told = ", ".join(str(parts[-1]) for parts in errors) or Reason.NO_REASON
    if "certificate" in told:
        return Reason.CERTIFICATE.of(why=told)
    return Reason.INSECURE.of(why=told)


def _unknown(error: BaseException) -> str:
    name = type(error).__name__.strip("_").removesuffix("Error")
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() or "error"
    told = " ".join(str(error).split())
    is_told = told and not _PYTHON.search(told)
    return Reason.NO_ANSWER_FOR.of(error=f"{kind}: {told}"[:_LONGEST] if is_told else kind)
