"""The words for what a query is and where it stands, in the language of the moment."""

from django.utils import formats
from django.utils.translation import gettext, gettext_lazy, ngettext

from talanoa.queries.suggesting import Suggestion

TYPES = {
    "experiences": gettext_lazy("experiences"),
    "examples": gettext_lazy("examples"),
    "advice": gettext_lazy("advice"),
    "referrals": gettext_lazy("referrals"),
}
STAGES = {
    "asked": gettext_lazy("to be worded"),
    "worded": gettext_lazy("waiting for the asker"),
    "agreed": gettext_lazy("agreed"),
    "open": gettext_lazy("open"),
    "closed": gettext_lazy("being consolidated"),
    "consolidated": gettext_lazy("answered"),
    "dropped": gettext_lazy("not circulated"),
}
CHANGES = {
    "asked": gettext_lazy("asked"),
    "worded": gettext_lazy("worded"),
    "agreed": gettext_lazy("the asker agreed"),
    "changes": gettext_lazy("the asker wants changes"),
    "circulated": gettext_lazy("circulated"),
    "corrected": gettext_lazy("corrected"),
    "extended": gettext_lazy("extended"),
    "closed": gettext_lazy("closed"),
    "dropped": gettext_lazy("not circulated"),
    "marked": gettext_lazy("a response was marked"),
    "entered": gettext_lazy("a response was entered"),
    "approached": gettext_lazy("somebody was approached"),
    "sent": gettext_lazy("the responses were sent to a language model"),
    "issued": gettext_lazy("the Consolidated Reply was issued"),
}


def types(values: list[str]) -> str:
    """The types of a query in a row: "experiences, advice"."""
    return ", ".join(str(TYPES[value]) for value in values if value in TYPES)


def stage(value: str) -> str:
    """Where a query stands, in a word or two."""
    return str(STAGES.get(value, value))


def change(value: str) -> str:
    """What happened to a query, in a few words."""
    return str(CHANGES.get(value) or gettext("changed"))


def reason(suggestion: Suggestion[int]) -> str:
    """Why somebody may know: "responded to 3 queries about pumps, solar, last in May 2026; declared to know of it, too"."""
    parts = []
    if suggestion.last is not None:
        month = formats.date_format(suggestion.last, "YEAR_MONTH_FORMAT")
        parts.append(
            ngettext(
                "responded to %(count)d query about %(words)s, in %(month)s",
                "responded to %(count)d queries about %(words)s, last in %(month)s",
                suggestion.answered,
            )
            % {"count": suggestion.answered, "words": ", ".join(suggestion.about), "month": month}
        )
    if suggestion.declared and parts:
        parts.append(gettext("declared to know of it, too"))
    elif suggestion.declared:
        parts.append(gettext("declared to know of %(words)s") % {"words": ", ".join(suggestion.about)})
    return "; ".join(parts) or gettext("often responds")
