"""Joining another archive with ours: `rules` says of each table how.

`source` opens the other one, `memory` knows what was taken before. `originals` brings files;
`site` joins one site in one transaction, in which `numbers` matches rows, `rows` joins what needs
no more than a statement, `texts`, `codes` and `takedowns` what needs more.
"""
