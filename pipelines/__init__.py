"""From what a spider saw to the archive: one pipeline a file, named by its verb."""
