"""Pure functions on text: normalisation, folding, addresses, dates, labels, charsets, citations."""
