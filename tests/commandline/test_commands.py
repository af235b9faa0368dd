"""The commands as scripts use them: exit status 0, or a sentence on standard error."""

import json
import os
import subprocess
import sys

import pytest

import tables
from living import House
from path import letter
from talanoa.commandline import main

MAIL = b"From: Ben <ben@people.example>\r\nTo: mdg@lists.example.org\r\nSubject: =?utf-8?q?F=C4=81gogo?=\r\nMessage-ID: <1@x.example>\r\n\r\nYes.\r\n\r\nAna wrote:\r\n> Who?\r\n"


@pytest.fixture
def house(tmp_path):
    with House(tmp_path) as house:
        yield house


@pytest.fixture
def command(db, capsys):
    """`command("members", …)`: the words of a command on the database of the tests, without the second that a process takes."""

    def carry_out(*words, expect=0):
        assert main(words) == expect
        said = capsys.readouterr()
        return said.out if expect == 0 else said.err

    return carry_out


def test_a_community_and_its_members_are_made_listed_and_given_back(command, tmp_path):
    command("community", "create", "mdg", "--name", "MDG Pacific", "--address", "mdg@lists.example.org")
    command("community", "create", "core", "--name", "Core", "--address", "core@lists.example.org", "--parent", "mdg")
    assert "is a member of MDG Pacific and facilitator" in command(
        "members", "add", "mdg", "ana@people.example", "--name", "Ana", "--role", "facilitator"
    )
    file = tmp_path / "members.csv"
    file.write_text("E-mail;Full name;Organization;Country\nben@people.example;Ben;'=cmd;Samoa\nnonsense;X;;\nana@people.example;;;\n")
    sentences = command("members", "import", "mdg", str(file), "--dry-run", expect=1)
    assert "line 3:" in sentences
    assert "ben@" not in command("members", "export", "mdg")
    command("members", "import", "mdg", str(file), expect=1)
    export = command("members", "export", "mdg")
    assert "ben@people.example,Ben,member,,'=cmd,WS" in export
    again = tmp_path / "again.csv"
    again.write_text(export)
    assert "0 added, 2 are members already" in command("members", "import", "mdg", str(again))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["members", "add", "nowhere", "a@b.example"], "There is no community 'nowhere'; there are: none yet."),
        (["community", "create", "A B", "--name", "x", "--address", "x@y.example"], "cannot be a short name"),
        (["login-link", "nobody@people.example"], "Nobody here has the address nobody@people.example."),
        (["mail", "raw", "7"], "There is no mail 7"),
        (["moderate", "approve", "7"], "There is no held mail 7"),
        (["members", "import", "nowhere", "x.csv"], "There is no community"),
    ],
)
def test_a_refusal_is_a_sentence(command, words, sentence):
    assert sentence in command(*words, expect=1)


def test_a_house_without_a_database_says_what_to_do_first(tmp_path):
    """Whoever founds a community before `talanoa migrate` reads a sentence, and no program."""
    told = House(tmp_path).command("community", "list", expect=1)
    assert told.splitlines() == ["talanoa: The database is not there yet, or not of this version; run `talanoa migrate` first."]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SMTP_URL", "gopher://x", "TALANOA_SMTP_URL is 'gopher://x': it must begin with smtp://"),
        ("HTTP", "8000", "TALANOA_HTTP is '8000': it must be HOST:PORT"),
        ("WORKERS", "many", "TALANOA_WORKERS is 'many': it must be a whole number from 0 to 64."),
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("DATABASE_URL", "mysql://x", "TALANOA_DATABASE_URL"),
        ("DKIM_KEY", "/nowhere.pem", "which is not a file"),
        ("MAIL_DOMAIN", "no domain", "must be a domain name"),
    ],
)
def test_a_wrong_setting_is_refused_at_start_with_its_name(tmp_path, name, value, sentence):
    house = House(tmp_path, **{name: value})
    # That every command asks is seen with one setting.
    for words in (["serve"], ["check"], ["mail", "log"]) if name == "HTTP" else (["check"],):
        assert sentence in house.command(*words, expect=2)


def test_settings_come_from_a_file_too_and_an_unknown_one_is_refused(tmp_path):
    house = House(tmp_path)
    home = tmp_path / "home"
    tables.new_file(home)
    (home / "talanoa.toml").write_text("workers = 3\nproxy = true\nhosts = ['a.example', 'b.example']\n")

    house.command("migrate")
    (home / "talanoa.toml").write_text("wrokers = 3\n")
    assert "wrokers, which is no setting" in house.command("check", expect=2)


def test_inspect_prints_one_object_for_each_file_and_needs_no_state(tmp_path):
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(MAIL)
    done = subprocess.run(
        [sys.executable, "-m", "talanoa.commandline", "mail", "inspect", "--json", "a.eml", "b.eml"],
        cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, check=True,
    )  # fmt: skip
    first, second = map(json.loads, done.stdout.splitlines())
    assert list(first)[:14] == [
        "file", "message_id", "from", "subject", "date", "kind", "text", "fresh_text", "quoted_text", "signature",
        "attachments", "authenticity", "machine", "bounce",
    ]  # fmt: skip
    assert (first["file"], second["file"]) == ("a.eml", "b.eml")
    assert (first["subject"], first["fresh_text"], first["bounce"]) == ("Fāgogo", "Yes.", None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.eml", "b.eml"]


def test_inspect_goes_on_after_a_file_that_is_not_there(tmp_path):
    (tmp_path / "a.eml").write_bytes(MAIL)
    done = subprocess.run(
        [sys.executable, "-m", "talanoa.commandline", "mail", "inspect", "--json", "nowhere.eml", str(tmp_path / "a.eml")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "nowhere.eml" in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_check_says_what_is_well_and_what_wants_mending(house):
    house.command("community", "create", "mdg", "--name", "MDG Pacific", "--address", "mdg@lists.example.org")
    house.settings["TALANOA_SMTP_URL"] = "smtp://127.0.0.1:1"
    done = subprocess.run([sys.executable, "-m", "talanoa.commandline", "check", "--no-dns"], env=house.environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "WRONG The post office at 127.0.0.1:1 does not answer" in done.stdout
    assert "WRONG mdg has no facilitator" in done.stdout
    assert "No mail is set aside." in done.stdout


def test_a_login_link_signs_in_once(command, settings):
    command("community", "create", "mdg", "--name", "MDG", "--address", "mdg@lists.example.org")
    command("members", "add", "mdg", "ana@people.example")
    link = command("login-link", "ANA@people.example").strip()
    assert link.startswith(f"{settings.TALANOA.base_url}/sign-in/")


def test_what_is_held_is_listed_for_programs_with_its_reasons_in_words(command, cast, walk):
    walk(letter("Stranger <stranger@elsewhere.example>"))
    (told,) = map(json.loads, command("moderate", "list", "--json").splitlines())
    assert told["reasons"] == ["from_a_stranger"]
    assert told["sentences"][0].endswith(".")
