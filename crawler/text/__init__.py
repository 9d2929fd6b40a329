"""Pure functions on text: normalisation, folding, addresses, dates, charset."""
