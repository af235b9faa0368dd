"""Talanoa: facilitated, e-mail-first communities of practice.

A house of rooms; imports go down the stairs only (docs/tour.md shows them).
"""

__version__ = "0.1.0"
