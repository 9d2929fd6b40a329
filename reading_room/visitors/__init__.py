"""Whom a room lets in, by which names, and what they may ask."""
