"""Import: pages of known sites out of the archives of others, WARC, ARC and WACZ."""
