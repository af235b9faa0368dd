"""What becomes of each message of an archive, told from the headers of all before one of them is taken in.

The plan is made anew from the same files at each start, so that an import that was broken off goes on as if it had
not been (E24): it depends on the files and on what stood in the community before them, and on nothing else.
"""

import hashlib
from array import array
from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from talanoa.communities.models import Community
from talanoa.conversations.lookups import SUBJECT_WINDOW, answered, bare_subject, repeatable, subject_key
from talanoa.conversations.models import Awaited, Post
from talanoa.mail.addresses import canonical_address, entries
from talanoa.mail.reading import headers
from talanoa.mail.reading.mbox import MARK
from talanoa.migration.models import Entry
from talanoa.migration.sources import Found
from talanoa.migration.threads import Threads

DUPLICATE = -1
NO_MAIL = -2
SAID = 16  # bytes of the digest of who said what when
NOTHING = "00" * SAID
FIRST_YEAR = 1980  # what is dated before was not


class Facts(NamedTuple):
    """What the headers of a message tell."""

    message_id: str  # as it will be known here
    answers: tuple[str, ...]  # nearest first
    references: tuple[str, ...]  # oldest first
    subject: str
    at: datetime
    said: str  # equal for two copies of one message
    name: str
    address: str  # canonical; "" where the archive disguised it


class Plan:
    """Which messages are stored, where they stand, and what of it has been done."""

    def __init__(self, community: Community, *, at: datetime) -> None:
        self._community = community
        self._at = at
        self._before = at
        self.threads = Threads(window=SUBJECT_WINDOW.total_seconds())
        self.fates = array("q")  # for each message read: its number, DUPLICATE or NO_MAIL
        # By number, in plain memory: a dictionary would take ten times as much.
        self._said = bytearray()  # SAID bytes each
        self._posts = array("q")  # 0 for none
        self._conversations = array("q")
        self._begun: dict[int, int] = {}  # top -> conversation
        self.waiting: dict[int, list[int]] = defaultdict(list)  # number -> posts that answer it and came before it
        self._know()

    def _know(self) -> None:
        """Take up what stands in the community already."""
        awaited: dict[int, list[str]] = defaultdict(list)
        for post, message_id in Awaited.objects.filter(community=self._community).order_by("rank").values_list("post", "message_id"):
            awaited[post].append(message_id)
        said = dict(Entry.objects.filter(post__community=self._community).values_list("post", "said"))
        rows = Post.objects.filter(community=self._community).order_by("pk")
        told = rows.values_list("pk", "conversation", "message_id", "parent__message_id", "subject", "posted_at")
        for pk, conversation, message_id, parent, subject, at in told.iterator(chunk_size=2000):
            answers = awaited.get(pk, [])
            answers = [*answers, parent] if parent else answers
            number = self._add(message_id, tuple(answers), (), subject, at)
            self._place(number, pk, conversation)
            self._say(number, said.get(pk, ""))

    def _add(self, message_id: str, answers: tuple[str, ...], references: tuple[str, ...], subject: str, at: datetime) -> int:
        prefix = self._community.subject_prefix
        key = subject_key(subject, prefix)
        return self.threads.add(
            _key(message_id),
            answers=map(_key, answers),
            references=map(_key, references),
            subject=int.from_bytes(hashlib.blake2b(key.encode(), digest_size=7).digest(), "big") + 1 if key else 0,
            reply=_says_reply(subject, prefix),
            at=at.timestamp(),
        )

    def add(self, found: Found) -> None:
        """Take up the headers of the next message."""
        told = self.facts(found)
        if told is None:
            self.fates.append(NO_MAIL)
            return
        number = self.threads.number(_key(told.message_id))
        here = number is not None and self.threads.is_here(number)
        if here and number is not None and self._said_by(number) not in (told.said, NOTHING):
            # Other words under an id that was used: some programs repeat theirs. Both are kept.
            told = told._replace(message_id=own_id(found.raw))
            number = self.threads.number(_key(told.message_id))
            here = number is not None and self.threads.is_here(number)
        if here and number is not None and not self.post(number):
            self.fates.append(DUPLICATE)
            return
        made = self._add(told.message_id, told.answers, told.references, told.subject, told.at)
        self._say(made, told.said)
        self.fates.append(DUPLICATE if here else made)

    def settle(self) -> None:
        """Find every place, once all messages are known."""
        self.threads.settle()
        self._said.clear()
        self._before = self._at
        for number, post in enumerate(self._posts):
            if post:
                self.note(number, post, self._conversations[number])
                parent = self.threads.parent(number)
                if parent is not None and not self.post(parent):
                    self.waiting[parent].append(post)

    def note(self, number: int, post: int, conversation: int) -> None:
        """Know that a message has been stored."""
        self._place(number, post, conversation)
        self._begun.setdefault(self.threads.top(number), conversation)

    def _place(self, number: int, post: int, conversation: int) -> None:
        lacking = number + 1 - len(self._posts)
        if lacking > 0:
            self._posts.frombytes(bytes(8 * lacking))
            self._conversations.frombytes(bytes(8 * lacking))
        self._posts[number], self._conversations[number] = post, conversation

    def post(self, number: int) -> int:
        """The post that a message has become; 0 for none."""
        return self._posts[number] if number < len(self._posts) else 0

    def _say(self, number: int, said: str) -> None:
        self._said.extend(bytes(max(0, SAID * (number + 1) - len(self._said))))
        self._said[SAID * number : SAID * (number + 1)] = bytes.fromhex(said or NOTHING)

    def _said_by(self, number: int) -> str:
        return self._said[SAID * number : SAID * (number + 1)].hex()

    def conversation(self, number: int) -> int | None:
        """The conversation in which a message comes to stand, if there is one already."""
        parent = self.threads.parent(number)
        if parent is not None and self.post(parent):
            return self._conversations[parent]
        return self._begun.get(self.threads.top(number))

    def known_as(self, told: Facts, found: Found, number: int) -> Facts:
        """The facts with the id under which the message is stored."""
        return told if self.threads.number(_key(told.message_id)) == number else told._replace(message_id=own_id(found.raw))

    def missing(self, told: Facts) -> tuple[str, ...]:
        """The ancestors of a message that have not come, down from the first that has."""
        lost = []
        for answer in told.answers:
            number = self.threads.number(_key(answer))
            if number is not None and self.threads.is_here(number):
                break
            lost.append(answer)
        return tuple(lost)

    def facts(self, found: Found) -> Facts | None:
        """What the headers tell; None where there are none. Must be asked in the order of the messages."""
        start = len(MARK) if found.raw.startswith(MARK) else 0
        fields, body = headers.split(found.raw, start, min(len(found.raw), headers.BLOCK_LIMIT * 2), [])
        if found.note or not any(field.name.lower().encode() in headers.KNOWN for field in fields.pairs):
            return None
        subject = headers.decode_words(fields.first("subject") or "")
        at = self._moment(fields, found)
        self._before = at
        ids = headers.message_ids(fields.first("message-id"))
        message_id = ids[0] if ids and repeatable(ids[0]) else own_id(found.raw)
        references = headers.message_ids(fields.first("references"))
        answers = answered(headers.message_ids(fields.first("in-reply-to")), references)
        name, address = _author(fields)
        prefix = self._community.subject_prefix
        words = f"{fields.first('date') or ''}\n{subject_key(subject, prefix)}\n{_says_reply(subject, prefix)}\n{name}"
        told = words.encode("utf-8", "replace")
        # Two copies of one message may differ below: a list adds its foot, an archive disguises addresses.
        said = told if fields.first("date") else told + b"".join(found.raw[body:].split())
        return Facts(
            message_id,
            tuple(one for one in answers if one != message_id),
            tuple(one for one in references[-20:] if one != message_id),
            subject,
            at,
            hashlib.blake2b(said, digest_size=SAID).hexdigest(),
            name,
            address,
        )

    def _moment(self, fields: headers.Fields, found: Found) -> datetime:
        """When it was written: Date, else when somebody received it, else as the message before it."""
        received = [value.rpartition(";")[2] for value in reversed(fields.all("received"))]
        envelope = found.envelope.decode("ascii", "replace").partition(" ")[2].partition(" ")[2]
        for told in (fields.first("date"), *received, envelope):
            if (at := headers.moment(told)) and at.year >= FIRST_YEAR and at <= self._at + timedelta(days=1):
                return at
        return self._before


def own_id(raw: bytes) -> str:
    """A Message-ID for a mail that has none of use: the same everywhere for the same bytes."""
    return f"<{hashlib.sha256(raw).hexdigest()[:40]}@archive.invalid>"


def _key(message_id: str) -> bytes:
    return hashlib.blake2b(message_id.encode("utf-8", "replace"), digest_size=12).digest()


def _says_reply(subject: str, prefix: str) -> bool:
    """Whether a subject says that it answers, also behind the tag of another list."""
    if bare_subject(subject, prefix)[1]:
        return True
    before, bracket, rest = subject.strip().partition("]")
    return bool(bracket) and before.startswith("[") and bare_subject(rest, prefix)[1]


def _author(fields: headers.Fields) -> tuple[str, str]:
    """The name and canonical address that From tells; the address "" where it is disguised beyond repair."""
    for value in fields.all("from")[:1] + fields.all("sender")[:1]:
        for one in entries(value, 5):
            name = "" if "@" in one.mailbox.name or " at " in one.mailbox.name else one.mailbox.name
            try:
                address = canonical_address(one.mailbox.address)
            except ValueError:
                address = ""
            if address.endswith("@invalid"):
                address = ""
            if name or address:
                return name or address.partition("@")[0], address
    return "", ""


