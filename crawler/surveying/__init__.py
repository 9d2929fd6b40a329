"""Judging what a host is today: pure functions of what it answered, by the names on the map."""
