"""What the pages show in tests: letters in three scripts, files, pictures, held and set-aside mail."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from cast import Cast, address
from path import NOW, Path, letter
from talanoa.conversations.models import Conversation, Post
from talanoa.mail.models import Received
from talanoa.moderation.models import Held
from talanoa.people import actions as people

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")

PROVEN = "mx.lists.example.org; dkim=pass header.d=people.example; dmarc=pass header.from=people.example"
ASKED = """Dear colleagues,

Indicator 5.2 asks for births attended by skilled personnel. On our
outer islands many births are attended by trained village nurses who
are not registered as midwives, so the figure says more about the
register than about the care.

How do you count them, and has anybody reported both figures side by
side?

Ben"""
ANSWERED = """We faced the same in 2008 with basic health workers. We kept the
official definition for the national report and published a second
line, "attended by trained personnel", with a note on what the training
was. See https://stats.example.org/report/2008 for the page.

Write to me at chandra@people.example if you want the tables.

On Mon, 2 Mar 2026 at 09:29, Ben Okafor <ben@people.example> wrote:
> Dear colleagues,
>
> Indicator 5.2 asks for births attended by skilled personnel. On our
> outer islands many births are attended by trained village nurses.
"""
ARABIC = "شكراً على السؤال. في بلدنا تُسجَّل القابلات المدرَّبات في سجل منفصل، ونذكر الرقمين معاً في التقرير السنوي."


@dataclass
class World:
    cast: Cast
    conversation: Conversation  # in mdg: Ben, Chandra, Ana; with files
    public: Conversation  # in health
    secret: Conversation  # in core
    first: Post
    answer: Post
    held: Held  # Noa's first letter, in mdg
    foreign: Held  # in other
    aside: Received  # set aside, for mdg


def with_files(sender: str, subject: str, text: str, **headers: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "mdg@lists.example.org", subject
    made["Date"], made["Message-ID"] = "Mon, 02 Mar 2026 09:40:00 +0000", "<files@people.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    made.add_attachment(b"%PDF-1.4 births by island", maintype="application", subtype="pdf", filename="births-by-island.pdf")
    made.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="html", filename="page")
    made.add_attachment(PIXEL, maintype="image", subtype="png", filename="map of clinics.png", disposition="inline", cid="<map>")
    return made.as_bytes().replace(b"\n", b"\r\n")


def build(cast: Cast, *, at: datetime = NOW) -> World:
    """Everything comes in as mail and is decided through the verbs."""
    from talanoa.communities.actions import arrange
    from talanoa.mail.actions import set_aside

    walk = Path()
    people.describe(cast.ben, languages="en fr", biography="Counts what counts.\n\nLikes registers.", timezone="Pacific/Port_Moresby")
    who = {name: f"{getattr(cast, name).name} <{address(name)}>" for name in ("ana", "ben", "chandra", "noa", "farid")}

    def post(raw: bytes, to: str = "mdg@lists.example.org", minutes: int = 0) -> Post:
        return walk(raw, to=to, at=at + timedelta(minutes=minutes)).post

    first = post(letter(who["ben"], subject="Counting births without a midwife on outer islands", text=ASKED, Message_ID="<asked@people.example>"))
    answer = post(
        letter(who["chandra"], subject="Re: Counting births without a midwife on outer islands", text=ANSWERED, In_Reply_To="<asked@people.example>"),
        minutes=70,
    )
    post(with_files(who["ana"], "Re: Counting births without a midwife on outer islands", "Both figures by island, and a map.", In_Reply_To="<asked@people.example>"), minutes=90)
    post(
        b"Content-Language: ar\r\n"
        + letter(who["chandra"], subject="Re: Counting births without a midwife on outer islands", text=ARABIC, In_Reply_To="<asked@people.example>"),
        minutes=95,
    )
    public = post(letter(who["ben"], to="health@lists.example.org", subject="Clean water in schools", text="Write to ben@people.example for the survey."), to="health@lists.example.org")
    secret = post(letter(who["chandra"], to="core@lists.example.org", subject="Whom we invite", text="Only among us: three names.", Authentication_Results=PROVEN), to="core@lists.example.org")
    arrange(cast.mdg, first_posts_held=1)
    arrange(cast.other, moderated=True)
    walk(letter(who["noa"], subject="Training of village nurses in Tonga", text="Dear all,\n\nmay I tell how we train them?\n\n<script>alert(1)</script>"), at=at + timedelta(hours=6))
    walk(letter("Stranger <stranger@elsewhere.example>", to="other@lists.example.org", subject="Hello", text="May I join?"), to="other@lists.example.org", at=at)
    aside = walk.keep(letter(who["ben"], subject="It broke something", text="Sorry."), at=at + timedelta(hours=7))
    from talanoa.mail.actions import claim_received

    claim_received(limit=1, claim=walk.claim, at=at + timedelta(hours=7))
    set_aside(aside.pk, claim=walk.claim, note="The sorter stopped at this mail three times.", at=at + timedelta(hours=7))
    Received.objects.filter(pk=aside.pk).update(community=cast.mdg.pk, subject="It broke something", sender=who["ben"])
    aside.refresh_from_db()
    return World(
        cast=cast,
        conversation=first.conversation,
        public=public.conversation,
        secret=secret.conversation,
        first=first,
        answer=answer,
        held=Held.objects.get(community=cast.mdg),
        foreign=Held.objects.get(community=cast.other),
        aside=aside,
    )


def lengthen(cast: Cast, letters: int, *, at: datetime = NOW) -> Conversation:
    """A conversation of many letters in mdg."""
    walk, start = Path(), None
    for number in range(1, letters + 1):
        name = ("ben", "chandra", "ana")[number % 3]
        headers = {"Message_ID": f"<long-{number}@people.example>"} | ({"In_Reply_To": "<long-1@people.example>"} if start else {})
        raw = letter(
            f"{getattr(cast, name).name} <{address(name)}>",
            subject="Re: A long exchange" if start else "A long exchange",
            text=f"Letter {number} of the exchange.",
            **headers,
        )
        start = start or walk(raw, at=at + timedelta(minutes=200)).post
        if number > 1:
            walk(raw, at=at + timedelta(minutes=200 + number))
    return start.conversation
