"""How the archive is asked: by pages of our own, by visitors in their own words, and within what
bounds; what is worked out of a whole archive is kept.
"""
