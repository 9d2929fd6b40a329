"""The documents that a text cites: decisions, resolutions, laws, with their issuers and dates."""

from crawler.text.citations.mentions import Citation, citations

__all__ = ["Citation", "citations"]
