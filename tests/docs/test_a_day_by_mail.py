"""The letters in the handbook's page are those that the software writes, word for word."""

import email
import re
from email import policy
from pathlib import Path

import pytest

from cast import address
from path import NOW, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.mail.models import Delivery

PAGE = Path(__file__).parents[2] / "docs/handbook/a-day-by-mail.md"
TALA = "tala@islands.example"


def latest_to(whom: str) -> tuple[str, str]:
    """The latest personal letter to somebody: its address to answer to, and how the handbook shows it."""
    one = Delivery.objects.filter(address=whom, lane=Delivery.Lane.PERSONAL).latest("pk")
    mail = email.message_from_bytes(sent_bytes(one.outgoing), policy=policy.default)
    sender = mail["From"].addresses[0]
    text = f"From: {sender.display_name} <{sender.addr_spec}>\nTo: {mail['To']}\nSubject: {mail['Subject']}\n\n{mail.get_content().strip()}"
    text = re.sub(r"(confirm\+|/decide/)[a-z2-7]{32}", r"\g<1>k7mwq2…", text.replace("\r\n", "\n"))
    return sender.addr_spec, re.sub(r"http://[\w.:]+/", "https://lists.example.org/", text)


@pytest.mark.django_db
def test_the_letters_of_the_page_are_those_that_go_out(cast, walk):
    communities.arrange(cast.mdg, first_posts_held=1)
    words = "Dear all,\n\nwe keep two registers, of midwives and of trained nurses.\nDo you report both?\n\nTala Ioane"
    walk(letter(f"Tala Ioane <{TALA}>", subject="Births without a midwife", text=words), at=NOW)
    ticket, notice = latest_to(address("ana"))
    answer = "approve and invite\n\nYour two registers are what we need."
    walk(letter(address("ana"), to=ticket, subject="Re: Held: Births without a midwife", text=answer), to=ticket)
    _, done = latest_to(address("ana"))
    ticket, invitation = latest_to(TALA)
    walk(letter(TALA, to=ticket, text="Gladly."), to=ticket)
    _, welcome = latest_to(TALA)
    text = PAGE.read_text(encoding="utf-8")
    shown = [block.strip() for block in re.findall(r"(?ms)^```text\n(.*?)^```", text)]
    assert shown == [notice, answer, done, invitation, welcome]
