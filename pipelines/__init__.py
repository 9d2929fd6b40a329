"""From what a spider saw to the archive: the steps that tidy it, one a file, then the store."""
