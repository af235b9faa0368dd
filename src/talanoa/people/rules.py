"""Decisions about persons; pure."""

from datetime import timedelta

LINK_LIVES = timedelta(minutes=15)
SESSION_LIVES = timedelta(days=60)  # since it was last seen

# A8: whoever types somebody's address must not be able to flood that mailbox.
LINKS_PER_ADDRESS = 3
LINKS_PER_SOURCE = 20
LINKS_IN_ALL = 1000
LINK_WINDOW = timedelta(hours=1)
