"""Whoever writes the index may be killed at any moment: after the next start it has no gap and nothing twice (P3)."""

import os
import signal
import threading
import time

import pytest
from django.db import connections

from path import NOW, letter
from talanoa.search import actions, feeding, lookups
from talanoa.search.engine import Writer

DELAYS = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2)  # seconds after a commit was begun


def killed(delay: float) -> None:
    """Take in what changed in a process of its own, which dies so long after it began to commit."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        commit = Writer.commit

        def dying(writer):
            threading.Thread(target=lambda: (time.sleep(delay), os.kill(os.getpid(), signal.SIGKILL))).start()
            commit(writer)

        Writer.commit = dying
        try:
            actions.tend(at=NOW)
            time.sleep(2)  # the death that was ordered comes
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.django_db(transaction=True)
def test_p3_killed_in_the_middle_of_a_commit_it_has_no_gap_afterwards(cast, walk, catch_up):
    for number, delay in enumerate(DELAYS):
        walk(letter("Ben Okafor <ben@people.example>", subject=f"Tide{number}", text=f"Who reads tide gauge number{number}?"))
        killed(delay)
        lookups.find("gauge", person=cast.ben)  # what is there can be read
    catch_up()
    assert all(one.level for one in feeding.verify())
    assert lookups.find("gauge", person=cast.ben).total() == len(DELAYS)
    assert [len(lookups.find(f"number{number}", person=cast.ben).found) for number in range(len(DELAYS))] == [1] * len(DELAYS)
