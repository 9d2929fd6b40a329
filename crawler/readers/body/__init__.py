"""From the element that holds an article's text to its blocks, pictures and files."""
