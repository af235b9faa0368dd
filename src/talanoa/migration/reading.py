"""The messages of archives, taken apart in child processes with limits (S1): first their headers, later all of them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

from talanoa.conversations.archives import Said, said
from talanoa.mail.reading.child import Child, ReadingFailed
from talanoa.mail.reading.mbox import MAIL_LIMIT, MARK
from talanoa.mail.reading.parsing import Attachment, Unreadable, content
from talanoa.migration import links
from talanoa.migration.facts import Facts, tell

WARMING = b"From: a@example.org\nContent-Type: text/html\n\n<p>On 1 May 2020 b@example.org wrote:"

Told = Facts | None | str  # a sentence tells why there is nothing
Apart = tuple[Said, tuple[str, ...]] | str  # what it says, and where it stood before


class Reader(Child):
    """A child process for an import into one community; safe to share by threads.

    Many messages go to it at once, because each way there and back costs as much as a message.
    """

    facts: ClassVar[frozenset[type]] = frozenset({Facts, Said, Attachment, datetime, timezone, timedelta})

    def __init__(self, *, prefix: str, language: str, latest: datetime) -> None:
        super().__init__()
        self._prefix, self._language, self._latest = prefix, language, latest

    def headers(self, those: Sequence[tuple[bytes, bytes]]) -> list[Told]:
        """What the headers of messages tell; of each its bytes and the envelope line before it."""
        return self._answers("headers", those)

    def letters(self, those: Sequence[tuple[bytes, str]]) -> list[Apart]:
        """What messages say; of each its bytes and the key of its permanent link."""
        return self._answers("letters", those)

    def _answers(self, name: str, those: Sequence[tuple[bytes, Any]]) -> list[Any]:
        try:
            _, answers = self._ask((name, those))
        except ReadingFailed as failure:
            if len(those) == 1:
                return [str(failure)]
            # One of them is too hard. Alone each has all the time, and only that one fails.
            return [answer for one in those for answer in self._answers(name, [one])]
        if not isinstance(answers, list) or len(answers) != len(those):
            raise ReadingFailed("The reading process gave a wrong answer.")
        return answers

    def warm(self) -> None:
        self.work(("letters", [(WARMING, "")]))

    def work(self, told: tuple[str, Sequence[tuple[bytes, Any]]]) -> tuple[str, object]:
        name, those = told
        work: Callable[[bytes, Any], Any] = self._headers if name == "headers" else self._letter
        return "answers", [_done(work, raw, more) for raw, more in those]

    def _headers(self, raw: bytes, envelope: bytes) -> Told:
        return tell(raw, envelope, prefix=self._prefix, latest=self._latest)

    def _letter(self, raw: bytes, key: str) -> Apart:
        # Some lists let through what our mail door would not; what stands in an archive was circulated once.
        letter = content(raw.removeprefix(MARK), most=MAIL_LIMIT)
        return said(letter, self._language), links.old_paths(letter, key)


def _done(work: Callable[[bytes, Any], Any], raw: bytes, more: Any) -> Any:
    try:
        return work(raw, more)
    except Unreadable as refusal:
        return str(refusal)
    except MemoryError:
        raise
    except Exception as fault:  # noqa: BLE001  the message is set aside, the bug is named, and the others come in
        return f"Reading this mail failed with {type(fault).__name__}."
