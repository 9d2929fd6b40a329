"""What articles are about: documents and places, as addresses name them."""
