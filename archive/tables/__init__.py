"""The tables of an archive, one a file. Whoever calls them has begun the transaction."""
