"""A summary as a document that is frozen when it is issued, and as a publication for paper and Word; pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talanoa.discussions import sentences
from talanoa.publishing import document
from talanoa.publishing.publication import Piece, Publication, block, day, directed, heading, said, thanks


def make(
    masthead: Mapping[str, Any], *, sections: Sequence[tuple[str, str]], contributions: Sequence[document.Response], base: str
) -> dict[str, Any]:
    """The document of an edition.

    `masthead`: language, community (name, slug, address), number, phase, version, title, theme, issue, questions, compiled_by,
    issued_at, from_day, to_day, page, reach. `sections`: keys and safe HTML, in their order; empty ones are left out.
    """
    numbers = {one.key: one.number for one in contributions}
    found = [{"key": key, "blocks": _known(document.blocks(html, numbers, base=base))} for key, html in sections]
    return {
        **masthead,
        "sections": [one for one in found if one["blocks"]],
        "contributors": document.contributors(contributions),
        "responses": document.responses(contributions, base),
    }


def _known(those: list[document.Block]) -> list[document.Block]:
    return [{**one, "runs": [{k: v for k, v in run.items() if k != "found"} for run in one["runs"]]} for one in those]


def kind(of: Mapping[str, Any]) -> str:
    """What the document is: "Discussion 3, phase 2"."""
    if of["phase"]:
        return _("Discussion %(number)d, summary of phase %(phase)d") % {"number": of["number"], "phase": of["phase"]}
    return _("Discussion %(number)d, final summary") % {"number": of["number"]}


def byline(of: Mapping[str, Any]) -> str:
    """Who made it, and when the discussion was."""
    facts = {
        "name": of["compiled_by"],
        "begin": day(of["from_day"], of["language"]),
        "end": day(of["to_day"], of["language"]),
    }
    return _("From %(begin)s to %(end)s; summarised by %(name)s") % facts


def nature(of: Mapping[str, Any]) -> str:
    """What a summary is, and what it is not."""
    return _(
        "This is what one reader, %(name)s, found in the contributions. It is no decision and no consensus: where members differ, all "
        "views stand. Each paragraph leads to the contributions from which it is taken; what they say comes first."
    ) % {"name": of["compiled_by"]}


def reach(of: Mapping[str, Any]) -> str:
    """Whom it reached, in numbers."""
    counts = of["reach"]
    parts = [
        ngettext("%(num)d contribution", "%(num)d contributions", counts["contributions"]) % {"num": counts["contributions"]},
        ngettext("%(num)d contributor", "%(num)d contributors", counts["contributors"]) % {"num": counts["contributors"]},
        ngettext("%(num)d organisation", "%(num)d organisations", counts["organisations"]) % {"num": counts["organisations"]},
        ngettext("%(num)d country", "%(num)d countries", counts["countries"]) % {"num": counts["countries"]},
    ]
    return ", ".join(parts)


def laid_out(of: Mapping[str, Any]) -> Publication:
    """The whole of it, for paper and for Word."""
    with translation.override(of["language"]):
        return Publication(
            title=of["title"],
            author=of["compiled_by"],
            issued_at=datetime.fromisoformat(of["issued_at"]),
            language=of["language"],
            community=of["community"]["name"],
            kind=kind(of),
            version=of["version"],
            pieces=[directed(one) for one in _pieces(of)],
        )


def _pieces(of: Mapping[str, Any]) -> Iterator[Piece]:
    yield said("line", of["community"]["name"], b=True)
    yield said("line", kind(of))
    yield said("title", of["title"])
    if of["phase"]:
        yield said("line", of["theme"])
    yield said("line", byline(of))
    yield said("line", _("Issued %(day)s, version %(version)d") % {"day": day(of["issued_at"], of["language"]), "version": of["version"]})
    yield said("line", reach(of))
    yield heading(1, _("What this is"), "nature")
    yield said("p", nature(of))
    yield heading(1, _("What was discussed"), "issue")
    for paragraph in of["issue"].split("\n\n"):
        yield said("p", paragraph)
    for question in of["questions"]:
        yield said("item", question)
    for section in of["sections"]:
        yield heading(1, sentences.section(section["key"]), section["key"])
        for one in section["blocks"]:
            if one["kind"] in {"h3", "h4"}:
                yield {**block(one), "is": "heading", "level": 2 if one["kind"] == "h3" else 3, "id": ""}
            else:
                yield block(one)
    if of["contributors"]:
        yield heading(1, _("With thanks to"), "thanks")
        yield from thanks(of)
        yield heading(1, _("The contributions"), "contributions")
        for one in of["responses"]:
            yield from _original(one, of)


def _original(one: Mapping[str, Any], of: Mapping[str, Any]) -> Iterator[Piece]:
    """Where a contribution stands in full."""
    yield heading(2, f"#{one['number']} {one['name'] or _('A member')}, {day(one['at'], of['language'])}", f"r{one['number']}")
    if one.get("withdrawn"):
        yield {"is": "p", "runs": [{"t": _("This contribution was withdrawn."), "i": True}]}
    else:
        link = f"{of['page'].partition('/discussions/')[0]}/m/{one['key']}"
        yield {"is": "p", "runs": [{"t": link, "href": link}]}
