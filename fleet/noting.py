"""How the fleet is, noted in the archive that is collected into: whoever reads that sees it there,
without PostgreSQL, as of the last collection.
"""

from archive import Archive
from fleet.status import Status


def note(archive: Archive, status: Status) -> None:
    """Note a status that was asked for the archive (`status_of`). ValueError if it was not."""
    if status.behind is None:
        raise ValueError("of what the archive lacks nothing was asked")
    archive.collected.note_fleet(
        {
            "workers": len(status.there),
            "at_work": sum(each["at_work"] for each in status.there),
            "is_draining": int(status.draining),
            "waiting": status.jobs.get("todo", 0),
            "districts": status.districts,
            "held": status.held,
            "failing": len(status.failing),
            "behind": len(status.behind),
        }
    )
