"""A resolver of the tests' own: every name in ``.example`` is this machine, but for dead ones.

It is taken by ``-s DNS_RESOLVER=tests.resolver.Resolver``.
"""

from collections.abc import Sequence

from scrapy.resolver import CachingThreadedResolver
from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

_SAID = {
    "dead": "[Errno -2] Name or service not known",
    "lame": "[Errno -3] Temporary failure in name resolution",
}


class Resolver(CachingThreadedResolver):
    """Knows names by how they begin and end, and asks nobody."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":  # noqa: N802
        """Return the address of a name."""
        for beginning, told in _SAID.items():
            if name.startswith(beginning):
                return defer.fail(DNSLookupError(f"address {name!r} not found: {told}"))
        known = name.endswith(".example") or name == "127.0.0.1"
        if known:
            return defer.succeed("127.0.0.1")
        return defer.fail(DNSLookupError(f"address {name!r} not found: {_SAID['dead']}"))
