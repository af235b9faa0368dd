"""The policy: facts go in as a `Case`, a verdict comes out; pure.

Each rule is one question about a case. A new rule is a function here, its place in one of the
tables, its sentence in `sentences.py`, and a row in the table of its test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from talanoa.moderation.verdicts import Accept, Discard, Hold, TurnBack, Verdict

MANY_RECIPIENTS = 20
# Of the reasons of `mail.reading.machines`: those of which nobody expects to be read by people, and those that may be.
AUTOMATIC = frozenset({"null-sender", "report", "auto-submitted", "vacation"})
BULK = frozenset({"precedence", "list", "role-sender"})
MANY_RELAYS = 50  # Postfix's hopcount_limit (L2)
RISKY_ENDINGS = (
    ".exe .scr .com .pif .bat .cmd .vbs .vbe .js .jse .wsf .wsh .hta .lnk .msi .jar .ps1 .cpl .reg .iso .img .apk "
    ".docm .xlsm .pptm .svg .html .htm .xhtml .mht"
).split()


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of one mail for one community."""

    # The community
    hidden: bool
    everything_held: bool
    first_posts_held: int
    # The author
    member: bool
    banned: bool
    moderated: bool
    facilitates: bool
    posts: int
    proven: bool
    disproven: bool
    unclear_sender: bool
    lookalike: bool
    # The mail
    machine: str | None
    been_here: bool
    relays: int
    says_something: bool
    recipients: int
    addressed: bool
    encrypted: bool
    wants_to_leave: bool
    attachment_names: tuple[str, ...]
    same_mail_known: bool
    same_id_known: bool
    answers_digest_unclearly: bool
    asks: bool  # a query: a facilitator words it before it goes to anybody
    carries_key: bool
    # What a person decided
    cleared: bool


Rule = Callable[[Case], bool]


# Discards: nobody is owed an answer.
def been_here(case: Case) -> bool:
    return case.been_here or case.relays > MANY_RELAYS


def known_already(case: Case) -> bool:
    return case.same_mail_known


def by_a_machine(case: Case) -> bool:
    return case.machine in AUTOMATIC and not case.cleared


def by_a_banned_author(case: Case) -> bool:
    return case.banned


# Turned back: a person wrote it, and no facilitator could mend it.
def encrypted(case: Case) -> bool:
    return case.encrypted


def carries_a_key(case: Case) -> bool:
    return case.carries_key


# Holds: a person looks.
def from_a_stranger(case: Case) -> bool:
    return not case.member


def first_post(case: Case) -> bool:
    return case.member and not case.asks and not case.facilitates and case.posts < case.first_posts_held


def author_moderated(case: Case) -> bool:
    return case.moderated and not case.asks


def community_moderated(case: Case) -> bool:
    return case.everything_held and not case.asks and not case.facilitates


def unclear_sender(case: Case) -> bool:
    return case.unclear_sender


def disproven_sender(case: Case) -> bool:
    return case.disproven


def unproven_in_private(case: Case) -> bool:
    return case.hidden and not case.proven


def lookalike_address(case: Case) -> bool:
    return case.lookalike


def same_id_other_words(case: Case) -> bool:
    return case.same_id_known


def nothing_said(case: Case) -> bool:
    return not case.says_something


def which_conversation(case: Case) -> bool:
    return case.answers_digest_unclearly


def wants_to_leave(case: Case) -> bool:
    return case.wants_to_leave


def not_addressed(case: Case) -> bool:
    return not case.addressed and not case.asks


def many_recipients(case: Case) -> bool:
    return case.recipients > MANY_RECIPIENTS


def bulk_mail(case: Case) -> bool:
    return case.machine in BULK


def risky_attachment(case: Case) -> bool:
    return any(name.lower().rstrip(" .").endswith(tuple(RISKY_ENDINGS)) for name in case.attachment_names)


DISCARDS: tuple[Rule, ...] = (been_here, known_already, by_a_banned_author, by_a_machine)
TURN_BACKS: tuple[Rule, ...] = (encrypted, carries_a_key)
HOLDS: tuple[Rule, ...] = (
    from_a_stranger,
    first_post,
    author_moderated,
    community_moderated,
    unclear_sender,
    disproven_sender,
    unproven_in_private,
    lookalike_address,
    same_id_other_words,
    nothing_said,
    which_conversation,
    wants_to_leave,
    not_addressed,
    many_recipients,
    bulk_mail,
    risky_attachment,
)


def working_day_after(at: datetime) -> datetime:
    """A working day later: weekends do not count (method: a decision within one working day)."""
    later = at + timedelta(days=1)
    while later.weekday() >= 5:
        later += timedelta(days=1)
    return later


def judge(case: Case) -> Verdict:
    """The policy, in order: discards, what is turned back, all reasons to hold; a clearance lifts the holds."""
    for rule in DISCARDS:
        if rule(case):
            return Discard(rule.__name__)
    for rule in TURN_BACKS:
        if rule(case):
            return TurnBack(rule.__name__)
    reasons = tuple(rule.__name__ for rule in HOLDS if rule(case))
    if reasons and not case.cleared:
        return Hold(reasons)
    return Accept()
