"""Decisions about Consolidated Replies; pure."""

from datetime import timedelta

# The sections of a Consolidated Reply that are edited, in their order (method.md). Masthead, query, contributors and
# responses are made from what is known. The first is prose with points; the others are made of items.
SECTIONS = (
    "summary",
    "experiences",
    "documentation",
    "contacts",
    "organisations",
    "portals",
    "tools",
    "training",
    "events",
    "related",
)
RESOURCES = SECTIONS[2:]

ONE_SITTING = timedelta(minutes=5)  # what one person saves within it is one revision
