"""What can be wrong with a file that somebody else made."""

from archive import RefusedError


class DamageError(Exception):
    """A record that cannot be taken; the message says where it is and why, without the file."""


class LyingError(DamageError):
    """A record that does not hold what it says; what follows it can be read."""


class HopelessError(DamageError):
    """A file of which nothing more can be read."""


class ImportRefusedError(RefusedError):
    """A file that is not imported; the message names it, what is wrong and the way out."""
