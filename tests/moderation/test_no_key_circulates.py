"""A5: no secret leaves in circulated text, in whatever encoding or part it came; our own foot is not quoted on."""

import email
import re
from email import policy
from email.message import EmailMessage

import pytest

from browsers import browser
from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.conversations.models import Post
from talanoa.mail import tokens
from talanoa.mail.models import Delivery
from talanoa.moderation.models import Held
from talanoa.people import actions as people

pytestmark = pytest.mark.django_db
PLAIN = ("7bit", "quoted-printable", "base64")


@pytest.fixture
def keys(cast):
    """Living tokens, in the forms in which people get them: of Noa to leave, of Ana to decide and confirm, of a copy."""
    leave = tokens.seal("leave", cast.membership(cast.noa, cast.mdg).pk)
    decide = people.issue("decide", address("ana"), at=NOW, about=1, words={"what": "held"})
    sign_in = people.make_sign_in_link(cast.ana.addresses.get(), source="", at=NOW)
    bounce = tokens.seal("bounce", 7)
    return {
        leave: f"https://lists.example.org/leave/{leave} or mdg-leave+{leave}@lists.example.org",
        decide: f"mdg-confirm+{decide}@lists.example.org or https://lists.example.org/decide/{decide}/approve",
        sign_in: f"http://localhost:8000/sign-in/{sign_in}",
        bounce: f"Return-Path: MDG-bounces+{bounce.upper()}@lists.example.org",
    }


def mail(*, text=None, html=None, encoding="quoted-printable", subject="Counting") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = address("ben"), "mdg@lists.example.org", subject
    made["Message-ID"] = "<keys@people.example>"
    if text is not None:
        made.set_content(text, cte=encoding)
    if html is not None:
        (made.add_alternative if text is not None else made.set_content)(html, subtype="html", cte=encoding)
    return made


def raw(made) -> bytes:
    return made.as_bytes(policy=policy.SMTP)


def everything_sent() -> str:
    """All that waits for the members, with every part decoded."""
    told = []
    for one in copies():
        if one.lane == Delivery.Lane.CIRCULAR:
            whole = email.message_from_bytes(sent_bytes(one.outgoing), policy=policy.default)
            told += [sent_bytes(one.outgoing).decode("utf-8", "replace"), str(whole["Subject"])]
            told += [part.get_payload(decode=True).decode("utf-8", "replace") for part in whole.walk() if not part.is_multipart()]
    return "\n".join(told)


def leaked(keys, told: str) -> list[str]:
    squeezed = re.sub(r"[\s>=]|<[^>]*>", "", told.lower())
    return [key for key in keys if key in squeezed]


@pytest.mark.parametrize("encoding", PLAIN)
@pytest.mark.parametrize("form", ["text", "html", "both", "quoted", "split", "folded away"])
def test_keys_are_taken_out_of_text_quotation_and_html(cast, walk, keys, encoding, form):
    lines = list(keys.values())
    page = "<p>We count both.</p><blockquote>" + "".join(f'<p><a href="https://x.example/?u={line}">{line}</a></p>' for line in lines) + "</blockquote>"
    quoted = "We count both.\n\nOn Monday Ana wrote:\n" + "\n".join(f"> {line}" for line in lines)
    made = {
        "text": lambda: mail(text="We count both.\n\n" + "\n".join(lines), encoding=encoding),
        "html": lambda: mail(html=page, encoding=encoding),
        "both": lambda: mail(text=quoted, html=page.replace("@", "&#64;").replace("+", "&#43;"), encoding=encoding),
        "quoted": lambda: mail(text=quoted, encoding=encoding),
        "split": lambda: mail(text=re.sub(r"([a-z2-7]{9})(?=[a-z2-7]{9})", "\\1\n> ", quoted), encoding=encoding),
        "folded away": lambda: mail(html="<p>We count both.</p>" + "".join(f"<p>{line[:-20]}<b>{line[-20:]}</b></p>" for line in lines), encoding=encoding),
    }[form]()
    fate = walk(raw(made)).fate
    assert fate == ("turned back" if form in ("split", "folded away") else "posted")
    assert leaked(keys, everything_sent()) == []
    if fate == "posted":
        post = Post.objects.get()
        assert "We count both." in post.fresh_text
        assert leaked(keys, post.fresh_text + post.quoted_text + post.html + browser(cast.ben).get(f"/c/mdg/m/{post.key}").content.decode()) == []
        assert "[…]" in everything_sent()


@pytest.mark.parametrize("hiding", ["text file", "page", "utf-16", "mail", "mail in a mail", "signed"])
def test_what_cannot_be_taken_out_is_turned_back_with_the_reason(cast, walk, keys, hiding):
    secret = list(keys.values())[1]
    made = mail(text="See what I got.")
    if hiding == "text file":
        made.add_attachment(f"See {secret}", subtype="plain", filename="letter.txt", cte="base64")
    elif hiding == "page":
        made.add_attachment(f"<a href='{secret.replace('+', '%2B')}'>", subtype="plain", filename="letter.txt")
    elif hiding == "utf-16":
        made.add_attachment(secret.encode("utf-16"), maintype="application", subtype="octet-stream", filename="letter.doc")
    elif hiding == "signed":
        made = mail(text=f"See {secret}")
        body = "\r\n".join(f"{name}: {value}" for name, value in made.items() if name.startswith("Content"))
        signed = f"{body}\r\n\r\n{made.get_payload()}"
        made.set_payload(f"--b\r\n{signed}\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nxxxx\r\n--b--\r\n")
        made.replace_header("Content-Type", "multipart/signed; boundary=b; protocol=application/pgp-signature")
        made.replace_header("Content-Transfer-Encoding", "7bit")
    else:
        inner = mail(html=f"<p>{secret}</p>", encoding="base64")
        if hiding == "mail in a mail":
            outer = mail(text="Forwarded")
            outer.add_attachment(inner)
            inner = outer
        made.add_attachment(inner)
    kept = walk(raw(made))
    assert kept.fate == "turned back"
    assert everything_sent() == ""
    back = next(sent_bytes(one.outgoing).decode() for one in copies() if one.address == address("ben"))
    assert "acts in somebody's name" in back


def test_dead_keys_in_an_attachment_harm_nobody(cast, walk):
    made = mail(text="An old letter.")
    made.add_attachment(f"mdg-confirm+{'a' * 32}@lists.example.org", subtype="plain", filename="old.txt")
    assert walk(raw(made)).fate == "posted"


@pytest.mark.parametrize("encoding", PLAIN)
@pytest.mark.parametrize("form", ["text", "html", "quoted"])
def test_the_password_line_of_mailman_never_circulates(cast, walk, encoding, form):
    """Mailman 1181161, 2.1.10, and issue 518 of its third edition."""
    made = {
        "text": lambda: mail(text="\nApproved: hunter2hunter2\n\nWe count both.", encoding=encoding),
        "html": lambda: mail(html="<html><body>\n<p>Approve: hunter2hunter2</p><p>We count both.</p></body></html>", encoding=encoding),
        "quoted": lambda: mail(
            text="We count both.\n\nOn Monday Ana wrote:\n> Approved: hunter2hunter2\n> Dear all",
            html="<p>We count both.</p><blockquote><p>Approved: hunter2hunter2</p><p>Dear all</p></blockquote>",
            encoding=encoding,
        ),
    }[form]()
    made["Approved"] = "hunter2hunter2"
    assert walk(raw(made)).fate == "posted"
    assert "hunter2" not in everything_sent()
    assert "hunter2" not in Post.objects.get().html
    assert "We count both." in everything_sent()


def test_words_that_only_look_like_it_stay(cast, walk):
    text = "The plan was\nApproved: yes\n\nYou may leave + confirm later at https://un.example/decide/later."
    walk(letter(address("ben"), text=text))
    assert Post.objects.get().fresh_text == text


@pytest.mark.parametrize("form", ["text", "html"])
def test_our_own_foot_is_not_quoted_on(cast, walk, form):
    communities.arrange(cast.mdg, numbered=False)
    first = walk(raw(mail(text="Who counts?", html="<p>Who counts?</p>"))).post
    copy = email.message_from_bytes(sent_bytes(copies()[-1].outgoing), policy=policy.default)
    text = copy.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "/c/mdg/delivery" in text
    answer = letter(
        address("chandra"), text="We do.\n\nOn Monday, Ben wrote:\n" + "".join(f"> {line}\n" for line in text.split("\n")), In_Reply_To=first.message_id
    ) if form == "text" else None  # fmt: skip
    if form == "html":
        made = mail(html=f"<p>We do.</p><blockquote>{copy.get_body(('html',)).get_content()}</blockquote>")
        made.replace_header("From", address("chandra"))
        made.replace_header("Message-ID", "<we-do@people.example>")
        answer = raw(made)
    post = walk(answer).post
    assert "Who counts?" in post.quoted_text + post.html
    assert "/delivery" not in post.quoted_text + post.html
    sent = next(sent_bytes(one.outgoing).decode() for one in reversed(copies()) if one.outgoing.message_id == post.message_id)
    assert sent.count("/c/mdg/delivery") == (2 if "text/html" in sent else 1)


def test_what_a_facilitator_reads_and_the_desk_hold_no_key(cast, walk, keys):
    communities.arrange(cast.mdg, moderated=True)
    walk(letter(address("ben"), text="Look:\n" + "\n".join(keys.values())))
    notice = sent_bytes(copies()[-1].outgoing).decode()
    page = browser(cast.ana).get(f"/moderation/{Held.objects.get().pk}").content.decode()
    assert "Look:" in notice
    assert "Look:" in page
    assert leaked(keys, notice + page) == []
