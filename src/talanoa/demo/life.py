"""Brings the demo community to life: through the verbs, and every letter along the path of a mail."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import transaction

from talanoa.communities import actions as communities
from talanoa.communities.models import Community, Membership
from talanoa.consultations import actions as consultations
from talanoa.demo import consulting, discussing, old_list, questions, story, writing
from talanoa.demo.asking import Asking
from talanoa.demo.story import Character, Letter
from talanoa.discussions.clocks import actions as clocks
from talanoa.mail import actions as mail
from talanoa.mail import claims
from talanoa.mail.models import Outgoing, Received
from talanoa.mail.reading.parsing import Letter as Understood
from talanoa.mail.reading.parsing import read
from talanoa.mailroom.sorting import sort
from talanoa.moderation import actions as moderation
from talanoa.moderation.models import Held
from talanoa.people import actions as people
from talanoa.people.models import Address, Person

FACILITATOR, MEMBER = "anjali", "mereoni"
CONSENT = "My profile and my letters may be read by the members of the communities that I join."
# What was circulated before this is long in people's mailboxes; the demo's are new and begin with the rest.
RECENT = timedelta(days=3)
_CHOICES = {"text": {"html": False}, "links": {"attachments_as_links": True}}


def is_alive() -> bool:
    """Whether the story has been told into this state folder."""
    return Community.objects.exists()


def address(name: str) -> str:
    """Where a community of the story is written to."""
    return f"{name}@{settings.TALANOA.mail_domain}"


def begin(now: datetime, *, tell: Callable[[str], object] = str) -> None:
    """Tell the whole story into an empty house, ending at `now`.

    One transaction: a demo that was interrupted while it came to life begins anew
    instead of going on with half a community.
    """
    told, asked, talked, consulted = story.letters(now), questions.questions(now), discussing.talks(now), consulting.drafts(now)
    with transaction.atomic():
        tell(f"{len(story.people())} people join …")
        everybody = _people(now)
        places = _places(now, everybody)
        old = old_list.before_the_move(told, now)
        account = old_list.bring_in(places[old_list.SLUG], old, at=now - old_list.MOVED)
        tell(f"{account['stored']} letters come in from the archive of the old list …")
        told = [one for one in told if one not in old]
        tell(f"{len(told)} letters are written and sorted, {len(asked)} queries asked and answered,")
        tell(f"{len(talked)} discussions held, comments on {len(consulted)} draft gathered in two versions …")
        post_office = _PostOffice(places, everybody[FACILITATOR])
        asking = Asking(
            places["mdg"], everybody=everybody, facilitator=everybody[FACILITATOR], bring=post_office.bring, at=places["mdg"].founded_at
        )
        events: list[tuple[datetime, Callable[[], None]]] = [(one.at, partial(post_office.bring, one)) for one in told]
        events += [(step.at, partial(asking.play, one, step)) for one in asked for step in one.steps]
        talking = discussing.Talking(everybody=everybody, bring=post_office.bring)
        events += [(step.at, partial(talking.play, one, step)) for one in talked for step in one.steps]
        hearing = consulting.Consulting(places, everybody=everybody, bring=post_office.bring)
        events += [(step.at, partial(hearing.play, one, step)) for one in consulted for step in one.steps]
        for _, happens in sorted(events, key=itemgetter(0)):
            happens()
        clocks.tend(at=now)
        consultations.tend(at=now)
        sent = Outgoing.objects.filter(made_at__lt=now - RECENT).values_list("pk", flat=True)
        mail.withdraw(outgoing_ids=list(sent), at=now)


def _joined(character: Character, founded: int, now: datetime) -> datetime:
    days = story.communities()["newcomers"].get(character.key) or founded - story.chance(character.key, founded - 130)
    return now - timedelta(days=days, minutes=story.chance(character.name, 600))


def _people(now: datetime) -> dict[str, Person]:
    everybody = {}
    for key, character in story.people().items():
        at = _joined(character, story.communities()["mdg"]["founded"], now)
        person = people.introduce(
            character.address,
            at=at,
            name=character.name,
            role=character.role,
            organisation=character.organisation,
            country=character.country,
            languages=character.languages,
            interests=character.interests,
            biography=character.biography,
            timezone=character.timezone,
        )
        everybody[key] = person
    people.make_operator(everybody[FACILITATOR])
    return everybody


def _places(now: datetime, everybody: dict[str, Person]) -> dict[str, Community]:
    places: dict[str, Community] = {}
    for slug, facts in story.communities().items():
        if slug == "newcomers":
            continue
        at = now - timedelta(days=facts["founded"])
        place = communities.found(
            slug,
            name=facts["name"],
            address=address(slug),
            at=at,
            parent=places.get(facts.get("parent", "")),
            description=facts["description"],
            visibility=facts["visibility"],
            first_posts_held=facts.get("first_posts_held", 1),
        )
        places[slug] = place
        for key in everybody if facts["members"] == "everybody" else facts["members"]:
            _join(place, everybody[key], story.people()[key], _joined(story.people()[key], facts["founded"], now), now)
        for role in ("facilitator", "core", "secretariat"):
            for key in facts.get(role, ()):
                communities.appoint(place, everybody[key], role, at=at)
    return places


def _join(place: Community, person: Person, character: Character, at: datetime, now: datetime) -> None:
    choices: dict[str, Any] = dict(_CHOICES.get(character.delivery, {}))
    if character.delivery in Membership.Delivery.values:
        choices = {"delivery": character.delivery}
    member = communities.join(place, person, at=at, **choices)
    communities.agree(member, wording=CONSENT, source="joined by e-mail", given_at=at, at=at)
    if character.delivery == "away":
        today = now.date()
        communities.suspend(member, since=today - timedelta(days=9), until=today + timedelta(days=12), at=now)


class _PostOffice:
    """Hands each letter in at the mail door, as our edge would, and keeps the facilitator's desk meanwhile."""

    def __init__(self, places: dict[str, Community], facilitator: Person) -> None:
        self.places, self.facilitator = places, facilitator
        self.claim = claims.new_claim()

    def bring(self, letter: Letter) -> None:
        place = self.places.get(letter.community)
        to = address(letter.community)
        raw = writing.compose(
            letter,
            group=place.name if place else letter.community,
            address=to,
            prefix=place.subject_prefix if place else "",
        )
        sender = "" if letter.automatic else letter.author.address
        received = mail.keep(raw, recipient=to, envelope_sender=sender, door="lmtp", at=letter.at)
        if self._walk(received, at=letter.at) == "held" and letter.fate != "waits":
            self._decide(letter, received)

    def _walk(self, received: Received, *, at: datetime) -> str:
        mail.claim_received(limit=1, claim=self.claim, at=at)
        return sort(received.pk, claim=self.claim, read=_read, at=at)

    def _decide(self, letter: Letter, received: Received) -> None:
        held = Held.objects.get(received=received, decision=Held.Decision.NONE)
        at = letter.at + timedelta(minutes=7 + story.chance(letter.key, 45))
        if letter.fate == "rejected":
            moderation.reject(held, by=self.facilitator, reason=letter.reason, at=at)
        else:
            moderation.approve(held, by=self.facilitator, at=at)
            self._walk(received, at=at)


def _read(raw: bytes) -> Understood:
    return read(raw, trusted_authserv=settings.TALANOA.authserv_id)


def sign_in_path(key: str, *, at: datetime, lives: timedelta) -> str:
    """A one-time sign-in link for somebody of the story, as a path on our pages."""
    known = Address.objects.get(canonical=story.people()[key].address, first=True)
    return f"/sign-in/{people.make_sign_in_link(known, source='', at=at, lives=lives)}"
