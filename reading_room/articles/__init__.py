"""An article: how an address names it, what its page tells, how it is cited and given."""
