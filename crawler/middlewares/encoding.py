"""Undo content encodings, and tell of those that cannot be undone to their end."""

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.encodings import KNOWN, LARGEST_BODY, EncodingError, TooLargeError, uncompressed

BROKEN = "broken encoding"
"""The flag of an answer whose encoding is cut off or damaged."""
WHY = "broken_encoding"
"""The key of a request's meta under which stands what is wrong with it."""


class EncodingMiddleware(HttpCompressionMiddleware):
    """Undoes content encodings as Scrapy's own middleware does, but never half of one.

    Scrapy takes what can be had of an answer whose encoding is cut off: half an article would be
    held as a whole one. Such an answer is flagged, and left to be asked for again
    (`crawler.middlewares.backoff`). One that is larger than is taken is given up as soon as that is
    known, with all that was unpacked of it.
    """

    def process_request(self, request: Request) -> None:  # type: ignore[override]
        """Leave a request as it is: the settings say which encodings we take."""

    def process_response(  # type: ignore[override]  # an argument that Scrapy gives up
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return an answer without its encoding, or flagged with what is wrong with it."""
        header = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        names = {name.strip() for name in header.lower().split(",")} - {"", "identity"}
        if names and names <= KNOWN and response.body and request.method != "HEAD":
            return self._unpacked(request, response, header)
        done: Request | Response = super().process_response(request, response)
        return done

    def _unpacked(self, request: Request, response: Response, encoding: str) -> Response:
        try:
            body = uncompressed(response.body, encoding, self._max_size or LARGEST_BODY)
        except TooLargeError as error:
            told = f"{error} (DOWNLOAD_MAXSIZE)"
        except EncodingError as error:
            request.meta[WHY] = str(error)
            return response.replace(flags=[*response.flags, BROKEN])
        else:
            headers = response.headers.copy()
            del headers["Content-Encoding"]
            return response.replace(body=body, headers=headers)
        # Not while the other error is dealt with, which keeps all that was unpacked until then.
        raise IgnoreRequest(told)
