"""A district portal in our own words, served on loopback.

It is what ``make crawl`` crawls when no site is named, the server of the tests and the load source
of the benches. It imports no other package of the project, so that it is an independent witness:
a `demo.portal.Post` says what a reader ought to find on its page.
"""
