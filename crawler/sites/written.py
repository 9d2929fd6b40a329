"""How the pages of sites are read, as somebody wrote it down, in a folder beside the sites."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from crawler.profiles.profile import Profile, ProfileError
from crawler.sites.entries import SitesError

FOLDER = "profiles"


def profiles_beside(folder: Path, known: Collection[str]) -> dict[str, tuple[Profile, ...]]:
    """Return the profiles that lie in a folder of sites, oldest first, by the keys of the sites.

    *known* are all keys that there are. Raises `SitesError`.
    """
    found: defaultdict[str, list[Profile]] = defaultdict(list)
    for file in sorted((folder / FOLDER).glob("*.toml")):
        key = file.name.partition(".")[0]
        if key not in known:
            raise SitesError(
                f"{file}: no site is called {key!r}; it must be named as the site whose pages it "
                "describes, as in chodon.toml or chodon.2019.toml"
            )
        try:
            profile = Profile.from_toml(file.read_text(encoding="utf-8"))
        except (ProfileError, UnicodeDecodeError, OSError) as error:
            raise SitesError(f"{file}: {error}") from error
        found[key].append(replace(profile, name=file.stem))
    return {key: tuple(sorted(some, key=lambda one: one.begins)) for key, some in found.items()}
