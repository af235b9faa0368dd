"""Letters and pages speak the language of whom they go to; what goes to everybody, the community's."""

import email
import email.policy
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.communities.joining import actions as joining
from talanoa.conversations import actions as conversations
from talanoa.desk import actions as desk
from talanoa.locale import country, direction, spoken, whole_day
from talanoa.mailroom import commands
from talanoa.moderation.models import Held
from talanoa.people.models import Person
from talanoa.queries import actions as queries

pytestmark = pytest.mark.django_db
PROOF = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
BEN = f"Ben Okafor <{address('ben')}>"
HELP = {
    "fr": "Ce que vous pouvez demander à", "es": "Lo que puede pedir a", "ru": "О чём можно попросить",
    "zh-hans": "您可以对", "ar": "ما يمكنكم طلبه من",
}  # fmt: skip


def speaks(person, languages):
    Person.objects.filter(pk=person.pk).update(languages=languages)
    person.refresh_from_db()


def letters_to(name):
    found = [email.message_from_bytes(sent_bytes(one.outgoing), policy=email.policy.default) for one in copies() if one.address == address(name)]
    return [(str(one["Subject"]), one.get_body(("plain",)).get_content(), one) for one in found]


@pytest.mark.parametrize(
    ("languages", "expected"),
    [("fr", "fr"), ("sw fr", "fr"), ("fr-CA", "fr"), ("zh", "zh-hans"), ("zh-CN", "zh-hans"), ("ES-mx", "es"), ("en fr", "en"), ("sw", "en"), ("", "en"), ("x'; --", "en")],
)
def test_the_first_language_of_somebody_that_we_speak_is_taken(languages, expected):
    assert spoken(languages, "en") == expected


def test_a_language_that_we_do_not_speak_gives_way_to_the_communitys():
    assert spoken("sw", "fr") == "fr"


def test_days_and_countries_are_named_as_a_language_names_them():
    day = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
    assert [whole_day(day, one) for one in ("en", "fr", "es", "ru", "zh-hans")] == ["12 March 2026", "12 mars 2026", "12 de marzo de 2026", "12 марта 2026\u202fг.", "2026年3月12日"]
    assert direction("ar") == "rtl"
    with translation.override("fr"):
        assert country("WS") == "Samoa"
        assert country("DE") == "Allemagne"


@pytest.mark.parametrize(("language", "subject"), HELP.items())
def test_a_command_is_answered_in_the_members_language_with_words_that_it_may_answer(cast, walk, language, subject):
    """Answers are short, in the member's language; what they offer is understood when it comes back."""
    communities.leave(cast.mdg, cast.ben, at=NOW)
    speaks(cast.ben, f"sw {language}")
    walk(letter(BEN, to="mdg-request@lists.example.org", subject="help", text="", **PROOF), to="mdg-request@lists.example.org")
    told, text, whole = letters_to("ben")[-1]
    assert told.startswith(subject)
    assert whole["Content-Language"] == language
    offered = [line.strip().split("  ")[0] for line in text.splitlines() if line.startswith("  ")]
    read = [commands.one(word, NOW.date()) for line in offered for word in line.split(", ")]
    assert [one.verb for one in read] == [
        "daily", "weekly", "monthly", "hour", "each", "subjects", "none", "text", "html", "pause", "resume", "search", "settings", "help", "leave",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "subject", "day"),
    [("fr", "Récapitulatif du 2 mars 2026", "2 mars 2026"), ("ru", "Сводка за 2 марта", "2 мар. 2026"), ("ar", "ملخص 2 مارس 2026", "2 مارس 2026")],
)
def test_a_digest_is_in_its_readers_language_and_runs_its_way(cast, walk, language, subject, day):
    speaks(cast.chandra, language)
    communities.choose_delivery(cast.membership(cast.chandra, cast.mdg), delivery="daily", digest_hour=12, at=NOW - timedelta(hours=3))
    walk(letter(BEN))
    conversations.tend(at=NOW + timedelta(hours=6))
    told, text, whole = letters_to("chandra")[-1]
    assert subject in told
    assert day in text.replace("\u200f", "")
    html = whole.get_body(("html",)).get_content()
    assert f'<html lang="{language}" dir="{direction(language)}">' in html
    assert "<bdi>Ben Okafor</bdi>" in html
    with translation.override(language):
        assert country("PG") in text


def test_the_foot_of_a_copy_speaks_the_communitys_language(cast, walk):
    communities.arrange(cast.mdg, language="fr")
    speaks(cast.chandra, "es")
    mail = letter(BEN, text="Who counts the births?")
    walk(mail)
    _, text, whole = letters_to("chandra")[-1]
    assert "Changer la façon de recevoir le courrier\xa0:" in text
    assert "Papouasie-Nouvelle-Guinée" in text
    assert "Pour répondre à Ben Okafor en privé" in text
    assert whole["From"].addresses[0].display_name == "Ben Okafor via MDG Pacific"


def test_a_facilitator_decides_by_mail_in_their_language(cast, walk):
    """The worker speaks nobody's language: reasons, refusals and answers are in the facilitator's."""
    communities.arrange(cast.mdg, first_posts_held=1)
    speaks(cast.ana, "fr")
    walk(letter(f"Noa Faleolo <{address('noa')}>", subject="Births", text="Greetings from Tonga."))
    told, text, whole = letters_to("ana")[-1]
    assert told == "Retenu : Births"
    assert "L’auteur est nouveau ici." in text
    assert "  refuser MOTIF    il ne part pas" in text
    to = whole["From"].addresses[0].addr_spec
    walk(letter(address("ana"), to=to, text="Merci beaucoup"), to=to)
    assert "Votre réponse ne commence pas par un mot qui décide" in letters_to("ana")[-1][1]
    walk(letter(address("ana"), to=to, text="approuver"), to=to)
    assert any("Il est approuvé et part aux membres." in text for _, text, _ in letters_to("ana"))
    assert Held.objects.get().decision == "approved"


def test_who_has_no_account_is_written_to_in_the_communitys_language(cast, walk):
    communities.arrange(cast.health, language="es")
    joining.invite(cast.health, "new@elsewhere.example", name="Lea", words="", by=cast.ana, at=NOW)
    raw = email.message_from_bytes(sent_bytes(copies()[-1].outgoing), policy=email.policy.default)
    assert raw["Subject"] == "Una invitación a Island Health"
    assert "Hola, Lea:" in raw.get_body().get_content()


def test_a_query_speaks_to_its_asker_in_theirs_and_to_everybody_in_the_communitys(cast, walk):
    communities.arrange(cast.mdg, language="fr")
    speaks(cast.ben, "ru")
    to = "mdg-query@lists.example.org"
    walk(letter(BEN, to=to, subject="Counting births", text="How do you count births at home?"), to=to)
    assert letters_to("ben")[-1][0] == "Ваш запрос получен: Counting births"
    query = queries.Query.objects.get()
    queries.word(query, title="Counting births", text="How do you count?", types=["experiences"], by=cast.ana, at=NOW)
    told, text, whole = letters_to("ben")[-1]
    assert told == "Вы согласны? Counting births"
    assert "опыт" in text
    to = whole["From"].addresses[0].addr_spec
    assert walk(letter(BEN, to=to, text="Да!"), to=to).fate == "decided"
    query.refresh_from_db()
    queries.circulate(query, by=cast.ana, at=NOW)
    told, text, _ = letters_to("chandra")[-1]
    assert told == "[mdg] Requête 1 : Counting births"
    assert "Souhaité\xa0: expériences" in text
    assert "d’ici le 12 mars 2026" in text


def test_the_morning_mail_is_in_its_readers_language(cast, walk):
    communities.arrange(cast.mdg, first_posts_held=1)
    speaks(cast.ana, "fr")
    walk(letter(f"Noa Faleolo <{address('noa')}>", subject="Births"))
    desk.tend(at=NOW + timedelta(days=1))
    told, text, _ = letters_to("ana")[-1]
    assert told.startswith("Votre bureau")
    assert "Un message est retenu" in text


def test_pages_speak_the_readers_language_and_run_its_way(cast):
    arabic = Client().get("/", headers={"accept-language": "ar-EG, en;q=0.5"})
    assert '<html lang="ar" dir="rtl">' in arabic.content.decode()
    assert arabic["Content-Language"] == "ar"
    assert "社区" in Client().get("/", headers={"accept-language": "zh-CN"}).content.decode()
    assert '<html lang="en" dir="ltr">' in Client().get("/", headers={"accept-language": "sw"}).content.decode()
