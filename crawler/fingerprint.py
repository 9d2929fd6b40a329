"""Which requests of one crawl are the same."""

from hashlib import sha1

from scrapy import Request

from crawler.text.addresses import urlkey


class UrlkeyFingerprinter:
    """Takes two addresses for one if they have one urlkey, so that each page is fetched once."""

    def fingerprint(self, request: Request) -> bytes:
        """Return the digest of the address's urlkey."""
        return sha1(urlkey(request.url).encode(), usedforsecurity=False).digest()
