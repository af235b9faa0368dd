"""Commands by mail: everything a member does, from a mail client."""

import re
from datetime import date, timedelta

import pytest

from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.communities.lookups import membership
from talanoa.communities.models import Application
from talanoa.mailroom import commands
from talanoa.people.models import Person

pytestmark = pytest.mark.django_db
PROOF = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
REQUEST = "mdg-request@lists.example.org"
TODAY = date(2026, 3, 2)


def last_letter():
    return sent_bytes(copies()[-1].outgoing).decode()


def confirm_address():
    return re.search(r"mdg-confirm\+[a-z2-7]{32}@lists\.example\.org", last_letter())[0]


@pytest.mark.parametrize(
    ("line", "verb", "choices"),
    [
        ("digest weekly", "weekly", {"delivery": "weekly"}),
        ("Set Digest MIME", "daily", {"delivery": "daily"}),
        ("set delivery off", "none", {"delivery": "none"}),
        ("Please unsubscribe.", "leave", {}),
        ("Résumé quotidien", "daily", {"delivery": "daily"}),
        ("sin correo", "none", {"delivery": "none"}),
        ("nur Text", "text", {"html": False}),
        ("每日摘要", "daily", {"delivery": "daily"}),
        ("еженедельно", "weekly", {"delivery": "weekly"}),
        ("รายวัน", "daily", {"delivery": "daily"}),
        ("إلغاء الاشتراك", "leave", {}),
        ("मदद", "help", {}),
        ("subjects only!", "subjects", {"delivery": "subjects"}),
        ("pause", "pause", {"suspended_from": TODAY, "suspended_until": None}),
        ("pause until 2026-03-20", "pause", {"suspended_from": TODAY, "suspended_until": date(2026, 3, 20)}),
        ("Pause from 3 April 2026 to 5 avril 2026", "pause", {"suspended_from": date(2026, 4, 3), "suspended_until": date(2026, 4, 5)}),
        ("digest hour 7", "hour", {"digest_hour": 7}),
        ("Set digest hour: 19:00", "hour", {"digest_hour": 19}),
        ("Heure 8 h", "hour", {"digest_hour": 8}),
        ("hora del resumen 6", "hour", {"digest_hour": 6}),
        ("Uhrzeit 21 Uhr", "hour", {"digest_hour": 21}),
        ("摘要时间 7点", "hour", {"digest_hour": 7}),
        ("الساعة ٧", "hour", {"digest_hour": 7}),
        ("resume", "resume", {"suspended_from": None, "suspended_until": None}),
    ],
)
def test_words_of_many_languages_and_systems_are_understood(line, verb, choices):
    found = commands.one(line, TODAY)
    assert (found.verb, found.choices) == (verb, choices)


@pytest.mark.parametrize(
    "line", ["I would like to join the discussion on births", "leave me out of this", "pause until never", "pause until 2025-01-01", "", "digestive", "digest hour 24", "hour", "at 7 we meet"]
)
def test_half_a_command_is_none(line):
    assert commands.one(line, TODAY) is None


def test_a_choice_is_taken_from_a_mail_that_proves_its_sender(cast, walk):
    """A1"""
    assert walk(letter(address("ben"), subject="", text="weekly\ntext only\n\nThank you,\nBen", **PROOF), to=REQUEST).fate == "served"
    member = cast.membership(cast.ben, cast.mdg)
    assert (member.delivery, member.html) == ("weekly", False)
    assert "one mail a week" in last_letter()


def test_the_hour_is_chosen_and_my_settings_shows_everything(cast, walk):
    walk(letter(address("ben"), subject="", text="daily\ndigest hour 19\ntext only\npause until 2026-12-31", **PROOF), to=REQUEST)
    assert cast.membership(cast.ben, cast.mdg).digest_hour == 19
    walk(letter(address("ben"), subject="my settings"), to=REQUEST)
    told = last_letter()
    for piece in ("one mail a day at 19:00, UTC", "plain text alone", "attachments in the mail", "until 2026-12-31", "digest hour 7"):
        assert piece in told


def test_a_choice_that_nothing_proves_is_confirmed_by_an_answer(cast, walk):
    """A1, A2"""
    walk(letter(address("ben"), subject="no mail"), to=REQUEST)
    assert cast.membership(cast.ben, cast.mdg).delivery == "each"
    ticket = confirm_address()
    assert walk(letter(address("ben"), to=ticket, text="yes"), to=ticket).fate == "settings changed"
    assert cast.membership(cast.ben, cast.mdg).delivery == "none"
    assert walk(letter(address("ben"), to=ticket, text="again"), to=ticket).fate == "forwarded"  # used up: people read it


def test_leaving_always_needs_an_answer_from_the_same_address(cast, walk):
    """A1, A2: a forwarded ticket does nothing."""
    walk(letter(address("ben"), **PROOF), to="mdg-leave@lists.example.org")
    ticket = confirm_address()
    assert walk(letter(address("chandra"), to=ticket, text="yes"), to=ticket).fate == "refused"
    assert membership(cast.ben, cast.mdg)
    assert walk(letter(address("ben"), to=ticket, text="yes"), to=ticket, at=NOW + timedelta(hours=1)).fate == "left"
    assert membership(cast.ben, cast.mdg) is None
    assert "You have left MDG Pacific" in last_letter()


def test_an_old_ticket_does_nothing(cast, walk):
    """A2"""
    walk(letter(address("ben"), **PROOF), to="mdg-leave@lists.example.org")
    ticket = confirm_address()
    walk(letter(address("ben"), to=ticket, text="yes"), to=ticket, at=NOW + timedelta(days=8))
    assert membership(cast.ben, cast.mdg)


def test_a_vacation_responder_confirms_nothing(cast, walk):
    """L1, A1"""
    walk(letter(address("ben")), to="mdg-leave@lists.example.org")
    ticket = confirm_address()
    walk(letter(address("ben"), to=ticket, Auto_Submitted="auto-replied"), to=ticket)
    assert membership(cast.ben, cast.mdg)


def test_a_stranger_joins_by_confirming_and_waits_for_a_welcome(cast, walk):
    walk(letter("Tala Ioane <tala@islands.example>", subject="", text="I work on births in Savai'i."), to="mdg-join@lists.example.org")
    assert copies()[-1].address == "tala@islands.example"
    ticket = confirm_address()
    assert walk(letter("tala@islands.example", to=ticket, text="yes"), to=ticket).fate == "asked to join"
    application = Application.objects.get()
    assert (application.person.name, application.words) == ("Tala Ioane", "I work on births in Savai'i.")
    assert membership(application.person, cast.mdg) is None


def test_in_an_open_community_the_confirmed_are_members_at_once(cast, walk):
    cast.mdg.joining = "open"
    cast.mdg.save()
    walk(letter("tala@islands.example"), to="join.mdg@lists.example.org")
    ticket = confirm_address()
    assert walk(letter("tala@islands.example", to=ticket, text="ok"), to=ticket).fate == "joined"
    assert membership(Person.objects.get(addresses__canonical="tala@islands.example"), cast.mdg)
    assert "Welcome to MDG Pacific" in last_letter()


def test_a_stranger_learns_nothing_of_a_hidden_community(cast, walk):
    """P1"""
    for purpose in ("join", "request", "search"):
        walk(letter("tala@islands.example", subject="help"), to=f"core-{purpose}@lists.example.org")
    assert copies() == []


def test_nobody_is_flooded_with_confirmations(cast, walk):
    """A8"""
    for number in range(8):
        walk(letter("victim@islands.example", subject=f"{number}"), to="mdg-join@lists.example.org")
    assert len(copies()) == 3


def test_a_wrong_command_changes_nothing_and_is_answered_with_what_can_be_said(cast, walk):
    assert walk(letter(address("ben"), subject="Hello", text="please make it purple", **PROOF), to=REQUEST).fate == "not understood"
    assert "> please make it purple" in last_letter()
    assert "subjects only" in last_letter()
    assert cast.membership(cast.ben, cast.mdg).delivery == "each"


def test_dgroups_words_work_as_addresses(cast, walk):
    walk(letter(address("ben"), **PROOF), to="dailydigest.mdg@lists.example.org")
    assert cast.membership(cast.ben, cast.mdg).delivery == "daily"
    walk(letter(address("ben"), subject="2", **PROOF), to="nomail.mdg@lists.example.org")
    assert cast.membership(cast.ben, cast.mdg).delivery == "none"


def test_a_machine_is_never_answered(cast, walk):
    """L1"""
    for headers in ({"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"}, {"List_Id": "<x.y>"}):
        walk(letter(address("ben"), subject="help", **headers), to=REQUEST)
    walk(letter(address("ben"), subject="help"), to=REQUEST, sender="")
    assert copies() == []


def test_an_html_only_command_is_understood(cast, walk):
    raw = (
        f"From: {address('ben')}\r\nTo: {REQUEST}\r\nSubject: \r\nContent-Type: text/html; charset=utf-8\r\n"
        "Authentication-Results: mx.lists.example.org; dkim=pass header.d=people.example\r\n\r\n"
        "<html><body><div>weekly</div><div><br></div><div>Ben</div></body></html>\r\n"
    ).encode()
    walk(raw, to=REQUEST)
    assert cast.membership(cast.ben, cast.mdg).delivery == "weekly"


def test_a_search_by_mail_finds_what_the_asker_may_read(cast, walk, catch_up):
    """P1"""
    walk(letter(address("ben"), subject="Counting births", text="Village nurses keep a pink book.", **PROOF))
    walk(letter(address("chandra"), to="core@lists.example.org", subject="Births budget", text="Secret births.", **PROOF), to="core@lists.example.org")
    catch_up()
    walk(letter(address("noa"), subject="search: pink birth from:okafor"), to=REQUEST)
    assert "1. Counting births" in last_letter()
    assert "pink book" in last_letter()
    assert copies()[-1].address == address("noa")
    walk(letter(address("noa"), subject="secret"), to="mdg-search@lists.example.org")
    assert "Nothing was found" in last_letter()
    walk(letter(address("noa"), subject='"book pink"'), to="mdg-search@lists.example.org")
    assert "Nothing was found" in last_letter()
    walk(letter(address("noa"), subject="nurzes", Message_ID="<nurzes@people.example>"), to="mdg-search@lists.example.org")
    assert "this was found for: nurses" in last_letter()
    assert "1. Counting births" in last_letter()
    before = len(copies())
    walk(letter("stranger@islands.example", subject="births"), to="mdg-search@lists.example.org")
    assert len(copies()) == before


def test_a_search_by_mail_before_there_is_an_index_says_so(cast, walk, own_index):
    assert walk(letter(address("noa"), subject="births", **PROOF), to="mdg-search@lists.example.org").fate == "served"
    assert "still being made findable" in last_letter()
