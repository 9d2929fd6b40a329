"""Cells of CSV files, as spreadsheets take them: UTF-8 told by its mark, and no formulas."""

BOM = "\ufeff"
"""What a spreadsheet knows UTF-8 by."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """Return a value so that no spreadsheet runs it: a text that would be a formula has an
    apostrophe before it.
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
