"""Releases: an archive as of a day, as files that others can cite, check and read."""
