"""Persons, their addresses, what they tell of themselves, what they consented to, and their sign-ins."""
