"""What runs Tin Huyện unattended: what the machine's own scheduler is given to run, and alarms.

Here belongs what an operator needs beyond a crawl, as functions of values and of what the archive
tells: nothing here asks a portal, and what writes into the machine stands in the command line.
"""
