"""The words for where a discussion stands, what happened to it and who is missing in it, in the language of the moment."""

from django.utils.translation import gettext, gettext_lazy

STAGES = {
    "proposed": gettext_lazy("proposed"),
    "approved": gettext_lazy("announced"),
    "running": gettext_lazy("running"),
    "ended": gettext_lazy("being summarised"),
    "summarised": gettext_lazy("summarised"),
    "declined": gettext_lazy("not held"),
}
CHANGES = {
    "proposed": gettext_lazy("proposed"),
    "revised": gettext_lazy("the plan was changed"),
    "approved": gettext_lazy("approved and announced"),
    "declined": gettext_lazy("declined"),
    "moved": gettext_lazy("moved, because nothing ran when its time came"),
    "opened": gettext_lazy("a phase was opened"),
    "closed": gettext_lazy("a phase ended"),
    "extended": gettext_lazy("a phase was extended"),
    "ended": gettext_lazy("ended"),
    "invited": gettext_lazy("somebody was invited"),
    "moderator": gettext_lazy("the guest moderator changed"),
    "left": gettext_lazy("the guest moderator left the community"),
    "digest": gettext_lazy("a digest was sent"),
    "issued": gettext_lazy("a summary was issued"),
}
SECTIONS = {
    "points": gettext_lazy("Points made"),
    "agreement": gettext_lazy("Where members agree"),
    "dissent": gettext_lazy("Where they differ"),
}
FOLLOWED = {
    "": gettext_lazy("as my other mail"),
    "each": gettext_lazy("closely: each contribution as it comes"),
    "daily": gettext_lazy("a digest each day"),
    "stage": gettext_lazy("a digest of each phase"),
    "none": gettext_lazy("not at all"),
}


def stage(value: str) -> str:
    """Where a discussion stands, in a word or two."""
    return str(STAGES.get(value, value))


def change(value: str) -> str:
    """What happened to a discussion, in a few words."""
    return str(CHANGES.get(value) or gettext("changed"))


def section(key: str) -> str:
    """The heading of a section of a summary."""
    return str(SECTIONS[key])


def followed(how: str) -> str:
    """How a discussion is followed."""
    return str(FOLLOWED[how])


def unheard(kind: str, words: str) -> str:
    """Why somebody's voice is missed."""
    if kind == "country":
        return gettext("nobody from %(country)s has been heard") % {"country": words}
    if kind == "sector":
        return gettext("nobody of this sector has been heard: %(sector)s") % {"sector": words}
    if kind == "gender":
        return gettext("few who are %(gender)s have been heard") % {"gender": words}
    return gettext("has not been heard yet")
