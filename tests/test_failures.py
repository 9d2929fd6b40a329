"""Why there is no answer, in words: none of Python's, none of Twisted's."""

import re
import zlib
from gzip import BadGzipFile

import pytest
import scrapy.exceptions
from OpenSSL import SSL
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from service_identity import VerificationError
from service_identity.exceptions import DNSMismatch
from service_identity.hazmat import DNS_ID
from twisted.internet import error as tx
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError
from twisted.web.client import ResponseFailed, ResponseNeverReceived
from twisted.web.http import PotentialDataLoss, _DataLoss

from crawler.failures import explain
from crawler.middlewares.wayback import NotArchivedError

EXPIRED = SSL.Error([("SSL routines", "", "certificate verify failed")])
OLD = SSL.Error([("SSL routines", "", "tlsv1 alert protocol version")])
PYTHON = re.compile(r"<\w|twisted|Failure|Error\b|\bat 0x|\[\(|b'|scrapy", re.IGNORECASE)


def within(*errors: BaseException) -> BaseException:
    """Return what Scrapy makes of Twisted's failed response, which holds these."""
    try:
        with wrap_twisted_exceptions():
            raise ResponseFailed([Failure(error) for error in errors])
    except Exception as error:
        return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (tx.ConnectionRefusedError("Connection refused"), "the host refused the connection"),
        (tx.DNSLookupError("no results for hostname lookup: x"), "the host name is not known"),
        (tx.TCPTimedOutError("110"), "the host did not take the connection in time"),
        (tx.TimeoutError("x"), "no whole answer in time"),
        (tx.NoRouteError("113"), "the network knows no way to the host"),
        (tx.ConnectError("x"), "no connection to the host could be made"),
        (tx.ConnectionLost("x"), "the host closed the connection before it answered"),
        (TunnelError("x"), "the proxy made no connection to the host"),
        (within(tx.ConnectionLost("x")), "the host closed the connection before it answered"),
        (within(tx.ConnectionDone("x")), "the host closed the connection before it answered"),
        (within(_DataLoss("x")), "the connection was cut in the middle of the answer"),
        (within(PotentialDataLoss()), "the connection was cut in the middle of the answer"),
        (within(ParseError("x", b"GARBAGE")), "the host answered with something that is no HTTP"),
        (
            within(EXPIRED),
            "the certificate is not valid (certificate verify failed); "
            "verify_certificate = false would accept it",
        ),
        (within(OLD), "no secure connection could be made (tlsv1 alert protocol version)"),
        (
            within(VerificationError(errors=[DNSMismatch(DNS_ID("cong.example"))])),
            "the certificate is another host's; verify_certificate = false would accept it",
        ),
        (BadGzipFile("Not a gzipped file (b'<!')"), "the answer is not compressed as its header"),
        (
            zlib.error("Error -3 while decompressing"),
            "no answer: error: Error -3 while",
        ),
        (ResponseNeverReceived([]), "the host closed the connection before it answered"),
        (NotArchivedError.answered(404), "not in the web archive"),
        (None, "no answer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_what_went_wrong_is_told_in_words(error: BaseException | None, words: str) -> None:
    assert explain(error).startswith(words)


DOWNLOAD_ERRORS = [
    *(kind for kind in vars(tx).values() if isinstance(kind, type)),
    *(getattr(scrapy.exceptions, name) for name in dir(scrapy.exceptions) if "rror" in name),
]
RAISED = [
    kind
    for kind in DOWNLOAD_ERRORS
    if issubclass(kind, Exception) and kind is not tx.CannotListenError  # a server's
]


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_no_error_of_twisted_or_scrapy_is_told_as_python_writes_it(kind: type[Exception]) -> None:
    """Whatever there is: with the kind of text that these errors carry."""
    text = "[<twisted.python.failure.Failure twisted.internet.error.ConnectionLost: lost>]"
    error = kind.__new__(kind)
    error.args = (text,)
    told = explain(error)
    assert told
    assert not PYTHON.search(told), told
    assert "\n" not in told


def test_an_error_that_is_not_known_is_told_by_its_kind() -> None:
    class FluxCapacitorError(Exception):
        pass

    assert explain(FluxCapacitorError("too few\n gigawatts")) == (
        "no answer: flux capacitor: too few gigawatts"
    )
    assert explain(FluxCapacitorError("<X object at 0x7f>")) == "no answer: flux capacitor"
    assert explain(FluxCapacitorError()) == "no answer: flux capacitor"
