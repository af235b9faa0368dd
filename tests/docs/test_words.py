"""What the pages say is so: names, commands, settings and links are there."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from talanoa.configuration import SETTINGS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SHIPPED = [path for path in (ROOT / "deploy").rglob("*") if path.is_file()]
# Not settings: they choose the file of settings, or serve tests alone.
BESIDE = {"TALANOA_CONFIG", "TALANOA_TEST", "TALANOA_TEST_DB", "TALANOA_TEST_DATABASE_URL"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file, _, part = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{target} is not there"
        if part:
            heads = re.findall(r"(?m)^#+ (.+)$", there.read_text(encoding="utf-8"))
            assert part in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}, target


def test_the_table_of_settings_is_the_table_of_the_code():
    rows = re.findall(r"(?m)^\| `TALANOA_(\w+)` \| (?:`(.*?)`)? ?\| (.*) \|$", (ROOT / "docs/settings.md").read_text(encoding="utf-8"))
    assert rows == [(setting.name, setting.default, setting.meaning) for setting in SETTINGS]


def test_the_command_line_prints_the_same_table(capsys):
    from talanoa.commandline import main

    assert main(["check", "--settings"]) == 0
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert lines == [[f"TALANOA_{one.name}", one.default or "(empty)", one.meaning] for one in SETTINGS]


@pytest.mark.parametrize("path", [*PAGES, *SHIPPED, ROOT / "Dockerfile"], ids=named)
def test_every_setting_that_is_named_is_one(path):
    known = {f"TALANOA_{setting.name}" for setting in SETTINGS} | BESIDE
    assert set(re.findall(r"TALANOA_[A-Z][A-Z0-9_]*[A-Z0-9]", path.read_text(encoding="utf-8"))) <= known


def commands(text: str) -> list[str]:
    """Commands as a reader would type them: lines of a block, and whole spans of code."""
    fenced = re.findall(r"(?ms)^\s*```\w*\n(.*?)^\s*```", text)
    lines = [line.strip() for block in fenced for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^\s*```.*?^\s*```", "", text))
    pieces = [piece.strip() for line in [*lines, *spans] for piece in re.split(r"&&|\||;", line)]
    return [match[1] for piece in pieces if (match := re.match(r"(?:\.venv/bin/|exec )?talanoa ([a-z].*)", piece))]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_is_named_is_one(page):
    from talanoa.commandline import _parser

    parser = _parser()
    for command in commands(page.read_text(encoding="utf-8")):
        words = [re.sub(r"^[A-Z][A-Z.]*$", "1", word) for word in shlex.split(command.partition("  #")[0]) if word != "…"]
        # In running text a command may stand without what it works on; `--help` asks only whether it is there.
        try:
            parser.parse_args(words)
        except SystemExit:
            with pytest.raises(SystemExit) as end:
                parser.parse_args([*(word for word in words[:2] if re.fullmatch(r"[a-z-]+", word)), "--help"])
            assert end.value.code == 0, command


def test_every_name_on_the_path_of_a_mail_is_there():
    text = (ROOT / "docs/path-of-a-mail.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`((?:mail|mailroom|people|communities|conversations|moderation)(?:\.\w+){2,3})`", text))
    assert len(names) > 25
    for name in names:
        module, *rest = f"talanoa.{name}".rsplit(".", 1)
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            module, kind = module.rsplit(".", 1)
            found = getattr(importlib.import_module(module), kind)
        assert hasattr(found, rest[0]), f"{name} is not there"


def test_the_path_of_a_mail_names_every_rule_and_every_fate():
    from talanoa.moderation import rules
    from talanoa.website.mail.fates import FATES

    text = (ROOT / "docs/path-of-a-mail.md").read_text(encoding="utf-8")
    for table, verdict in ((rules.DISCARDS, "Discard"), (rules.TURN_BACKS, "TurnBack"), (rules.HOLDS, "Hold")):
        (row,) = re.findall(rf"(?m)^\| `{verdict}` \| (.*?) \|", text)
        assert re.findall(r"`(\w+)`", row) == [rule.__name__ for rule in table]
    fates = set(", ".join(re.findall(r"(?m)^\| ([a-z, ]+?) \|", text.partition("## 4.")[2].partition("## 5.")[0])).split(", "))
    assert fates >= {fate.replace("-", " ") for fate in FATES} - {"waiting"}


def test_the_tour_shows_every_room_and_no_other():
    text = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"[a-z]+", " ".join(line[:22] for line in text.split("```")[1].splitlines())))
    there = {path.name.removesuffix(".py") for path in (ROOT / "src/talanoa").iterdir() if re.fullmatch(r"[a-z]+(\.py)?", path.name)}
    assert shown == there


def test_every_file_that_the_tour_names_is_there():
    text = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
    there = {path.name for path in (ROOT / "src/talanoa").rglob("*.py")}
    named_here = set(re.findall(r"`(?:[\w/]+/)?(\w+\.py)`", text.partition("## The rooms")[2].partition("## Beside")[0]))
    assert named_here <= there, named_here - there


def test_the_decisions_are_numbered_and_listed():
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    listed = re.findall(r"(?m)^\| \[(\d+)\]\((\S+)\) \| (.+) \|$", (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8"))
    assert [(f"{int(page.name[:4])}", page.name, page.read_text(encoding="utf-8").splitlines()[0]) for page in pages] == [
        (number, name, f"# {number}. {title}") for number, name, title in listed
    ]


def test_every_dependency_is_told_with_its_reason():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    text = (ROOT / "docs/decisions/0013-dependencies.md").read_text(encoding="utf-8")
    for requirement in wanted:
        assert re.search(rf"(?m)^\| {re.escape(re.split(r'[^a-z0-9-]', requirement)[0])}\b", text), requirement
