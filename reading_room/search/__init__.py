"""A search: as an address names it, what it finds, and the passages shown beside its hits."""
