"""The house checks that import-linter cannot make: private files stay private, and only verbs write."""

import ast
from pathlib import Path

import grimp
import pytest

import talanoa

SOURCE = Path(talanoa.__file__).parent
ROOMS = {folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").exists()}
DOORS = {"mailroom", "website", "demo", "commandline"}

# What may be entered from other rooms besides models, actions and lookups: each is a promised interface.
INTERFACES = {
    "mail": {
        "addresses", "claims", "dns", "rows", "tokens",
        "reading.chain", "reading.charsets", "reading.child", "reading.circulation", "reading.headers", "reading.html", "reading.mbox",
        "reading.parsing", "reading.sandbox", "reading.tags",
        "sending.arc", "sending.delivery", "sending.dialling", "sending.dkim", "sending.house_letters", "sending.journal", "sending.writing",
    },
    "language": {"languages", "meaning", "names", "phrases", "places", "postings", "scores", "sentences", "similarity", "thesaurus", "words"},
    "moderation": {"verdicts", "words"},
    "consultations": {"comments", "exports", "papers", "phasing.lookups", "telling"},
    "conversations": {"archives"},
    "moving": {"carrying", "enrolling"},
    "migration": {"exporting", "importing", "mailman", "sources"},
    "queries": {"similar", "suggesting", "sentences"},
    "communities": {"joining.actions"},
    "discussions": {"clocks.actions", "outline", "sentences", "summaries.actions", "summaries.lookups"},
    "documents": {"blocks", "reading", "refusals"},
    "drafting": {"courtesies", "drafts"},
    "publishing": {"differences", "document", "markup", "merging", "paper", "plain", "publication", "word"},
    "replies": {"editions"},
    "search": {"plain", "sentences"},
    "mailroom": {"destinations", "keeping", "lmtp", "reports", "sorting", "webhooks", "worker"},
    "website": {"assets", "moments", "places", "templating", "urls", "views", "middleware"},
}
WRITES = {"save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update"}


def test_private_files_are_entered_from_their_own_room_alone():
    graph = grimp.build_graph("talanoa", cache_dir=None)
    entered = []
    for module in graph.modules:
        _, _, inside = module.partition("talanoa.")
        room, _, rest = inside.partition(".")
        name = rest.partition(".")[0]
        if room not in ROOMS or not name or {name, rest} & ({"models", "actions", "lookups", "migrations"} | INTERFACES.get(room, set())):
            continue
        entered += [
            f"{importer} enters {module}"
            for importer in graph.find_modules_that_directly_import(module)
            if not importer.startswith(f"talanoa.{room}.") and importer != f"talanoa.{room}"
        ]
    assert entered == []


def files():
    return sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_verbs_write(path):
    """`.save()`, `.create()` and their kin stand in actions.py alone."""
    if path.name == "actions.py" or path.relative_to(SOURCE) == Path("publishing/word.py"):
        return  # what is saved there is a DOCX, into memory
    found = [
        f"{path.name}:{node.lineno} {node.func.attr}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]
    assert found == []


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_rooms_know_no_http_and_read_no_clock(path):
    """Who and when are arguments; only doors read the clock and know of requests."""
    room = path.relative_to(SOURCE).parts[0]
    if room in DOORS or room not in ROOMS or path.name in ("delivery.py", "claims.py"):
        return  # the postman and the leases are run by a door and count real seconds
    text = path.read_text(encoding="utf-8")
    assert "django.http" not in text
    assert "datetime.now(" not in text
    assert "timezone.now(" not in text


def test_every_room_says_what_it_is_for():
    silent = [room for room in sorted(ROOMS) if not ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text()))]
    assert silent == []


def test_no_drawer_for_odds_and_ends():
    drawers = {"utils", "helpers", "services", "managers", "signals", "core", "common", "misc"}
    assert [str(path) for path in files() if path.stem in drawers or path.parent.name in drawers] == []
