"""What a language model may do for a section: word anew what members said, every sentence citing its responses; pure.

Nothing of it is believed. A sentence stands only if the responses that it cites bear it out; otherwise it is struck, and
stays in the section as an unresolved mark, so that it is seen and cannot be issued.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from talanoa.language.sentences import of_paragraph
from talanoa.language.words import terms

BORNE_OUT = 0.6  # of a sentence's terms, so many stand in what it cites
MOST_SENTENCES = 60

INSTRUCTION = (
    "You help the facilitator of a community of practice to write one section of a Consolidated Reply. Use only the numbered "
    "responses below. Write plain sentences in the language of the responses; say who holds what where members differ. End every "
    "sentence with the numbers of the responses that say so, in square brackets, such as [2] or [1, 3]. Add nothing that is not in "
    "them: no figures, names or places of your own. An empty line begins a new paragraph."
)

_CITED = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence, the numbers of the responses that it cites, and whether they bear it out."""

    text: str
    responses: tuple[int, ...]
    holds: bool


def asked(section: str, question: str, draft: str, responses: Mapping[int, tuple[str, str]]) -> list[dict[str, str]]:
    """The whole of what would be sent: messages of the chat interface, as OpenAI defined it. `responses`: name and text by number."""
    told = "\n\n".join(f"[{number}] {name}:\n{text}" for number, (name, text) in responses.items())
    words = f"Section: {section}\n\nThe query:\n{question}\n\nThe section as it is:\n{draft or '(empty)'}\n\nThe responses:\n\n{told}"
    return [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": words}]


def checked(answer: str, responses: Mapping[int, str]) -> list[list[Cited]]:
    """The paragraphs of an answer, each sentence held against the texts of the responses that it cites."""
    paragraphs = [_paragraph(" ".join(part.split()), responses) for part in re.split(r"\n\s*\n", answer) if part.strip()]
    return [paragraph for paragraph in paragraphs if paragraph][:MOST_SENTENCES]


def _paragraph(text: str, responses: Mapping[int, str]) -> list[Cited]:
    # Where a citation follows the full stop it belongs to the sentence before it.
    text = re.sub(r"([.!?。！？])(\s*\[[\d,;\s]+\])", r"\2\1", text)
    found = []
    for sentence in of_paragraph(text):
        numbers = tuple(dict.fromkeys(int(one) for group in _CITED.findall(sentence) for one in re.findall(r"\d+", group)))
        words = _CITED.sub("", sentence).strip()
        if words:
            found.append(Cited(words, numbers, bears_out(words, [responses[one] for one in numbers if one in responses], len(numbers))))
    return found


def bears_out(sentence: str, cited: Sequence[str], claimed: int) -> bool:
    """Whether texts say what a sentence says: all that it cites are there, they have its figures, and most of its terms."""
    if not cited or len(cited) < claimed:
        return False
    said = " ".join(cited)
    if not set(_NUMBER.findall(sentence)) <= set(_NUMBER.findall(said)):
        return False
    wanted = terms(sentence)
    there = set(terms(said))
    return bool(wanted) and sum(one in there for one in wanted) >= BORNE_OUT * len(wanted)
