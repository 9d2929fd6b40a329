"""Ranked search: what was asked for, the index that answers, and bringing it up to the archive.

Nothing in here writes to ``archive.db``.
"""
