"""What a dead worker wrote down is found, whatever state its file is in."""

import os

import pytest

from talanoa.mail.sending import journal
from talanoa.mail.sending.outcomes import Outcome, Tried


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journal"


def die(made):
    """As the kernel does it: the lock goes with the process, the file stays."""
    made.flush()
    os.close(made._file)


def test_the_journal_of_a_living_worker_is_left_alone(folder):
    made = journal.Journal(folder, "one")
    made.held([1, 2])
    made.flush()
    assert list(journal.dead(folder)) == []
    made.close(forget=True)
    assert list(folder.glob("*.journal")) == []


def test_the_journal_of_a_dead_worker_tells_all_and_is_read_once(folder):
    """O2, O12"""
    made = journal.Journal(folder, "one")
    made.held(range(1, 7))
    for number in range(1, 6):
        made.trying(number)
    made.tried(Tried(1, Outcome.SENT, "250 ok"))
    made.tried(Tried(2, Outcome.LATER, "450 später"))
    made.tried(Tried(3, Outcome.REFUSED, "550 no"))
    die(made)
    (remains,) = journal.dead(folder)
    assert (remains.claim, remains.held, remains.trying) == ("one", set(range(1, 7)), {4, 5})
    assert remains.tried[2] == Tried(2, Outcome.LATER, "450 später")
    assert list(journal.dead(folder)) == []


def test_a_kill_at_any_moment_of_a_new_beginning_leaves_what_is_in_flight(folder, monkeypatch):
    """O2: there is no gap between forgetting the old and writing the new."""
    monkeypatch.setattr(journal.os, "ftruncate", lambda *_: None)  # the kill comes just before
    made = journal.Journal(folder, "one")
    for number in range(100, 120):
        made.trying(number)
        made.tried(Tried(number, Outcome.SENT, "250 S 7 ok\u00e9"))
    made.trying(120)
    made.flush()
    made.restart([120, 121], [120])
    made._pending.clear()
    monkeypatch.undo()
    os.close(made._file)
    (remains,) = journal.dead(folder)
    assert (remains.held, remains.trying) == ({120, 121}, {120})
    assert set(remains.tried) <= set(range(100, 120))


def test_a_journal_stays_when_its_reader_fails(folder):
    made = journal.Journal(folder, "one")
    die(made)

    def read():
        for _ in journal.dead(folder):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        read()
    assert len(list(journal.dead(folder))) == 1


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, b"S 1", b"T x\nS 5 ok\nQ 3 z\n", b"\xff\n\n\nH 1 2 x\nS 5 ok\n"])
def test_a_damaged_journal_stops_nobody(folder, damage):
    """E18: after a power cut a file may hold anything."""
    folder.mkdir()
    (folder / "one.journal").write_bytes(damage)
    (remains,) = journal.dead(folder)
    assert set(remains.tried) <= {5}


def test_only_one_reads_the_journals_of_the_dead(folder):
    folder.mkdir()
    with journal.alone(folder) as first, journal.alone(folder) as second:
        assert (first, second) == (True, False)
    with journal.alone(folder) as third:
        assert third


def test_a_file_that_never_got_its_name_is_swept_away(folder):
    """E18"""
    folder.mkdir()
    (folder / "old.new").touch()
    os.utime(folder / "old.new", (0, 0))
    (folder / "fresh.new").touch()
    list(journal.dead(folder))
    assert [path.name for path in folder.iterdir()] == ["fresh.new"]


def test_what_living_workers_sent_and_did_not_mark_is_known_to_the_others(folder):
    made = journal.Journal(folder, "one")
    made.trying(7)
    made.tried(Tried(7, Outcome.SENT, "250 ok"))
    made.trying(8)
    made.flush()
    assert journal.sent_by_others(folder, but=folder / "two.journal") == {7}
    assert journal.sent_by_others(folder, but=made.path) == set()
    made.close(forget=True)
