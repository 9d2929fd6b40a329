"""How long work says how far it has come."""

from collections.abc import Callable

Tell = Callable[[str, int, int], None]
"""Is told what is being done, how much of it was, and how much there is."""
