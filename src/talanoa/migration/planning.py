"""What becomes of each message of an archive, told from the headers of all before one of them is taken in.

The plan is made anew from the same files at each start, so that an import that was broken off goes on as if it had
not been (E24): it depends on the files and on what stood in the community before them, and on nothing else.
"""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from talanoa.communities.models import Community
from talanoa.conversations.lookups import SUBJECT_WINDOW
from talanoa.conversations.models import Awaited, Post
from talanoa.migration.facts import SAID, Facts, compared, own_id
from talanoa.migration.models import Entry
from talanoa.migration.threads import Threads

DUPLICATE = -1
NO_MAIL = -2
NOTHING = "00" * SAID


class Plan:
    """Which messages are stored, where they stand, and what of it has been done."""

    def __init__(self, community: Community, *, at: datetime) -> None:
        self._community = community
        self._before = at  # the moment of the message before, for one that tells none
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
        prefix = self._community.subject_prefix
        for pk, conversation, message_id, parent, subject, at in told.iterator(chunk_size=2000):
            answers = awaited.get(pk, [])
            answers = [*answers, parent] if parent else answers
            number = self._add(message_id, answers, (), compared(subject, prefix), at)
            self._place(number, pk, conversation)
            self._say(number, said.get(pk, ""))

    def _add(
        self, message_id: str, answers: Iterable[str], references: Iterable[str], subject: tuple[str, str, bool], at: datetime
    ) -> int:
        key, was, reply = subject
        return self.threads.add(
            _key(message_id),
            answers=map(_key, answers),
            references=map(_key, references),
            subject=_number(key),
            was=_number(was),
            reply=reply,
            at=at.timestamp(),
        )

    def add(self, told: Facts | None, raw: bytes) -> Facts | None:
        """Take up the next message; returns what is known of it, with the moment and the id under which it will stand."""
        if told is None:
            self.fates.append(NO_MAIL)
            return None
        self._before = at = told.at or self._before
        told = told._replace(at=at)
        number = self.threads.number(_key(told.message_id))
        here = number is not None and self.threads.is_here(number)
        if here and number is not None and self._said_by(number) not in (told.said, NOTHING) and not self._has_bytes(number, raw):
            # Other words under an id that was used: some programs repeat theirs. Both are kept.
            told = told._replace(message_id=own_id(raw))
            number = self.threads.number(_key(told.message_id))
            here = number is not None and self.threads.is_here(number)
        if here and number is not None and not self.post(number):
            self.fates.append(DUPLICATE)
            return None
        made = self._add(told.message_id, told.answers, told.references, (told.key, told.was, told.reply), at)
        self._say(made, told.said)
        self.fates.append(DUPLICATE if here else made)
        return None if here else told

    def _has_bytes(self, number: int, raw: bytes) -> bool:
        """Whether a message was brought in before with the very same bytes, by a version that told its words otherwise."""
        post = self.post(number)
        return bool(post) and Entry.objects.filter(post=post, raw=hashlib.sha256(raw).hexdigest()).exists()

    def settle(self) -> None:
        """Find every place, once all messages are known."""
        self.threads.settle()
        self._said.clear()
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

    def missing(self, told: Facts) -> tuple[str, ...]:
        """The ancestors of a message that have not come, down from the first that has."""
        lost = []
        for answer in told.answers:
            number = self.threads.number(_key(answer))
            if number is not None and self.threads.is_here(number):
                break
            lost.append(answer)
        return tuple(lost)


def _number(subject: str) -> int:
    return int.from_bytes(hashlib.blake2b(subject.encode(), digest_size=7).digest(), "big") + 1 if subject else 0


def _key(message_id: str) -> bytes:
    return hashlib.blake2b(message_id.encode("utf-8", "replace"), digest_size=12).digest()
