"""Whatever bytes come, they are read: promises S1, S2, S6, D7."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.mail.reading import fresh, html, parsing

LINES = st.sampled_from(
    [
        b"From: a@example.org",
        b"From: =?utf-8?q?x?= <b@example.org>, c@d",
        b"Subject: =?iso-2022-jp?B?GyRCJDM?= =?x-unknown?q?=0ABcc:_e@f?=",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/alternative; boundary="b"',
        b"Content-Type: text/html; charset=unicode_escape",
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Disposition: attachment; filename*0*=utf-8''%FF; filename*2=b",
        b"",
        b"",
        b"--b",
        b"--b--",
        b"> quoted",
        b"On 1 May 2020, A <a@b.org> wrote:",
        b"begin 644 x",
        b"<div><blockquote type=cite><table><td>x</p>",
        b"=FF=C3 \xff\xfe\x00",
        b"Final-Recipient: rfc822; a@b.org",
        b"-- ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.lists(LINES, max_size=30).map(b"\r\n".join), st.lists(LINES, max_size=30).map(b"\n".join)))
def test_any_bytes_are_read_and_described(raw):
    letter = parsing.read(raw, trusted_authserv="mx.example.org")
    said = json.dumps(parsing.describe(letter, "x"))
    assert "\\u0000" not in said
    assert "\n" not in letter.subject
    for attachment in letter.attachments:
        assert attachment.name
        assert "/" not in attachment.name
    assert letter.fresh_text.strip() or not letter.text.strip()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=40), LINES.map(lambda line: line.decode("latin-1"))), max_size=30).map("\n".join))
def test_a_text_taken_apart_loses_no_line_and_is_never_empty(text):
    text = text.replace("\r", "\n")
    found = fresh.trim(text)
    kept = [line for part in (found.fresh, found.quoted, found.signature) for line in part.split("\n")]
    assert sorted(line for line in kept if line.strip()) == sorted(line for line in text.split("\n") if line.strip())
    assert bool(found.fresh.strip()) == bool(text.strip())


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "<p> <div> </div> </p> <b> </b> <i> </i> <a href=http://x> </a> <table> <tr> <td> </td> </table> <ul> <li> </ul> x &amp; &lt; < > "
            "<blockquote type=cite> </blockquote> <div\x20class=gmail_attr> <div\x20id=appendonsend> <pre>\n\n <h1> <h2> <br> <img\x20src=cid:a> "
            "<script> </script> <svg> </svg> <details> <summary> </summary> </details> <details\x20class=quoted> <!--x--> <math> <style> </style> <hr> <caption> "
            "<dl> <dt> <dd> <s> <tt> <center> <font\x20color=red> </font> <span\x20style='display:none'> </span> \n".replace(
                "\x20", "\0"
            ).split(" ")
        ).map(lambda tag: tag.replace("\0", " ")),
        max_size=40,
    ).map("".join)
)
def test_sanitising_twice_changes_nothing(source):
    once = html.sanitise(source)
    assert html.sanitise(once) == once


HEAD = b"From: a@example.org\nSubject: x\n"
HARD = {
    "a Subject of 640 kB of encoded words": b"From: a@example.org\nSubject: " + b"=?utf-8?Q?aaaa?= " * 40_000 + b"\n\nx",
    "100,000 headers": b"X: y\n" * 100_000 + b"\nx",
    "10,000 addresses": b"From: a@example.org\nTo: " + b", ".join(b"u%d@example.org" % n for n in range(10_000)) + b"\n\nx",
    "500 nested comments": b"From: " + b"(" * 500 + b")" * 500 + b" <a@example.org>\n\nx",
    "3,000 levels": HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)) + b"\nx",
    "100,000 parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 100_000,
    "boundaries that nearly fit": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bb\n" * 1_000_000,
    "a million lines": HEAD + b"\n" + b"a\n" * 1_000_000,
    "a line of 20 MB": HEAD + b"\n" + b"a" * 20_000_000,
    "attributions that never end": HEAD + b"\n" + b"On 1 <a@b\n" * 100_000,
    "rules without end": HEAD + b"\n" + b"----\nx@example.org\n" * 100_000,
    "100,000 nested elements": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 100_000,
    "formatting that is opened anew": HEAD + b"Content-Type: text/html\n\n" + b"<b><i><u><s><tt>" * 20 + b"<p>x</p>" * 50_000,
    "tags that never close": HEAD + b"Content-Type: text/html\n\n" + b'<a "' * 200_000,
    "a report of 30,000 recipients": b"From: MAILER-DAEMON\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
    + b"".join(b"Final-Recipient: rfc822; a%d@example.org\nAction: failed\n\n" % n for n in range(30_000)),
    "a notice without end": b"From: MAILER-DAEMON\nSubject: failure notice\n\ncould not be delivered\n" + b"<a@b.org>: user \n" * 100_000,
}


@pytest.mark.parametrize("raw", HARD.values(), ids=HARD.keys())
def test_s1_s2_no_mail_costs_ten_seconds(raw):
    begun = time.process_time()
    parsing.read(raw)
    # Generous: each takes well under a second on a quiet machine.
    assert time.process_time() - begun < 10


def test_s2_what_was_capped_is_said():
    notes = parsing.read(HARD["a Subject of 640 kB of encoded words"]).notes
    assert notes == ("A header longer than 64 KiB was cut.",)
    assert "500 parts" in parsing.read(HARD["100,000 parts"]).notes[0]
    assert "50 parts" in parsing.read(HARD["3,000 levels"]).notes[0]


def test_s2_more_than_25_mib_is_too_hard():
    with pytest.raises(parsing.TooHard, match="25 MiB"):
        parsing.read(b"x" * (25 * 1024 * 1024 + 1))


@pytest.mark.parametrize("unit", ["> a\n", "On 1 May 2020 a wrote\n", "From: a@b.org\n", "-- \nx\n", "Tel: 123 4567\n", "a <b@c.org> 1\n"])
def test_s6_trimming_takes_linear_time(unit):
    def cost(times):
        begun = time.process_time()
        fresh.trim(unit * times)
        return time.process_time() - begun

    small = max(min(cost(500) for _ in range(3)), 0.001)
    # Eight times the text; quadratic time would be 64-fold.
    assert min(cost(4_000) for _ in range(2)) < 30 * small
