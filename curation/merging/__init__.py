"""Merging archives: what several machines or people have crawled becomes one."""

from curation.merging.merging import Merged, merge

__all__ = ["Merged", "merge"]
