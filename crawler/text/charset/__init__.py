"""From bytes to text: the charset of a page, and what portals get wrong about it."""

from crawler.text.charset.decoding import decode, to_utf8

__all__ = ["decode", "to_utf8"]
