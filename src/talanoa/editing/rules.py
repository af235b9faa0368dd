"""Decisions about texts that several people make; pure."""

from datetime import timedelta

ONE_SITTING = timedelta(minutes=5)  # what one person saves within it is one version
LARGEST, MOST_BLOCKS = 400_000, 2_000  # characters and blocks of a text; one that is twenty times too long still fits
