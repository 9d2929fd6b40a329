"""Families of portals, one a file: where a CMS puts the parts of a page, and what shows it."""
