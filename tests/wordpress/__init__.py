"""A real WordPress, run by the tests: Debian's packages, on loopback, in a temporary folder."""
