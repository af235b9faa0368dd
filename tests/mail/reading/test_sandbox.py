"""One mail kills at most its own reader: promise S1."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from talanoa.mail.reading import child, parsing, sandbox

MAIL = b"From: Ana <a@example.org>\nSubject: x\nDate: Thu, 6 Jun 2024 10:10:00 +0000\n\n" + b"words and words\n" * 300


@pytest.fixture
def reader():
    made = sandbox.Reader(trusted_authserv="mx.example.org", seconds=2)
    yield made
    made.close()


def test_the_child_understands_what_we_understand(reader):
    assert reader.read(MAIL) == parsing.read(MAIL)


def test_a_large_mail_passes_both_ways(reader):
    raw = MAIL.replace(b"\n\n", b'\nContent-Type: application/x; name="big.bin"\n\n', 1) + b"x" * 20_000_000
    assert len(reader.read(raw).attachments[0].content) > 20_000_000


def test_s1_a_mail_that_hangs_is_given_up_and_the_next_is_read(reader, monkeypatch):
    monkeypatch.setattr(sandbox, "read_here", _hang)
    begun = time.monotonic()
    with pytest.raises(sandbox.ReadingFailed, match="longer than 2 seconds"):
        reader.read(b"hang")
    assert time.monotonic() - begun < 8
    monkeypatch.undo()
    assert reader.read(MAIL).subject == "x"


def test_s1_a_mail_that_eats_memory_fails_alone(reader, monkeypatch):
    monkeypatch.setattr(sandbox, "read_here", _eat)
    with pytest.raises(sandbox.ReadingFailed, match=r"memory|died"):
        reader.read(b"eat")
    monkeypatch.undo()
    assert reader.read(MAIL).subject == "x"


def test_s1_a_mail_that_kills_the_child_fails_alone(reader, monkeypatch):
    monkeypatch.setattr(sandbox, "read_here", _die)
    with pytest.raises(sandbox.ReadingFailed, match="died"):
        reader.read(b"die")
    monkeypatch.undo()
    assert reader.read(MAIL).subject == "x"


def test_a_bug_is_named_and_the_child_lives_on(reader, monkeypatch):
    monkeypatch.setattr(sandbox, "read_here", _stumble)
    with pytest.raises(sandbox.ReadingFailed, match="KeyError"):
        reader.read(b"bug")
    child = reader._child
    with pytest.raises(sandbox.ReadingFailed, match="KeyError"):
        reader.read(b"bug")
    assert reader._child == child


def test_a_refusal_keeps_its_sentence(reader):
    with pytest.raises(sandbox.ReadingFailed, match="25 MiB"):
        reader.read(b"x" * (25 * 1024 * 1024 + 1))


def test_a_child_that_was_killed_is_replaced(reader):
    reader.read(MAIL)
    os.kill(reader._child, signal.SIGKILL)
    with pytest.raises(sandbox.ReadingFailed):
        reader.read(MAIL)
    assert reader.read(MAIL).subject == "x"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="This system does not show the open files of a process.")
def test_the_child_holds_no_socket_of_its_parent(reader):
    with socket.socket() as listening, Path(__file__).open() as file:
        reader.read(MAIL)
        held = [str(entry.readlink()) for entry in Path(f"/proc/{reader._child}/fd").iterdir()]
        assert listening
        assert file
    assert not [name for name in held if name.startswith("socket:") or name == __file__]
    assert sum(name.startswith("pipe:") for name in held) >= 2


def test_a_child_ends_with_its_reader(reader):
    reader.read(MAIL)
    child = reader._child
    reader.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_an_answer_of_a_child_runs_nothing():
    import io
    import pickle

    with pytest.raises(pickle.UnpicklingError):
        child._Plain(io.BytesIO(pickle.dumps(os.system)), sandbox.Reader.facts).load()


def _once_warm(raw):
    return raw == sandbox.WARMING


def _hang(raw, **_):
    while not _once_warm(raw):
        pass


def _eat(raw, **_):
    return None if _once_warm(raw) else bytearray(4 << 30)


def _die(raw, **_):
    if not _once_warm(raw):
        os._exit(3)


def _stumble(raw, **_):
    if not _once_warm(raw):
        raise KeyError("x")
