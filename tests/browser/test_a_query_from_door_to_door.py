"""The query service as people use it: mail by LMTP and SMTP, a facilitator before a real browser, one `talanoa serve`."""

import email
import email.policy
import io
import re
from collections import Counter

import docx
import pypdf
import pytest
from playwright.sync_api import expect

from living import House, until
from path import letter
from post_office import PostOffice

ANA, ASKER = "ana@facilitators.example", "m12@members.example"
PLACES = ["Apia", "Honiara", "Suva", "Tarawa", "Nukuʻalofa", "Port Vila", "Funafuti", "Majuro", "Palikir", "Alofi", "Rarotonga", "Dili"]
SYNTHESIS = "Where somebody is paid by the month, she stays."


def answer(number):
    place = PLACES[number]
    return (
        f"Dear all,\n\nIn {place} the council pays {number + 3} village nurses {10 + number} dollars a month since two years. "
        f"Of the nurses in {place} none has left. Before, {number + 1} of them left each year.\n\n"
        f"We wrote it down: “Nurses of {place}”, https://health.example/{number}.pdf\n\nKind regards\n"
    )


class Village:
    """The house, its members' mailboxes, and the facilitator's browser."""

    def __init__(self, house, office, chromium):
        self.house, self.office = house, office
        self.everybody = [*house.members("mdg", 15), ANA]
        house.start()
        self.page = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB").new_page()
        self.page.goto(next(word for word in house.command("login-link", ANA).split() if "/sign-in/" in word))
        self.page.get_by_role("button", name="Sign in here").click()

    def mailbox(self, address):
        """The letters that came, the oldest first."""
        return [email.message_from_bytes(one.content, policy=email.policy.default) for one in self.office.deliveries if one.address == address]

    def came(self, address, subject):
        """The letter with these words in its subject, once it has come."""
        return until(lambda: next((one for one in self.mailbox(address) if subject in one["Subject"]), None))

    def everybody_has_once(self, subject):
        """Wait for the copies of a letter: one for each member. Returns their Message-ID."""

        def copies():
            return [one for one in self.office.deliveries if one.sender and subject in str(parsed(one)["Subject"])]

        until(lambda: len(copies()) >= len(self.everybody))
        assert Counter(one.address for one in copies()) == Counter(self.everybody)
        return copies()[0].message_id

    def take(self, sender, **more):
        to = more.get("to", "mdg@lists.example.org")
        address = re.search(r"<(.+)>", sender)[1]
        assert self.house.take(letter(sender, **more), to=to, sender=address) == {}

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()


def parsed(delivered):
    return email.message_from_bytes(delivered.content, policy=email.policy.default)


@pytest.fixture
def village(tmp_path, chromium):
    with PostOffice(log=tmp_path / "office.log") as office, House(tmp_path, smtp_url=office.url) as house:
        house.command("community", "create", "mdg", "--name", "MDG Pacific", "--address", "mdg@lists.example.org")
        house.command("members", "add", "mdg", ANA, "--name", "Ana Tuimavave", "--role", "facilitator")
        made = Village(house, office, chromium)
        yield made
        made.page.context.close()


def test_from_a_members_question_to_the_consolidated_reply_in_every_mailbox(village):
    """D1, O1, O2, M1"""
    page, url = village.page, village.house.url
    page.goto(f"{url}/c/mdg/settings")
    page.get_by_label("First letters of a newcomer").fill("0")
    page.get_by_role("button", name="Save").click()

    # A member asks by mail; the facilitator finds it on her desk, and words it.
    village.take(f"Member 12 <{ASKER}>", to="mdg-query@lists.example.org", subject="Nurses", text="Who pays the village nurse?\n")
    village.came(ASKER, "Your query has reached us")
    page.goto(f"{url}/desk")
    page.get_by_role("link", name="Nurses", exact=True).click()
    page.get_by_label("Title").fill("Who pays the village nurse?")
    page.get_by_label("The query").fill("Who pays the village nurse in your country, how much, and does she stay?")
    page.get_by_label("experiences", exact=False).first.check()
    village.press("Ask the asker to agree")
    workplace = page.url

    # The asker agrees by an answer; then it goes to everybody, once.
    wording = village.came(ASKER, "Do you agree?")
    assert "and does she stay?" in wording.get_content()
    village.take(f"Member 12 <{ASKER}>", to=email.utils.parseaddr(wording["From"])[1], subject="Re: Do you agree?", text="Agree.\n")
    village.came(ANA, "Who pays the village nurse?")
    until(lambda: page.goto(workplace) and page.get_by_text("Member 12 has agreed.").count())
    village.press("Send to the members")
    asked = village.everybody_has_once("Query 1: Who pays the village nurse?")

    # Twelve members answer, and each answer goes to everybody.
    for number in range(12):
        sender = f"Member {number} <m{number}@members.example>"
        village.take(sender, subject="Re: [mdg] Query 1: Who pays the village nurse?", text=answer(number), In_Reply_To=asked)
    until(lambda: sum(1 for one in village.office.deliveries if one.sender) >= 13 * len(village.everybody))

    # A draft of them, edited and issued.
    page.clock.install()
    page.goto(f"{workplace}/reply")
    village.press("Begin with a first draft")
    page.wait_for_selector("#bench[data-ready]")
    expect(page.get_by_text("Every response is represented.")).to_be_visible()
    page.locator("#summary .sheet").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type(f"{SYNTHESIS} ")
    page.clock.fast_forward(4000)
    expect(page.locator("#summary .state")).to_have_text(re.compile(r"^saved \d\d:\d\d$"), timeout=10_000)
    page.goto(f"{workplace}/reply/issue")
    village.press("Issue version 1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Who pays the village nurse?")
    village.everybody_has_once("Consolidated Reply 1: Who pays the village nurse?")
    village.came(ASKER, "Your query is answered")

    # The mail reads by itself, and the whole is attached: the same file as on the page.
    mail = village.came("m14@members.example", "Consolidated Reply 1")
    assert SYNTHESIS in " ".join(mail.get_body(("plain",)).get_content().split())
    attached = next(mail.iter_attachments()).get_content()
    get = page.context.request.get
    assert get(f"{url}/c/mdg/replies/1/v1.pdf").body() == attached
    pdf = " ".join(" ".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(attached)).pages).split())
    word = " ".join(one.text for one in docx.Document(io.BytesIO(get(f"{url}/c/mdg/replies/1/v1.docx").body())).paragraphs)
    for number, place in enumerate(PLACES):
        for whole in (pdf, word):
            assert SYNTHESIS in whole
            assert f"{number + 1}. Member {number}, Fiji" in whole
            assert place in whole

    # Found again, and nobody has got anything twice.
    page.goto(f"{url}/c/mdg/replies?theme=nurse")
    page.get_by_role("link", name="Who pays the village nurse?").click()
    expect(page.get_by_text(SYNTHESIS)).to_be_visible()
    assert max(Counter((one.address, one.message_id) for one in village.office.deliveries).values()) == 1
    assert Counter(one.address for one in village.office.deliveries if one.sender) == Counter(village.everybody * 14)
