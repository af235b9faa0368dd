"""Talanoa: facilitated, e-mail-first communities of practice.

A house of rooms; imports go down the stairs only (docs/tour.md shows them).
"""

import os

# A house has more processes than cores. Threads of numpy's own would wait for one another: ten times as long, where the cores are busy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
