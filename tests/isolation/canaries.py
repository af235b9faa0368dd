"""Four worlds full of canaries, and the one table that says who may see which.

PUB is `health`, MEM is `mdg`, CORE is `core` (hidden, below mdg), OTH is `other`.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from browsers import browser
from cast import Cast, address
from path import NOW, Path, letter
from talanoa.communities import actions as communities
from talanoa.communities.joining import actions as joining
from talanoa.communities.models import Application
from talanoa.consultations import actions as consultations
from talanoa.consultations.comments import Said
from talanoa.consultations.models import Consultation
from talanoa.conversations.actions import record
from talanoa.conversations.archives import Archived, said
from talanoa.conversations.models import Post
from talanoa.discussions import actions as discussions
from talanoa.discussions.clocks import actions as clocks
from talanoa.discussions.models import Discussion
from talanoa.discussions.models import Edition as Summarised
from talanoa.discussions.summaries import actions as summaries
from talanoa.discussions.summaries import publication
from talanoa.mail.reading import parsing
from talanoa.moderation.models import Held
from talanoa.people import actions as people
from talanoa.people.models import Session
from talanoa.publishing.document import Voice
from talanoa.queries import actions as queries
from talanoa.queries.models import Query
from talanoa.replies import actions as replies
from talanoa.replies import document
from talanoa.replies.models import Edition, FollowUp, Reply

SLUGS = ("mdg", "health", "core", "other")
AUTHORS = {"mdg": "ben", "health": "ben", "core": "chandra", "other": "farid"}
PROVEN = "mx.lists.example.org; dkim=pass header.d=people.example; dmarc=pass header.from=people.example"

# The policy. What a principal is in a community:
STANDING = {
    "anonymous": {},
    "stale cookie": {},
    "ended session": {},
    "olga": {},
    "xenia": {},  # left mdg
    "bram": {},  # banned from mdg
    "farid": {"other": "facilitator"},
    "ben": {"mdg": "member", "health": "member"},
    "noa": {"mdg": "member"},
    "chandra": {"mdg": "member", "core": "member"},
    "sefa": {"mdg": "secretariat", "core": "secretariat"},
    "ana": {"mdg": "facilitator", "health": "facilitator", "core": "facilitator"},
    "opal": {"mdg": "operator", "health": "operator", "core": "operator", "other": "operator"},
}
DESK = frozenset({"facilitator", "operator"})
LEADS = frozenset({"facilitator"})
INSIDE = {"member", "facilitator", "secretariat"}
# Class of data: who sees it, by standing; None stands for everybody.
CLASSES = {
    "about": {"health": None, "mdg": None, "other": None, "core": INSIDE},
    "subject": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "body": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "file": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "content": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "member": {"health": INSIDE, "mdg": INSIDE, "other": INSIDE},
    "header": dict.fromkeys(SLUGS, DESK),
    "heldsubject": dict.fromkeys(SLUGS, DESK),
    "heldbody": dict.fromkeys(SLUGS, DESK),
    "applicant": dict.fromkeys(SLUGS, LEADS),
    "querytitle": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "querydraft": dict.fromkeys(SLUGS, LEADS),
    "replydraft": dict.fromkeys(SLUGS, LEADS),
    "consultation": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "remark": dict.fromkeys(SLUGS, LEADS),  # a comment that only the authors of the draft may read
    "prepared": dict.fromkeys(SLUGS, LEADS),
    "unreleased": dict.fromkeys(SLUGS, frozenset()),  # from an archive: nobody, before it is released (P7)
    "reply": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "discussion": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "summary": {"health": None, "mdg": INSIDE, "other": INSIDE, "core": INSIDE},
    "proposal": dict.fromkeys(SLUGS, LEADS),
    "summarydraft": dict.fromkeys(SLUGS, LEADS),
}


def canary(slug: str, kind: str) -> str:
    return f"Zq{slug}{kind}Xy"


CANARIES = {canary(slug, kind): (slug, kind) for kind, where in CLASSES.items() for slug in where}


def may_see(principal: str, slug: str, kind: str) -> bool:
    allowed = CLASSES[kind][slug]
    standing = STANDING[principal].get(slug)
    # Who runs the site sees the mail of every community in the log: all that a mail tells.
    of_mail = standing == "operator" and kind in {"subject", "body", "file", "header", "heldsubject", "heldbody", "content"}
    return allowed is None or standing in allowed or of_mail


@dataclass
class Worlds:
    cast: Cast
    posts: dict[str, Post]
    held: dict[str, Held]
    applications: dict[str, Application]
    queries: dict[str, Query]  # circulated
    drafts: dict[str, Query]  # asked, in the facilitator's hands
    discussions: dict[str, Discussion]  # ended; its summary is being made
    proposals: dict[str, Discussion]  # in the facilitator's hands
    consultations: dict[str, Consultation]  # open; its comments are for the authors of the draft
    prepared: dict[str, Consultation]
    session: int  # somebody's
    paths: list[tuple[str, str, str | None, set[str]]] = field(default_factory=list)  # see `rows.paths`

    def browser(self, principal: str) -> Client:
        if principal == "anonymous":
            return browser()
        if principal == "stale cookie":
            made = browser()
            made.cookies["talanoa"] = "k" * 43
            return made
        if principal == "ended session":
            made = browser(self.cast.ana)
            people.sign_out_everywhere(self.cast.ana, at=NOW)
            return made
        return browser(getattr(self.cast, principal))


def _mail(slug: str, sender: str, kinds: tuple[str, str]) -> bytes:
    subject, body = kinds
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, f"{slug}@lists.example.org", canary(slug, subject)
    made["Date"], made["Message-ID"] = "Mon, 02 Mar 2026 09:29:00 +0000", f"<{slug}-{subject}@people.example>"
    made["X-Canary"] = canary(slug, "header")
    made.set_content(canary(slug, body))
    if subject == "subject":
        made["Authentication-Results"] = PROVEN
        made.add_attachment(canary(slug, "content").encode(), maintype="application", subtype="pdf", filename=f"{canary(slug, 'file')}.pdf")
    return made.as_bytes().replace(b"\n", b"\r\n")


def _query(community, lead, title: str) -> Query:
    raw = letter(f"{lead.name} <{address(lead.name.split()[0].lower())}>", subject=title, text=title)
    return queries.ask(parsing.read(raw), community=community, asker=lead, received=None, at=NOW)


def _issue(reply: Reply, words: str) -> None:
    """An edition with a canary in every part; put there as it is, because typesetting takes half a second."""
    query = reply.query
    masthead = {
        "language": "en", "community": {"name": query.community.name, "slug": query.community.slug, "address": query.community.address},
        "number": query.number, "version": 1, "title": words, "types": [], "compiled_by": words, "research_by": words,
        "issued_at": NOW.isoformat(), "page": "", "licence": words, "disclaimer": words,
    }  # fmt: skip
    voice = Voice(words, words, words)
    asked = {"voice": voice, "at": NOW.isoformat(), "html": f"<p>{words}</p>", "context": "", "key": "A" * 32}
    sections = [(key, f"<h3>{words}</h3><p>{words}</p><ul><li>{words}</li></ul>") for key in ("summary", "experiences", "tools")]
    made = document.make(masthead, query=asked, sections=sections, responses=[], base="")
    file = default_storage.save("canary", ContentFile(words.encode()))
    Edition.objects.create(reply=reply, number=1, document=made, issued_at=NOW, pdf=file, docx=file)
    FollowUp.objects.create(query=query, kind="story", due_at=NOW, sent_at=NOW, answered_at=NOW, words=words, shown=True)


def _proposal(community, lead, title: str) -> Discussion:
    raw = letter(f"{lead.name} <{address(lead.name.split()[0].lower())}>", subject=title, text=f"{title}\n\nPhase 1 (1 days): {title}\n- {title}\n")
    return discussions.propose(parsing.read(raw), community=community, proposer=lead, received=None, at=NOW)


def _discuss(cast: Cast, slug: str, lead) -> Discussion:
    """A discussion that has ended, with a summary that was issued, put there as it is, and drafts."""
    made = _proposal(getattr(cast, slug), lead, canary(slug, "discussion"))
    discussions.approve(made, by=lead, at=NOW)
    phase = made.phases.get()
    for moment in (phase.begins_at, phase.ends_at):
        clocks.tend(at=moment)
    made.refresh_from_db()
    for summary in made.summaries.all():
        summaries.save(summary.sections.get(key="points"), canary(slug, "summarydraft"), based_on="", by=lead, at=NOW)
    words = canary(slug, "summary")
    reach = {"contributions": 0, "contributors": 0, "organisations": 0, "countries": 0}
    masthead = {
        "language": "en", "community": {"name": made.community.name, "slug": slug, "address": made.community.address}, "number": 1, "phase": None,
        "version": 1, "title": words, "theme": words, "issue": words, "questions": [words], "compiled_by": words, "issued_at": NOW.isoformat(),
        "from_day": NOW.isoformat(), "to_day": NOW.isoformat(), "page": "", "reach": reach,
    }  # fmt: skip
    document_ = publication.make(masthead, sections=[("points", f"<h3>{words}</h3><p>{words}</p>")], contributions=[], base="")
    Summarised.objects.create(summary=made.summaries.get(phase=None), number=1, document=document_, issued_at=NOW)
    return made


def _consultation(community, lead, words: str) -> Consultation:
    return consultations.prepare(community, title=words, text=words, visibility="authors", data=words.encode(), name="draft.txt", by=lead, at=NOW)


def fill(cast: Cast) -> Worlds:
    """Put a canary into everything that a community keeps."""
    walk = Path()
    posts, held, applications, asked, drafts, discussed, proposed, consulted, prepared = {}, {}, {}, {}, {}, {}, {}, {}, {}
    for slug in SLUGS:
        community = getattr(cast, slug)
        communities.arrange(community, description=canary(slug, "about"))
        if slug != "core":  # a member below is a member above, where others meet them
            witness = people.introduce(f"witness-{slug}@people.example", at=NOW, name=canary(slug, "member"))
            communities.join(community, witness, at=NOW)
        author = AUTHORS[slug]
        name = f"{getattr(cast, author).name} <{address(author)}>"
        posts[slug] = walk(_mail(slug, name, ("subject", "body")), to=community.address).post
        waiting = walk(_mail(slug, "Stranger <s@elsewhere.example>", ("heldsubject", "heldbody")), to=community.address, at=NOW + timedelta(minutes=1))
        held[slug] = Held.objects.get(received=waiting)
        old = parsing.read(letter(name, subject=canary(slug, "unreleased"), text=canary(slug, "unreleased"), In_Reply_To=f"<{slug}-subject@people.example>"))
        record([Archived(said(old, "en"), f"<{slug}-old@people.example>", None, canary(slug, "unreleased"), NOW, posts[slug].conversation_id, 0, old_links=(f"/archives/list/{slug}@lists.example.org/message/old-{slug}",))], community=community, at=NOW)
        applicant = people.introduce(f"applicant-{slug}@elsewhere.example", at=NOW, name="Somebody new")
        joining.enter(community, applicant, words=canary(slug, "applicant"), at=NOW)
        applications[slug] = Application.objects.get(community=community)
        lead = cast.farid if slug == "other" else cast.ana
        asked[slug] = _query(community, lead, canary(slug, "querytitle"))
        queries.circulate(asked[slug], by=lead, at=NOW, why="by phone")
        section = replies.begin(asked[slug], by=lead, at=NOW).sections.get(key="summary")
        replies.save(section, canary(slug, "replydraft"), based_on="", by=lead, at=NOW)
        _issue(section.reply, canary(slug, "reply"))
        drafts[slug] = _query(community, lead, canary(slug, "querydraft"))
        discussed[slug] = _discuss(cast, slug, lead)
        proposed[slug] = _proposal(community, lead, canary(slug, "proposal"))
        consulted[slug] = _consultation(community, lead, canary(slug, "consultation"))
        consultations.open_(consulted[slug], closes_at=NOW + timedelta(days=20), by=lead, at=NOW)
        consultations.comment(consulted[slug], [Said(("1",), canary(slug, "remark"), canary(slug, "remark"))], by=lead, at=NOW)
        prepared[slug] = _consultation(community, lead, canary(slug, "prepared"))
    browser(cast.opal)
    return Worlds(cast, posts, held, applications, asked, drafts, discussed, proposed, consulted, prepared, Session.objects.latest("pk").pk)
