"""A site's profiles, each from a time on: a portal changes its template in the middle of its life.

A page is read by the profile of its time. Where that does not fit, those of the times around it are
tried: of a portal that web archives have seen now and then, nobody knows the day of a change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from crawler.lessons import KeptProfile
from crawler.profiles.profile import Profile
from crawler.text.dates import utc


@dataclass(frozen=True, slots=True)
class Profiles:
    """How the pages of one site are read, by their times."""

    written: tuple[Profile, ...] = ()
    """What a person wrote, oldest first; these are tried before all others, unless they are
    provisional: then behind them."""
    learnt: tuple[Profile, ...] = ()
    """What the site's own pages taught, oldest first."""

    @classmethod
    def of(cls, written: Iterable[Profile], learnt: Iterable[Profile]) -> "Profiles":
        """Return profiles in their order."""
        return cls(_sorted(written), _sorted(learnt))

    @classmethod
    def kept(cls, written: Iterable[Profile], kept: Iterable[KeptProfile]) -> "Profiles":
        """Return those *written* beside a site's description, and of those that its archive keeps
        the learnt ones.
        """
        return cls.of(written, (profile_of(one) for one in kept if one.learnt_at))

    def at(self, moment: datetime) -> tuple[Profile, ...]:
        """Return the profiles to try on a page that was received at a moment, aware, the likeliest
        first.
        """
        sure = [one for one in self.written if not one.provisional]
        return (
            *_nearest(sure, moment),
            *_nearest(self.learnt, moment),
            *_nearest(self.provisional, moment),
        )

    @property
    def provisional(self) -> tuple[Profile, ...]:
        """Those written ones that are a beginning: what is learnt since goes before them."""
        return tuple(one for one in self.written if one.provisional)

    def __bool__(self) -> bool:
        return bool(self.written or self.learnt)


NO_PROFILES = Profiles()
"""Of a site of which nothing was learnt or written."""


@lru_cache(maxsize=64)
def profile_of(kept: KeptProfile) -> Profile:
    """Return a profile that an archive keeps. Raises ProfileError if it is none."""
    return replace(Profile.from_toml(kept.rules), name=kept.name, since=kept.since)


def kept_as(profile: Profile, *, known: int = 0, learnt_at: datetime | None = None) -> KeptProfile:
    """Return a profile as an archive keeps it; *known* is how many pages were at hand when it was
    learnt, and *learnt_at* when that was.
    """
    return KeptProfile(
        name=profile.name,
        since=utc(profile.begins) if profile.since else None,
        rules=profile.to_toml(),
        support=profile.pages,
        known=known,
        learnt_at=learnt_at,
    )


def _sorted(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    return tuple(sorted(profiles, key=lambda one: (one.begins, one.name)))


def _nearest(profiles: Sequence[Profile], moment: datetime) -> list[Profile]:
    """Return the profile of a time, then the others, those of the nearest periods first."""
    own = sum(one.begins <= moment for one in profiles) - 1
    own = max(0, own)
    return [profiles[n] for n in sorted(range(len(profiles)), key=lambda n: (abs(n - own), n))]
