"""Walks the district portals and reads their pages; knows nothing of SQLite."""
