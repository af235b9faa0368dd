"""The words for the parts of a Consolidated Reply, in the language of the moment."""

from django.utils.translation import gettext_lazy

SECTIONS = {
    "summary": gettext_lazy("Summary of responses"),
    "experiences": gettext_lazy("Comparative experiences"),
    "documentation": gettext_lazy("Documentation"),
    "contacts": gettext_lazy("Contacts and experts"),
    "organisations": gettext_lazy("Organisations and programmes"),
    "portals": gettext_lazy("Portals and information bases"),
    "tools": gettext_lazy("Tools and technologies"),
    "training": gettext_lazy("Training courses"),
    "events": gettext_lazy("Events"),
    "related": gettext_lazy("Related Consolidated Replies"),
}


def section(key: str) -> str:
    """The heading of a section."""
    return str(SECTIONS[key])
