"""mbox files as they are found: where a mail begins, and its bytes."""

import io
import mailbox

import pytest

from talanoa.mail.reading import mbox

A = b"From: a@x.example\nDate: Sun, 1 Jan 2006 08:00:00 +0000\nSubject: A\n\nOne.\n"
B = b"From: b@x.example\nDate: Sun, 1 Jan 2006 09:00:00 +0000\nSubject: B\n\nTwo.\n"
LINE = b"From a@x.example Sun Jan  1 08:00:00 2006\n"
TAKEOUT = b"From 1720000000000000000@xxx Mon Mar 02 09:00:00 +0000 2026\n"


def cut(content):
    return [one.raw for one in mbox.cut(io.BytesIO(content))]


FILES = {
    "nothing": (b"", []),
    "one mail without envelope": (A, [A]),
    "two": (LINE + A + b"\n" + LINE + B + b"\n", [A, B]),
    "no empty line at the end": (LINE + A + b"\n" + LINE + B, [A, B]),
    "no empty line between": (LINE + A + LINE + B, [A, B]),
    "CR LF": ((LINE + A + b"\n" + LINE + B + b"\n").replace(b"\n", b"\r\n"), [A.replace(b"\n", b"\r\n"), B.replace(b"\n", b"\r\n")]),
    "CR LF mails, LF between": (LINE + A.replace(b"\n", b"\r\n") + b"\n" + LINE + B + b"\n", [A.replace(b"\n", b"\r\n"), B]),
    "an empty line of its own": (LINE + A + b"\n\n" + LINE + B + b"\n", [A + b"\n", B]),
    "Takeout": (TAKEOUT + A + b"\n" + TAKEOUT + B + b"\n", [A, B]),
    "pipermail": (b"From a at x.example  Sun Jan  1 08:00:00 2006\n" + A + b"\n\n" + b"From b at x  Sun Jan  1 08:00:00 2006\n" + B + b"\n\n", [A + b"\n", B + b"\n"]),
    "other disguise": (b"From m@r|e @end|ng |rom gm@||@com  Sun Jun 29 08:49:44 2025\n" + A + b"\n", [A]),
    "byte order mark": (mbox.MARK + LINE + A + b"\n" + LINE + B + b"\n", [A, B]),
    "Mozilla, no empty line between": (b"From - \n" + A + b"From - \n" + B, [A, B]),
    "no date": (b"From nobody\n" + A + b"\nFrom MAILER-DAEMON\n" + B + b"\n", [A, B]),
    "unescaped line": (LINE + A + b"\nFrom here on all is well.\n\n" + LINE + B + b"\n", [A + b"\nFrom here on all is well.\n", B]),
    "unescaped line before a colon": (LINE + A + b"\nFrom the minutes\nTo: do the rest\n\n" + LINE + B + b"\n", [A + b"\nFrom the minutes\nTo: do the rest\n", B]),
    "unescaped date without header": (LINE + A + b"\nFrom Monday Jan 2 10:00:00 2006\nwe meet.\n\n" + LINE + B + b"\n", [A + b"\nFrom Monday Jan 2 10:00:00 2006\nwe meet.\n", B]),
    "another language, no empty line between": ("From a@x.example dim. févr.  1 08:00:00 2006\n".encode() + A + "From b@x.example mié ene  1 09:00:00 2006\n".encode() + B, [A, B]),
    "ISO dates, no empty line between": (b"From a@x.example 2006-01-01T08:00:00Z\n" + A + b"From b@x.example 2006-01-01 09:00:00\n" + B, [A, B]),
    "a dated line before a note and a date": (LINE + A + b"\nFrom the minutes of 3 Jan 2006 10:00\nNote: this\nwas long.\nDate: tomorrow\n\n" + LINE + B, [A + b"\nFrom the minutes of 3 Jan 2006 10:00\nNote: this\nwas long.\nDate: tomorrow\n", B]),
    "mboxrd": (LINE + A + b">From me\n>>From you\n\n" + LINE + B + b"\n", [A + b"From me\n>From you\n", B]),
    "mboxcl": (LINE + A.replace(b"\n\n", b"\nContent-Length: %d\n\n" % (len(b"One.\n") + len(LINE + B))) + LINE + B + b"\n" + LINE + B + b"\n", 2),
    "mboxcl that lies": (LINE + A.replace(b"\n\n", b"\nContent-Length: 3\n\n") + b"\n" + LINE + B + b"\n", 2),
    "a length like a number of stars": (LINE + A.replace(b"\n\n", b"\nContent-Length: 99999999999\n\n") + b"\n" + LINE + B + b"\n", 2),
    "NUL and 8 bits": (LINE + A + b"\0\xff\xfe\n\n" + LINE + B + b"\n", [A + b"\0\xff\xfe\n", B]),
}  # fmt: skip


@pytest.mark.parametrize("content, expected", FILES.values(), ids=FILES)
@pytest.mark.parametrize("chunk", [1 << 20, 7])
def test_a_mail_begins_where_a_person_would_say_so(content, expected, chunk, monkeypatch):
    """However the bytes arrive."""
    monkeypatch.setattr(mbox, "CHUNK", chunk)
    found = cut(content)
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_a_length_that_is_true_keeps_what_looks_like_another_mail_inside():
    inner = LINE + B
    content = LINE + A.replace(b"\n\n", b"\nContent-Length: %d\n\n" % len(b"One.\n" + inner)) + inner + b"\n" + LINE + B + b"\n"
    first, second = cut(content)
    assert first.endswith(b"One.\n" + inner)
    assert second == B


def test_pythons_mailbox_counts_too_many_where_we_do_not(tmp_path):
    """The control: the damage is real."""
    file = tmp_path / "damaged"
    file.write_bytes(FILES["unescaped line"][0])
    box = mailbox.mbox(file)
    assert len(box) == 3
    box.close()
    assert len(cut(file.read_bytes())) == 2


def test_a_mail_without_end_takes_no_memory(monkeypatch):
    """E9: only its size is told, and the mails around it are whole."""
    monkeypatch.setattr(mbox, "MAIL_LIMIT", 10_000)
    monkeypatch.setattr(mbox, "CHUNK", 1_000)
    found = list(mbox.cut(io.BytesIO(LINE + A + b"\n" + LINE + A + b"x" * 50 * 1000 + b"\n\n" + LINE + B + b"\n")))
    assert [one.raw for one in found] == [A, b"", B]
    assert found[1].size > 50_000


def test_ten_thousand_lines_that_almost_begin_a_mail_cost_little():
    content = LINE + A + b"\nFrom x Sun Jan  1 08:00:00 2006\nnothing\n" * 10_000
    assert len(cut(content)) == 1
