"""What people contributed, taken apart into sentences that answer; pure.

Greetings, thanks, introductions to a quotation and signatures are courtesy and
no answer. What is left keeps the author's words: a sentence is a piece of the
message, whitespace normalised, and carries whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from talanoa.drafting import courtesies
from talanoa.language.languages import guess
from talanoa.language.sentences import of_paragraph, paragraphs
from talanoa.language.words import length

# Of one message so many characters are drafted from, some seventy pages; it stands in full among the responses.
MOST_TEXT = 200_000
# What is longer is no sentence but data.
LONGEST_SENTENCE = 1_500


@dataclass(frozen=True, slots=True)
class Contribution:
    """One message of a conversation, as its author wrote it: fresh text, without quotations and signature.

    `country` is a code of ISO 3166-1 or a name of the country; `place` where in
    it the author is. `attachments` are the names of attached files.
    """

    message_id: str
    author: str
    text: str
    role: str = ""
    organisation: str = ""
    country: str = ""
    place: str = ""
    at: datetime | None = None
    is_question: bool = False
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence that answers: whose it is, and where it stands.

    `message` is the number of its contribution, `paragraph` that of its
    paragraph within it, `place` its own among all sentences of the message.
    """

    sentence: str
    message: int
    paragraph: int
    place: int
    length: int
    language: str


def sentences(contributions: Sequence[Contribution]) -> list[Said]:
    """Every sentence that answers, in the order in which it was said."""
    return [said for number, one in enumerate(contributions) for said in _of(number, one)]


def body(one: Contribution) -> list[str]:
    """The paragraphs of a message without its signature."""
    pieces = paragraphs(one.text[:MOST_TEXT])
    return pieces[: courtesies.signature_begins(pieces, one.author)]


def _of(number: int, one: Contribution) -> Iterator[Said]:
    language = guess(one.text)
    told = [(paragraph, sentence, length(sentence)) for paragraph, piece in enumerate(body(one)) for sentence in of_paragraph(piece)]
    told = [piece for piece in told if len(piece[1]) <= LONGEST_SENTENCE and not _is_bare(piece[1])]
    # "Thanks, the same here" is courtesy beside an answer, and an answer when nothing else is said.
    answers = [piece for piece in told if not courtesies.is_courtesy(piece[1], piece[2])] or told
    for place, (paragraph, sentence, words) in enumerate(answers):
        yield Said(sentence, number, paragraph, place, words, language)


LINK = re.compile(r"(?:https?://|www\.|mailto:)\S+|\S+@\S+\.\w+", re.IGNORECASE)


def _is_bare(sentence: str) -> bool:
    """Whether nothing but links and signs is there; they are resources, and no sentence."""
    return not any(char.isalpha() for char in LINK.sub("", sentence))
