"""`talanoa draft --mbox`: one JSON object a line for each conversation, every sentence with its message."""

import json
import os
import subprocess
import sys

import pytest

from talanoa.commandline import main
from talanoa.mail.reading.mbox import mails

THREAD = b"""From ana@people.example Mon Nov 23 10:00:00 2026
From: Ana Rao <ana@people.example>
Subject: Deep wells
Message-ID: <1@x.example>

How deep should a village well be in Samoa?

From then on we dug with our hands.

From ben at people.example  Mon Nov 23 11:00:00 2026
From: ben at people.example (Ben Tui)
Subject: Re: Deep wells
Message-ID: <2@x.example>

On Mon, Nov 23, 2026, Ana Rao wrote:
> How deep should a village well be in Samoa?

In Apia, Samoa, we found sweet water at twenty metres.
>From there it was pumped. See https://wells.example.org/guide.pdf
--
Ben Tui, engineer

From mailer@people.example Mon Nov 23 12:00:00 2026
From: Mail Delivery System <mailer-daemon@people.example>
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; people.example

Final-Recipient: rfc822; c@people.example
Action: failed
Status: 5.1.1

--x--
"""


@pytest.fixture
def thread(tmp_path):
    file = tmp_path / "wells.mbox"
    file.write_bytes(THREAD)
    return str(file)


def test_a_draft_is_one_object_for_each_file_and_needs_no_state(thread, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "talanoa.commandline", "draft", "--mbox", thread, thread, "--sentences", "3", "--json"],
        cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, check=True,
    )  # fmt: skip
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == second
    assert set(first) == {"file", "text", "summary", "themes", "experiences", "resources", "contributors", "coverage"}
    assert first["file"] == thread
    assert {(one["message_id"], one["author"]) for one in first["summary"]} == {("<1@x.example>", "Ana Rao"), ("<2@x.example>", "Ben Tui")}
    assert len(first["summary"]) == 3
    assert [(one["country"], one["place"]) for one in first["experiences"]][-1] == ("WS", "Apia")
    assert [(one["heading"], one["link"]) for one in first["resources"]] == [("documentation", "https://wells.example.org/guide.pdf")]
    assert [one["author"] for one in first["contributors"]] == ["Ana Rao", "Ben Tui"]  # the machine's report is no contribution
    assert first["text"].startswith("Ana asks: “How deep should a village well be in Samoa?")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wells.mbox"]


def test_without_json_a_person_can_read_it(thread, capsys):
    assert main(["draft", "--mbox", thread, "--words", "40"]) == 0
    shown = capsys.readouterr().out
    assert "- How deep should a village well be in Samoa?  [Ana Rao]" in shown
    assert "documentation: " in shown


def test_it_goes_on_after_a_file_that_is_not_there(thread, capfd):
    assert main(["draft", "--mbox", "nowhere.mbox", thread, "--json"]) == 1
    out, err = capfd.readouterr()
    assert "nowhere.mbox" in err
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize("words", [["--words", "0"], ["--words", "few"], ["--words", "9", "--sentences", "2"], []])
def test_a_wrong_budget_is_refused(thread, words):
    with pytest.raises(SystemExit) as end:
        main(["draft", *words] if not words else ["draft", "--mbox", thread, *words])
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (THREAD, 3),
        (THREAD.replace(b"\n", b"\r\n"), 3),
        (b"Subject: one mail alone\n\nWords.\n\nFrom here it is still one.\n", 1),
        (b"From a\nFrom: a@x.example\nSubject: x\n\nFrom b\nFrom: b@x.example\nSubject: y\n", 2),
        (b"", 0),
        (b"\n\n", 0),
    ],
)
def test_a_mail_begins_where_a_header_follows(content, count):
    found = list(mails(content))
    assert len(found) == count
    if count == 3:
        assert b"From then on we dug" in found[0]
        assert b"\nFrom there it was pumped" in found[1]
