"""The permanent code of an article: thirteen letters and digits, made once and never again.

It is made of the site and of the address by which the article first came to an archive, so that
two archives that saw the same article by themselves gave it the same code.
"""

import hashlib

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Of what a code consists: Crockford's base 32, where i, l, o and u are left out, which look like
other signs or make words."""

LENGTH = 13

_FIRST = ALPHABET[10:]
"""A code begins with a letter, so that no spreadsheet takes one for a number."""


def code_of(site: str, key: str, attempt: int = 0) -> str:
    """Return the code of the article of a site whose first address has this ``urlkey``.

    With *attempt* 1, 2, … the next ones, for when those before are another article's: by chance,
    or because that one came from this address and has moved.
    """
    said = f"{site}\n{key}\n{attempt}" if attempt else f"{site}\n{key}"
    number = int.from_bytes(hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest())
    number, first = divmod(number, len(_FIRST))
    signs = [_FIRST[first]]
    while len(signs) < LENGTH:
        number, sign = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)
