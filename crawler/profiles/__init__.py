"""How the pages of a site are read, as data: learnt from the site itself, or written by a person."""

from crawler.profiles.profile import Profile, ProfileError, Rule
from crawler.profiles.reading import read

__all__ = ["Profile", "ProfileError", "Rule", "read"]
