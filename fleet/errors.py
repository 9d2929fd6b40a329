"""What can go wrong between machines; each message names the thing and the way out."""

from archive import RefusedError


class DatabaseError(Exception):
    """A PostgreSQL that cannot be reached, or does not let us in."""


class BusyError(Exception):
    """Another worker has what a job needs, the district or a host; it is tried again."""


class LostLeaseError(Exception):
    """Another worker may have taken over: whatever this one was at is not its own any more."""


class HandedBackError(Exception):
    """A job that was ended in order before it was done; another worker goes on where it was."""


class NotDoneError(Exception):
    """A crawl after which the archive does not say that it came to its end."""

    def __init__(self, message: str, failures: int = 1) -> None:
        super().__init__(message)
        self.failures = failures
        """How many crawls of the district have failed in a row."""


class FleetRefusedError(RefusedError):
    """Something that cannot be done as it was asked for or configured."""
