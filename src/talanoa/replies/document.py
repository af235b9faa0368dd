"""The document of an edition: everything a Consolidated Reply shows, of the parts that `publishing.document` tells of. Pure.

Items, which are blocks of experiences and of resources, have their sources gathered: "from", numbers of responses, and "found",
whether the facilitator found it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from talanoa.publishing import document
from talanoa.publishing.document import Block


def _gathered(block: Block, names: Mapping[int, str]) -> Block:
    """An item with its sources beside it; the links at its end that only name them are taken away."""
    runs = [dict(run) for run in block["runs"]]
    sources = list(dict.fromkeys(run["from"] for run in runs if "from" in run))
    found = any(run.get("found") for run in runs)
    while runs:
        # Behind the last source only a bracket or a stop can stand; the stop is the sentence's own.
        tail = 1 if "from" not in runs[-1] and not re.search(r"\w", runs[-1]["t"]) else 0
        if len(runs) <= tail or not (runs[-1 - tail].get("found") or _only_names(runs[-1 - tail], names)):
            break
        stop = re.sub(r"[^.!?…。।؟]", "", runs[-1]["t"]) if tail else ""
        del runs[-1 - tail :]
        if runs and "from" not in runs[-1]:
            bare = re.sub(r"[\s(\[–—,;·:-]+$", "", re.sub(r"\s*[(\[][^()\[\]]{0,20}$", "", runs[-1]["t"]))
            runs[-1]["t"] = bare if not bare or not stop or bare[-1] in ".!?…。।؟" else bare + stop
            if not bare:
                del runs[-1]
    for run in runs:
        run.pop("found", None)
    return {**block, "runs": runs, "from": sources, "found": found}


def _only_names(run: document.Run, names: Mapping[int, str]) -> bool:
    if "from" not in run:
        return False
    words, name = run["t"].strip(" ()[],.;").casefold(), names.get(run["from"], "").casefold()
    return not re.search(r"[^\W\d_]", words) or (bool(name) and words.startswith(name) and len(words) <= len(name) + 60)


def make(
    masthead: Mapping[str, Any],
    *,
    query: Mapping[str, Any],
    sections: Sequence[tuple[str, str]],
    responses: Sequence[document.Response],
    base: str,
) -> dict[str, Any]:
    """The document of an edition.

    `masthead`: language, community (name, slug, address), number, version, title, types, compiled_by, issued_at, page, licence,
    disclaimer. `query`: voice, at, html, context, key. `sections`: keys and safe HTML, in their order; empty ones are left out.
    """
    numbers = {one.key: number for number, one in enumerate(responses, 1)}
    names = {number: one.voice.name for number, one in enumerate(responses, 1)}
    made: list[dict[str, Any]] = []
    for key, html in sections:
        read = document.blocks(html, numbers, base=base)
        if key != "summary":
            read = [_gathered(one, names) if one["kind"] not in {"h3", "h4"} else one for one in read]
        else:
            read = [{**one, "runs": [{k: v for k, v in run.items() if k != "found"} for run in one["runs"]]} for one in read]
        if read:
            made.append({"key": key, "blocks": read})
    told: list[Block] = next((section["blocks"] for section in made if section["key"] == "experiences"), [])
    headings = [document.text(one) for one in told if one["kind"] == "h3"]
    voices = [one.voice for one in responses]
    return {
        **masthead,
        "query": {
            **query["voice"]._asdict(),
            "at": query["at"],
            "key": query["key"],
            "blocks": document.blocks(query["html"], base=base),
            "context": document.blocks(query["context"], base=base),
        },
        "contributors": document.contributors(responses),
        "countries": document.countries(voices, headings, str(masthead["language"])),
        "sections": made,
        "responses": document.responses(responses, base),
    }
