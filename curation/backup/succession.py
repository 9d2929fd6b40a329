"""A store that several machines write to in turn, without a lock that the store itself would know.

Whose turn it is, and which backup is the newest, is told elsewhere (`fleet.leases`,
`fleet.generations`). But no store can be kept from doing what a machine asks of it that was
paused, and wakes when its turn is long over. So no order of events may let it do harm:

- Each turn has a number, greater than all before. What is written in it has that number in its
  name, and nobody else writes that name: a late write meets nothing of a successor's.
- Of what lies there a turn relies on the newest backup that was registered, and on nothing else:
  not on blocks that were left by somebody who was killed, be they the same.
- What is removed was written in this turn or before, and is of no backup that stays. The newest one
  of this turn stays, which is all that a successor relies on: a late removal meets nothing, either.
"""

from collections.abc import Collection, Iterable

from curation.backup import manifest as manifests
from curation.backup.manifest import DamagedBackupError
from curation.backup.store import BLOCKS, MANIFESTS, Store


def remove(store: Store, names: Iterable[str], staying: Collection[str]) -> None:
    """Remove backups by their names, with the blocks that none of those has that are *staying*.

    Raises `DamagedBackupError` if one of these is: what belongs to it is not known; `StoreError`.
    """
    belonging = _blocks(store, staying)
    for name in {*names} & {*manifests.names(store)}:
        try:
            blocks = _blocks(store, [name])
        except DamagedBackupError:
            blocks = set()  # what only it names is found by `sweep`
        store.remove(f"{MANIFESTS}/{name}")  # first: what has no manifest is no backup
        for key in blocks - belonging:
            store.remove(f"{BLOCKS}/{key}")


def sweep(store: Store, staying: Collection[str], writer: str) -> int:
    """Remove what writers before this one have left that belongs to no backup that is *staying*:
    of those who were killed, or lost their turn. Return how many things that were.

    Raises as `remove` does.
    """
    belonging = _blocks(store, staying)
    left = [
        f"{BLOCKS}/{key}"
        for key in store.sizes(BLOCKS).keys() - belonging
        if _is_before(key.partition(".")[2], writer)
    ]
    left += [
        f"{MANIFESTS}/{name}"
        for name in manifests.names(store)
        if name not in staying and _is_before(manifests.writer_of(name), writer)
    ]
    for name in left:
        store.remove(name)
    return len(left)


def _is_before(one: str, other: str) -> bool:
    return one.isdecimal() and int(one) < int(other)


def _blocks(store: Store, names: Iterable[str]) -> set[str]:
    """Return the keys of the blocks that belong to some backups."""
    return {
        block.key
        for name in names
        for file in manifests.read(store, name).files
        for block in file.blocks
    }
