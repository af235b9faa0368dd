"""Everything goes out again, byte for byte, and comes in elsewhere as it was."""

import io
import json
import sys
import zipfile

import pytest

from old_mail import mbox, old
from path import NOW, letter
from talanoa.commandline import main
from talanoa.conversations.models import OldLink, Post
from talanoa.mail.lookups import raw
from talanoa.mail.models import Raw
from talanoa.mail.reading.mbox import mails
from talanoa.mail.reading.parsing import read
from talanoa.migration import actions, exporting, lookups
from talanoa.people import actions as people
from talanoa.queries import actions as queries

pytestmark = pytest.mark.django_db
OURS = [
    old(1),
    old(2, "Re: Wells", day=3, text="From here on:\n>From you\n>>From them\n\nFrom me@x.example Sun Jan  1 08:00:00 2006\nSubject: pasted\n"),
    old(3, In_Reply_To=1, text="Salt.\n\n\n"),
    old(4, "Boats", Message_ID=None).replace(b"\n", b"\r\n"),
    old(5, "Nets", text="\xff\0"),
]


def told(community):
    """What `archive list` says, without the numbers of our tables."""
    numbers = {}
    return [{**one, "conversation": numbers.setdefault(one["conversation"], len(numbers))} for one in lookups.messages(community)]


def mboxed(community) -> bytes:
    file = io.BytesIO()
    exporting.mbox(community, file)
    return file.getvalue()


def test_the_mbox_has_the_original_bytes_and_comes_in_elsewhere_as_it_was(bring, cast):
    bring(*OURS, into=cast.mdg, name="a")
    given = mboxed(cast.mdg)
    assert sorted(mails(given)) == sorted(OURS)
    outcome = bring(given, into=cast.other, name="b")
    assert outcome.account["read"] == outcome.account["stored"] == 5
    assert told(cast.other) == told(cast.mdg)
    assert mboxed(cast.other) == given
    assert Raw.objects.count() == 5


def test_old_links_and_places_go_along(bring, cast, tmp_path):
    """Export, import elsewhere, equal: also where each stood before, and whom it answers."""
    links = {"Archived_At": "<http://old.example/archives/list/wells@old.example/message/ABC/>"}
    bring(mbox(old(1, **links), old(2, "Re: Wells", day=2, In_Reply_To=1), old(9, "Re: Boats", In_Reply_To=7), old(8, "Boats", References="<7@old.example>", day=3)), name="a")
    file = tmp_path / "out.zip"
    assert main(["archive", "export", "mdg", "--format", "zip", "--to", str(file)]) == 0
    bring(file, into=cast.other)
    assert told(cast.other) == told(cast.mdg)

    def before(community):
        return sorted(OldLink.objects.filter(community=community).values_list("path", "post__message_id"))

    assert before(cast.other) == before(cast.mdg) != []


def test_what_members_wrote_here_goes_out_and_comes_in_as_well(bring, cast, walk):
    proven = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
    came = walk(letter("ben@people.example", Message_ID="<n@people.example>", **proven), at=NOW)
    bring(mbox(old(1)))
    actions.release(cast.mdg)
    given = mboxed(cast.mdg)
    assert raw(came) in list(mails(given))
    assert bring(given, name="again").account["duplicates"] == 2
    assert Post.objects.count() == 2


def test_the_zip_has_members_conversations_and_queries(bring, cast, capsysbinary, tmp_path):
    bring(mbox(old(1), old(2, In_Reply_To=1)))
    asked = queries.ask(read(letter("ben@people.example", subject="Who counts?")), community=cast.mdg, asker=cast.ben, received=None, at=NOW)
    queries.circulate(asked, by=cast.ana, at=NOW, why="by phone")
    file = tmp_path / "mdg.zip"
    assert main(["archive", "export", "mdg", "--format", "zip", "--to", str(file)]) == 0
    with zipfile.ZipFile(file) as given:
        assert given.testzip() is None
        assert sorted(given.namelist()) == ["conversations.json", "mdg.mbox", "members.csv", "queries.html", "queries.json"]
        assert len(list(mails(given.read("mdg.mbox")))) == 3
        first = json.loads(given.read("conversations.json"))[0]
        assert [(post["message_id"], post["parent"], post["released"]) for post in first["posts"]] == [
            ("<1@old.example>", None, False),
            ("<2@old.example>", "<1@old.example>", False),
        ]
        assert b"ben@people.example" in given.read("members.csv")
        assert json.loads(given.read("queries.json"))[0]["title"] == "Who counts?"
        assert b"<h2>Who counts?</h2>" in given.read("queries.html")
    assert main(["archive", "export", "mdg", "--format", "zip", "--to", str(file)]) == 1  # it overwrites nothing
    assert b"is there already" in capsysbinary.readouterr().err
    outcome = bring(file, into=cast.other)
    assert outcome.account["stored"] == 3


def test_what_the_house_wrote_goes_out_under_the_name_of_its_author(bring, cast):
    """A comma, quotation marks or another script in a name make neither two authors nor none."""
    names = ["Lagi, Tavita", 'Sina "Nina" Lave', "ʻAna Lātū", "إسراء"]
    for number, name in enumerate(names):
        asker = people.introduce(f"{number}@people.example", name=name, at=NOW)
        asked = queries.ask(read(letter("x@people.example", subject="Who, where?")), community=cast.mdg, asker=asker, received=None, at=NOW)
        queries.circulate(asked, by=cast.ana, at=NOW, why="by phone")
    given = mboxed(cast.mdg)
    said = [read(one) for one in mails(given)]
    assert [one.sender.name for one in said] == names
    assert {one.sender.address for one in said} == {"nobody@invalid"}
    assert bring(given, into=cast.other).account["stored"] == 4


def test_the_commands_say_what_they_did(cast, capsys, tmp_path, monkeypatch, bring):
    folder = tmp_path / "wells"
    folder.mkdir()
    (folder / "1.mbox").write_bytes(mbox(old(1), old(2, In_Reply_To=1)))
    (folder / "2.json").write_bytes(b'{"no": "mail"}\n')
    assert main(["archive", "import", "mdg", str(folder), "--dry-run", "--json"]) == 0
    rehearsed = json.loads(capsys.readouterr().out)
    assert not Post.objects.exists()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["archive", "import", "mdg", str(folder), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == rehearsed == {"read": 3, "stored": 2, "duplicates": 0, "set_aside": 1, "conversations": 1, "attachments": 0}
    assert "wells/2.json, message 1: It is no message in JSON" in err
    assert "3 of 3 messages" in err
    assert main(["archive", "list", "mdg", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["message_id"], one["parent"], one["from"], one["released"]) for one in lines] == [
        ("<1@old.example>", None, "Mele <mele@old.example>", False),
        ("<2@old.example>", "<1@old.example>", "Mele <mele@old.example>", False),
    ]
    assert main(["archive", "list", "mdg"]) == 0
    assert capsys.readouterr().out.count("(not released)") == 2
    assert main(["archive", "release", "mdg"]) == 0
    assert capsys.readouterr().out.startswith("2 messages are visible now")
    assert main(["archive", "release", "mdg"]) == 0
    assert main(["archive", "import", "mdg", str(tmp_path / "nowhere")]) == 1
    assert "is not there" in capsys.readouterr().err
