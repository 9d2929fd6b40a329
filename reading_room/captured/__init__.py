"""What was captured, as it may be shown: files by their bytes, pages with nothing that runs."""
