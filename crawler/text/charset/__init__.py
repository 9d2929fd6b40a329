"""From bytes to text: the charset of a page, and what portals get wrong about it."""

from crawler.text.charset.decoding import decode

__all__ = ["decode"]
