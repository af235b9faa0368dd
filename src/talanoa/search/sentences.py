"""What was found, in people's words."""

from django.utils.translation import gettext


def kind(name: str) -> str:
    """What a result is, such as "response"; the name itself for one that is not known here."""
    return {
        "query": gettext("query"),
        "response": gettext("response"),
        "post": gettext("message"),
        "reply": gettext("Consolidated Reply"),
        "experience": gettext("experience"),
        "resource": gettext("resource"),
        "member": gettext("member"),
        "file": gettext("file"),
        "comment": gettext("comment"),
        "summary": gettext("summary"),
    }.get(name, name)
