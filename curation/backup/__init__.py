"""Backups: an archive as it is at one moment, in a folder or an object store, and back again."""
