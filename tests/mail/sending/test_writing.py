"""What leaves is exactly what was meant, for every name, subject and text that people have."""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from talanoa.mail import addresses as reading
from talanoa.mail.reading import headers as our_headers
from talanoa.mail.sending.folding import field, mailboxes
from talanoa.mail.sending.writing import UNSUBSCRIBE_SLOT, CannotWrite, Part, compose, date, mailbox, message_id, phrase, relay

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120)
NAMES = TEXT | st.text("abc\"\\<>@,;:()[]. =?_-'é中\u202e", max_size=60)
LOCALS = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}(\.[a-z0-9]{1,8}){0,2}", fullmatch=True)
DOMAINS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,8}){1,2}", fullmatch=True)
ADDRESSES = st.builds(lambda local, domain: f"{local}@{domain}", LOCALS, DOMAINS)


def headers(*more, subject="A subject", sender=None, to="mdg@lists.example.org", mid="<m1@lists.example.org>"):
    return [
        ("From", sender or "mdg@lists.example.org"), ("To", to), ("Subject", subject), ("Date", date(AT)), ("Message-ID", mid), *more,
    ]


def unfolded(raw, name):
    found = re.findall(rb"(?im)^" + name.encode() + rb":((?:[^\r\n]|\r\n[ \t])*)\r\n", raw)
    assert len(found) == 1
    return found[0].replace(b"\r\n", b"").strip().decode("ascii")


def sane(raw):
    """M1, by eyes of its own."""
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(NAMES, ADDRESSES, NAMES, ADDRESSES)
@example("trusted@bank.example,", "evil@evil.example", "=?utf-8?q?x?=", "a@b.example")
@example('"', "a@b.example", "\\", "c@d.example")
@example("a" * 300, "a@b.example", "中" * 80, "c@d.example")
def test_addresses_out_are_addresses_intended(name, address, other_name, other):
    """M1: two independent readers find the same addresses and names in the final bytes."""
    value = f"{mailbox(name, address)}, {mailbox(other_name, other)}"
    made = compose(headers=headers(("Reply-To", value)), text="x")
    raw = made.head + b"\r\n" + made.body
    sane(raw)
    line = unfolded(made.head, "Reply-To")
    assert [spec for _, spec in getaddresses([line])] == [address, other]
    assert [entry.mailbox.address for entry in reading.entries(line)] == [address, other]
    assert mailboxes(line) == [address, other]
    assert len(email.message_from_bytes(raw).get_all("Reply-To")) == 1
    decoded = [str(make_header(decode_header(word))) for word, _ in getaddresses([line])]
    assert [" ".join(word.split()) for word in decoded] == [" ".join(name.split()), " ".join(other_name.split())]


@given(TEXT)
@example("Re: =?utf-8?q?x=0ABcc:_injected@example.com?=")
@example("naïve 中文 " * 30)
@example("👩‍👩‍👧‍👦" * 40)
@example("a" * 2000)
@example("two  spaces   inside")
def test_a_subject_arrives_as_it_was_written(subject):
    """Whole characters in every encoded word, lines folded, read back by two readers."""
    assume(subject.strip(" ") == " ".join(subject.split()))  # white space is the reader's to fold
    made = compose(headers=headers(subject=subject), text="x")
    sane(made.head)
    for word in re.findall(rb"=\?utf-8\?([qb])\?([^?]*)\?=", made.head):
        assert len(word[1]) <= 63
    raw = made.head + b"\r\n" + made.body
    assert str(make_header(decode_header(email.message_from_bytes(raw)["Subject"]))) == subject.strip(" ")
    assert our_headers.decode_words(unfolded(made.head, "Subject")) == our_headers.one_line(subject)
    for line in made.head.split(b"\r\n"):
        assert len(line) <= 78 or b" " not in line.strip()


@given(st.text(max_size=40), st.sampled_from(["\r\n", "\n", "\r", "\0", "\x0b", "\x1f", "\x7f", "\ud800"]), st.text(max_size=40))
def test_no_header_can_be_smuggled(before, evil, after):
    """V1.3.11: a line break anywhere in a value is refused, never written."""
    value = f"{before}{evil}Bcc: evil@example.com{after}"
    for name in ("Subject", "X-Original-From", "List-Id", "References", "X-Anything"):
        with pytest.raises(CannotWrite):
            field(name, value)
    with pytest.raises(CannotWrite):
        mailbox(value, "a@b.example")


@pytest.mark.parametrize(
    "address",
    ["", "a", "@b", "a@", "a@b@c", "a b@c.example", "a@b\r\nc", "<a@b>", "a,b@c", "a@-b.example", "a@b..c", "a@b.example>", "a" * 400 + "@b.example"],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(CannotWrite):
        mailbox("Name", address)


@pytest.mark.parametrize(
    "value",
    ["alice@trusted.example <evil@evil.example>", "<a@b><c@d>", "a@b c@d", "Name", "a@b,,c@d", 'a@b (c), "x', "undisclosed:;"],
)
def test_an_address_header_holds_addresses_or_is_refused(value):
    """CVE-2023-27043 and its kin: what two readers might read differently is never written."""
    with pytest.raises(CannotWrite):
        compose(headers=headers(sender=value), text="x")


@pytest.mark.parametrize("missing", ["From", "To", "Subject", "Date", "Message-ID"])
def test_each_header_that_must_be_there_is_there_once(missing):
    """M1"""
    given_headers = headers()
    with pytest.raises(CannotWrite, match="0 headers"):
        compose(headers=[pair for pair in given_headers if pair[0] != missing], text="x")
    with pytest.raises(CannotWrite, match="2 headers"):
        compose(headers=[*given_headers, next(pair for pair in given_headers if pair[0] == missing)], text="x")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain\n", "7bit"),
        ("Ça va?\n" + "plain words " * 5, "quoted-printable"),
        ("村里的护士由谁付钱\n" * 5, "base64"),
        ("x" * 2000, "quoted-printable"),
        ("From here on\n", "quoted-printable"),
    ],
)
def test_the_encoding_of_a_text_is_the_robust_and_short_one(text, encoding):
    made = compose(headers=headers(), text=text)
    assert unfolded(made.head, "Content-Transfer-Encoding") == encoding
    assert b"\r\nFrom " not in b"\r\n" + made.body


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=400))
@example("é" * 3000)
@example("trailing \t \n.\n..\nFrom x\n=\n")
@example("é" + "x" * 73 + " \nFrom " + "y" * 70 + "é")
def test_a_text_arrives_as_it_was_written(text):
    made = compose(headers=headers(), text=text, html=f"<p>{text}</p>")
    raw = made.head + b"\r\n" + made.body
    sane(raw)
    assert max(map(len, made.body.split(b"\r\n"))) <= 998
    plain, html = email.message_from_bytes(raw).get_payload()
    clean = re.sub(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)
    for part, expected in ((plain, clean), (html, f"<p>{clean}</p>")):
        found = part.get_payload(decode=True).decode().replace("\r\n", "\n")
        assert found.removesuffix("\n") == expected.removesuffix("\n")
        if part["Content-Transfer-Encoding"] == "quoted-printable":
            assert all(len(line) <= 76 for line in part.get_payload().splitlines())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=220), st.binary(max_size=300))
@example("报告" * 60 + ".pdf", b"\0\r\n")
@example('quo"te\\back.pdf', b"")
@example("../../etc/passwd", b"x")
def test_files_arrive_byte_for_byte_under_their_names(name, content):
    """S4: and no name is a path."""
    parts = [Part(name, "application/pdf", content), Part("x", "text/calendar; method=REQUEST", b"x", "img1@x")]
    made = compose(headers=headers(), text="x", html='<img src="cid:img1@x">', inline=parts[1:], attachments=parts[:1])
    raw = made.head + b"\r\n" + made.body
    sane(raw)
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    related = message.get_payload()[0].get_payload()[1]
    assert related.get_content_type() == "multipart/related"
    assert related.get_payload()[1]["Content-ID"] == "<img1@x>"
    part = message.get_payload()[1]
    assert part.get_payload(decode=True) == content
    _, found = our_headers.parameters(part["Content-Disposition"].replace("\r\n", ""))
    assert "/" not in found.get("filename", "")
    assert "\\" not in found.get("filename", "")
    if name.isprintable() and name == name.strip() and not re.search(r"[/\\\s]", name) and len(name) < 200:
        assert found.get("filename", "") == name


def test_a_slot_passes_through_and_leaves_room_for_what_fills_it():
    slot = UNSUBSCRIBE_SLOT.decode()
    made = compose(headers=headers(("List-Unsubscribe", f"<https://lists.example.org/leave/{slot}>, <mailto:mdg-leave+{slot}@lists.example.org>")), text="x")
    assert made.head.count(UNSUBSCRIBE_SLOT) == 2
    assert max(line.count(UNSUBSCRIBE_SLOT) for line in made.head.split(b"\r\n")) == 1


def test_threading_hints_that_cannot_be_repeated_are_left_out():
    made = compose(headers=headers(("References", "<a@b> <ü@x> broken <c@d>"), ("In-Reply-To", "a sentence")), text="x")
    assert unfolded(made.head, "References") == "<a@b> <c@d>"
    assert b"In-Reply-To" not in made.head


def test_a_domain_beyond_ascii_is_said_in_ascii():
    """A9, RFC 5890"""
    assert mailbox("", "ana@münchen.example") == "ana@xn--mnchen-3ya.example"


def test_a_phrase_is_atoms_or_quoted_or_encoded():
    assert [phrase(name) for name in ("Ana Silva", "Silva, A.", "", "José")] == ["Ana Silva", '"Silva, A."', "", "=?utf-8?q?Jos=C3=A9?="]


def test_our_message_ids_are_random_and_tell_nothing(settings):
    """P8"""
    made = {message_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"<[\w-]{24}@" + re.escape(settings.TALANOA.mail_domain) + ">", one) for one in made)


SIGNED = (
    b"From: ana@a.example\r\nSubject: =?utf-8?q?x?=\r\nMIME-Version: 1.0\r\nDKIM-Signature: v=1; old\r\n"
    b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n\tmicalg=sha-256; boundary="b"\r\n'
    b"Message-ID: <old@a.example>\r\nTo: mdg@lists.example.org\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nTrailing  \t\r\n.\r\nFrom me\r\n\xe9\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nAAAA\r\n--b--\r\n"
)


def test_a_signed_letter_travels_byte_for_byte_under_new_headers():
    """M6: Content-* and body as they came; nothing else of the old header."""
    made = relay(headers=headers(("Content-Language", "en"), mid="<new@lists.example.org>"), raw=SIGNED)
    assert made.body == SIGNED.partition(b"\r\n\r\n")[2]
    assert b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n\tmicalg=sha-256; boundary="b"\r\n' in made.head
    assert made.head.count(b"MIME-Version") == 1
    assert b"old" not in made.head
    assert b"ana@a.example" not in made.head


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain\r\n\r\nnul\0\r\n",
        b"Content-Type: text/plain\r\n\r\n" + b"x" * 999 + b"\r\n",
        b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx\r\n",
    ],
)
def test_a_letter_that_cannot_travel_as_it_is_is_refused(raw):
    with pytest.raises(CannotWrite):
        relay(headers=headers(), raw=raw)


def test_bare_line_ends_become_the_canonical_ones_that_signatures_are_made_over():
    made = relay(headers=headers(), raw=SIGNED.replace(b"\r\n", b"\n"))
    assert made.body == SIGNED.partition(b"\r\n\r\n")[2]


@given(st.binary(max_size=400))
def test_relay_writes_well_or_refuses_whatever_it_is_given(raw):
    try:
        made = relay(headers=headers(), raw=raw)
    except CannotWrite:
        return
    sane(made.head + b"\r\n" + made.body)
