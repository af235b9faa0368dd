"""What is told of a consultation as a whole: what changed from draft to draft, an impartial summary, the states in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from django.utils.translation import gettext, gettext_lazy, ngettext

from talanoa.consultations.models import Comment, Consultation, Passage

STATES = {
    "new": gettext_lazy("new"),
    "assigned": gettext_lazy("assigned"),
    "deferred": gettext_lazy("deferred"),
    "accepted": gettext_lazy("accepted"),
    "modified": gettext_lazy("accepted with modification"),
    "declined": gettext_lazy("not accepted"),
}
STAGES = {
    "prepared": gettext_lazy("being prepared"),
    "open": gettext_lazy("open for comments"),
    "answering": gettext_lazy("comments are being answered"),
    "review": gettext_lazy("a new draft is under review"),
    "final": gettext_lazy("concluded"),
    "dropped": gettext_lazy("not held"),
}
RULES = {
    "comment": gettext_lazy("comments are awaited"),
    "answer": gettext_lazy("comments are answered"),
    "review": gettext_lazy("the draft and the answers are reviewed"),
}
REACTIONS = {"agrees": gettext_lazy("agrees"), "disagrees": gettext_lazy("disagrees"), "withdrew": gettext_lazy("withdrew"), "": ""}
VISIBILITIES = {
    "open": gettext_lazy("Everybody who reads the community reads the comments."),
    "after": gettext_lazy("Everybody reads the comments after the close; until then only the draft's authors and the facilitators."),
    "authors": gettext_lazy("Only the draft's authors and the facilitators read the comments."),
}
EVENTS = {
    "prepared": gettext_lazy("prepared"),
    "uploaded": gettext_lazy("a draft was uploaded"),
    "opened": gettext_lazy("opened"),
    "closed": gettext_lazy("closed for comments"),
    "extended": gettext_lazy("extended"),
    "answers": gettext_lazy("answers were mailed"),
    "arranged": gettext_lazy("its phases were arranged"),
    "phase": gettext_lazy("the next phase began"),
    "renewed": gettext_lazy("a new draft was published"),
    "concluded": gettext_lazy("concluded"),
    "dropped": gettext_lazy("not held"),
}
BECAME = {"changed": gettext_lazy("its passage has changed"), "gone": gettext_lazy("its passage is gone"), "": ""}
MOST_WORDS = 3000
TOLD_PASSAGES = 5


class Piece(NamedTuple):
    """Words that stayed ("same"), came ("new") or went ("gone")."""

    what: str
    words: str


def differences(before: str, after: str) -> list[Piece]:
    """How one text became another, word by word; of very long ones the whole."""
    one, two = before.split(), after.split()
    if max(len(one), len(two)) > MOST_WORDS:
        return [Piece(what, words) for what, words in (("gone", before), ("new", after)) if words]
    found = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Piece("same", " ".join(one[i1:i2])))
            continue
        if i1 < i2:
            found.append(Piece("gone", " ".join(one[i1:i2])))
        if j1 < j2:
            found.append(Piece("new", " ".join(two[j1:j2])))
    return found


def in_marks(pieces: Sequence[Piece]) -> str:
    """The same for mail: words that went in [-…-], words that came in {+…+}."""
    marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    return " ".join(marks[piece.what].format(piece.words) for piece in pieces)


class Changed(NamedTuple):
    """A passage of a new draft that is not as it was."""

    passage: Passage
    pieces: list[Piece]


def changes(old: Sequence[Passage], new: Sequence[Passage]) -> tuple[list[Changed], list[Passage]]:
    """The passages of a new draft that changed, and those of the old one that are gone."""
    was = {one.label: one for one in old}
    found = []
    taken = {label for one in new for label in one.origins}
    for one in new:
        if one.how == "same" and not one.moved:
            continue
        before = " ".join(was[label].text for label in sorted(one.origins, key=lambda label: was[label].place) if label in was)
        found.append(Changed(one, differences(before, one.text)))
    return found, [one for one in old if one.label not in taken]


def summary(of: Consultation, comments: Sequence[Comment], counted: dict[str, int], days: tuple[str, str]) -> str:
    """A first draft of an impartial summary: numbers, where the comments fell, what became of them; nothing is weighed or left out."""
    states = Counter(one.state for one in comments)
    told = [
        gettext("The consultation on “%(title)s” was open from %(begin)s to %(end)s.")
        % {"title": of.title, "begin": days[0], "end": days[1]},
        ngettext("%(count)d comment came", "%(count)d comments came", counted["comments"]) % {"count": counted["comments"]}
        + " "
        + ngettext("from %(count)d commenter", "from %(count)d commenters", counted["commenters"]) % {"count": counted["commenters"]}
        + (
            ngettext(" and %(count)d organisation.", " and %(count)d organisations.", counted["organisations"])
            % {"count": counted["organisations"]}
            if counted["organisations"]
            else "."
        ),
    ]
    if comments:
        told.append("; ".join(f"{STATES[state]}: {count}" for state in STATES if (count := states[state])) + ".")
    passages = Counter(label for one in comments for label in one.labels).most_common(TOLD_PASSAGES)
    if passages:
        told.append(
            gettext("Most comments fell on passages %(passages)s.")
            % {"passages": ", ".join(f"{label} ({count})" for label, count in passages)}
        )
    reactions = Counter(one.reaction for one in comments if one.reaction)
    if reactions:
        told.append(
            gettext(
                "Of the answers, commenters agreed with %(agrees)d and disagreed with %(disagrees)d; %(withdrew)d comments were withdrawn."
            )
            % {name: reactions[name] for name in ("agrees", "disagrees", "withdrew")}
        )
    told.append(gettext("This summary is not a consensus. All comments and the answers to them stand in the proceedings."))
    return "\n\n".join(told)
