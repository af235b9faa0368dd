"""Decisions about persons; pure."""

from datetime import timedelta

LINK_LIVES = timedelta(minutes=15)
TICKET_LIVES = timedelta(days=7)
SESSION_LIVES = timedelta(days=60)  # since it was last seen

# A8: whoever types somebody's address must not be able to flood that mailbox.
LETTERS_PER_ADDRESS = 3
LETTERS_PER_SOURCE = 20
LETTERS_IN_ALL = 1000
LETTER_WINDOW = timedelta(hours=1)

# Commands and their answers: a person rarely needs more in an hour, a loop is broken by it.
ANSWERS_PER_ADDRESS = 10
