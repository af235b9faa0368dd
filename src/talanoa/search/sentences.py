"""What was found, in people's words."""

from django.utils.translation import gettext_lazy

_KINDS = {
    "query": gettext_lazy("query"),
    "response": gettext_lazy("response"),
    "post": gettext_lazy("message"),
    "reply": gettext_lazy("Consolidated Reply"),
    "experience": gettext_lazy("experience"),
    "resource": gettext_lazy("resource"),
    "member": gettext_lazy("member"),
    "file": gettext_lazy("file"),
    "comment": gettext_lazy("comment"),
    "summary": gettext_lazy("summary"),
}


def kind(name: str) -> str:
    """What a result is, such as "response"; the name itself for one that is not known here."""
    return str(_KINDS.get(name, name))
