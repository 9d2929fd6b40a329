"""Finding the parts of an article on a page, whatever made it: one part a file."""
