"""Work on an archive that asks no portal: derive, verify, reread, import, export."""
