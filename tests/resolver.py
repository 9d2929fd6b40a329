"""A resolver of the tests' own: every name in ``.example`` is this machine, but for dead ones.

It is taken with `ALLOWED`, since a name that leads to this machine is asked by nobody otherwise.
"""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from scrapy.resolver import CachingThreadedResolver
from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

TAKEN = ("-s", "DNS_RESOLVER=tests.resolver.Resolver")
ALLOWED = (*TAKEN, "-s", "NETWORKS=127.0.0.1")
_SAID = {
    "dead": "[Errno -2] Name or service not known",
    "lame": "[Errno -3] Temporary failure in name resolution",
}


class Resolver(CachingThreadedResolver):
    """Knows names by how they begin and end, and asks nobody.

    What begins with "turning" is another loopback address from the second question on.
    """

    asked: ClassVar[Counter[str]] = Counter()

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":  # noqa: N802
        """Return the address of a name; of none while the file is there that ``RESOLVER_DOWN``
        names.
        """
        if Path(os.environ.get("RESOLVER_DOWN", "")).is_file():
            return defer.fail(DNSLookupError(f"address {name!r} not found: {_SAID['lame']}"))
        for beginning, told in _SAID.items():
            if name.startswith(beginning):
                return defer.fail(DNSLookupError(f"address {name!r} not found: {told}"))
        known = name.endswith(".example") or name == "127.0.0.1"
        if name.startswith("turning"):
            self.asked[name] += 1
            return defer.succeed(f"127.0.0.{min(2, self.asked[name])}")
        if known:
            return defer.succeed("127.0.0.1")
        return defer.fail(DNSLookupError(f"address {name!r} not found: {_SAID['dead']}"))
