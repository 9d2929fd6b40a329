"""What the answers of routes are written in, read as it comes: one file a notation."""
