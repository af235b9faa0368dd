"""Gather the words of the house for translators, bring each language up to date with them, and compile it: `make words`.

What is in the catalogues follows from the sources and the translations alone, in the order of files and without
line numbers or dates, so that a change of words shows as that change and nothing else.
"""

# ruff: noqa: INP001 - a script, not a package

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parents[1] / "src" / "talanoa"
LOCALE = SOURCE / "locale"
TEMPLATE = LOCALE / "django.pot"
LAZY = {"gettext_lazy": None, "ngettext_lazy": (1, 2), "pgettext_lazy": ((1, "c"), 2)}
NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # a real one would change every file each time


def extracted() -> Catalog:
    """All words that the sources put through gettext, file by file."""
    mapping, options = parse_mapping_cfg(io.StringIO((LOCALE / "babel.cfg").read_text(encoding="utf-8")))
    found = extract_from_dir(str(SOURCE), mapping, options, keywords={**DEFAULT_KEYWORDS, **LAZY})
    catalog = Catalog(charset="utf-8")
    for file, _line, message, _comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        empty = "" if isinstance(message, str) else ("", "")
        catalog.add(message, empty, locations=[(Path(file).as_posix(), None)], context=context)
    return catalog


def translated(language: str) -> Catalog:
    """The translations of a language as they stand in its file; none yet for a new one."""
    file = LOCALE / language / "LC_MESSAGES" / "django.po"
    if not file.exists():
        return Catalog(locale=language, charset="utf-8")
    return read_po(io.BytesIO(file.read_bytes()), locale=language, charset="utf-8")


def written(catalog: Catalog) -> bytes:
    """A catalogue as the bytes of its file."""
    kept = io.BytesIO()
    write_po(kept, catalog, width=0, omit_header=True, ignore_obsolete=True, include_lineno=False)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    if catalog.locale:
        head += f'"Language: {catalog.locale}\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n'
    return head.encode() + b"\n" + kept.getvalue()


def languages() -> list[str]:
    """The languages that have a folder."""
    return sorted(folder.name for folder in LOCALE.iterdir() if (folder / "LC_MESSAGES").is_dir())


def main(new: list[str]) -> None:
    """Write the template, and the .po and .mo of every language; `new` are languages that begin today."""
    words = extracted()
    TEMPLATE.write_bytes(written(words))
    for language in sorted({*languages(), *new}):
        catalog = translated(language)
        catalog.update(words, no_fuzzy_matching=True)
        catalog.creation_date = catalog.revision_date = NO_DAY
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "django.po").write_bytes(written(catalog))
        with (folder / "django.mo").open("wb") as file:
            write_mo(file, catalog)
        done = sum(bool(one.string if isinstance(one.string, str) else all(one.string)) for one in catalog if one.id)
        sys.stdout.write(f"{language}: {done} of {len(words)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
