"""Archives as list hosts and mail programs give them: each is known by what stands in it, and read once."""

import gzip
import io
import json
import os
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from old_mail import account, mbox, old
from talanoa.conversations.models import Attachment, Post
from talanoa.migration import sources, values

pytestmark = pytest.mark.django_db


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


YAHOO = {"ygData": {"msgId": 17, "rawEmail": old(1).decode().replace("<", "&lt;").replace(">", "&gt;")}}
YAHOO_PLAIN = {"msgId": 18, "authorName": "Mele &quot;M&quot; T", "subject": "Wells", "postDate": "1136102400", "messageBody": "Sweet<br>water &amp; salt", "prevInTopic": 17}
TAKEOUT = b"".join(b"From 17200000000000000%d@xxx Mon Mar 02 09:00:00 +0000 2026\r\nX-GM-THRID: 1720\r\n%s\r\n" % (n, old(n).replace(b"\n", b"\r\n")) for n in (1, 2))
FORMATS = {
    "gz": (gzip.compress(mbox(old(1), old(2))), 2),
    "eml": (old(1), 1),
    "zip of eml": (zipped(**{"list/1.eml": old(1), "list/2.eml": old(2), "members.csv": b"a,b"}), 2),
    "zip of mbox, as of Groups.io": (zipped(**{"messages.mbox": mbox(old(1), old(2)), "README.txt": b"An export."}), 2),
    "zip of Takeout, Mail": (zipped(**{"Takeout/archive_browser.html": b"<p>", "Takeout/Mail/All mail Including Spam and Trash.mbox": TAKEOUT}), 2),
    "zip of Takeout, Groups": (zipped(**{"Takeout/Groups/wells@old.example/topics.mbox": TAKEOUT, "Takeout/Groups/wells@old.example/members.csv": b"a,b"}), 2),
    "zip of gz": (zipped(**{"list/all.mbox.gz": gzip.compress(mbox(old(1), old(2)))}), 2),
    "Yahoo": (json.dumps(YAHOO).encode(), 1),
    "Yahoo, many": (json.dumps([YAHOO, YAHOO_PLAIN]).encode(), 2),
    "Yahoo, topics": (json.dumps({"totalMsgInTopic": 2, "messages": [YAHOO_PLAIN, YAHOO_PLAIN | {"msgId": 19}]}, indent=4).encode(), 2),
    "objects over many lines": (b"\n".join(json.dumps(YAHOO_PLAIN | {"msgId": number}, indent=2).encode() for number in (18, 19)), 2),
    "gz in gz, as some servers pack": (gzip.compress(gzip.compress(mbox(old(1), old(2)))), 2),
    "gz of several": (gzip.compress(mbox(old(1))) + gzip.compress(mbox(old(2))), 2),
    "CR": (mbox(old(1), old(2)).replace(b"\n", b"\r"), 2),
    "CR in a zip": (zipped(**{"1.eml": old(1).replace(b"\n", b"\r")}), 1),
    "Apple's emlx": (b"%d\n%s<?xml version='1.0'?><plist/>" % (len(old(1)), old(1)), 1),
    "lines": (b'{"message_id": "<1@x>", "from_name": "Mele", "date": "2006-01-01 08:00:00+00:00", "subject": "Wells", "in_reply_to": null, "body": "Sweet."}\n', 1),
}


@pytest.mark.parametrize("content, expected", FORMATS.values(), ids=FORMATS)
def test_every_format_is_known_by_what_stands_in_it(bring, content, expected):
    outcome = bring(content)
    assert outcome.account["read"] == outcome.account["stored"] == expected
    assert set(Post.objects.values_list("subject", "author_name")) <= {("Wells", "Mele"), ("Wells", 'Mele "M" T')}
    assert all(post.fresh_text.startswith("Sweet") and post.posted_at.year == 2006 for post in Post.objects.all())


def test_what_was_saved_of_a_yahoo_group_comes_in_once(bring, tmp_path):
    """Beside each raw message its words again, lists of all, and folders of files, as yahoo-group-archiver leaves them; in a zip, too."""
    saved = {
        "17_raw.json": json.dumps(YAHOO["ygData"], indent=4).encode(), "17.json": json.dumps(YAHOO_PLAIN | {"msgId": 17}).encode(),
        "18.json": json.dumps(YAHOO_PLAIN, indent=4).encode(), "message_metadata_0.json": b'{"totalRecords": 2, "messages": [{"messageId": 17}]}',
        "17_attachments/letter.txt": b"Subject: no message\n\nOf the group.\n",
    }  # fmt: skip
    for name, content in saved.items():
        (tmp_path / "email" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "email" / name).write_bytes(content)
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "17.json").write_bytes(json.dumps({"messages": [YAHOO_PLAIN]}).encode())
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "links.json").write_bytes(b'{"numLink": 0}')
    assert account(bring(tmp_path))[:4] == [2, 2, 0, 0]
    assert account(bring(tmp_path / "email"))[:4] == [2, 0, 2, 0]
    assert account(bring(zipped(**{f"group/email/{name}": content for name, content in saved.items()})))[:4] == [2, 0, 2, 0]


def test_the_files_that_yahoo_kept_apart_are_attached_again(bring, tmp_path):
    """By the number of the message; in a folder and in a zip, beside messages and topics."""
    body = 'Content-Type: multipart/mixed; boundary="=="\n\n--==\n\nSweet.\n--==\nContent-Type: application/pdf; name="plan.pdf"\n\n[ Attachment content not displayed ]\n--==--\n'
    raw = old(1).decode().partition("\n\n")[0] + "\n" + body
    saved = {
        "wells/email/17_raw.json": json.dumps({"msgId": 17, "rawEmail": raw}).encode(), "wells/email/17_attachments/99-plan.pdf": b"%PDF-1.4",
        "boats/topics/17.json": json.dumps({"messages": [YAHOO_PLAIN | {"msgId": 17}, YAHOO_PLAIN | {"msgId": 20}]}).encode(),
        "boats/topics/20_attachments/7-boat.jpg": b"\xff\xd8", "boats/topics/20_attachments/8-words.txt": b"Subject: no message\n\n",
    }  # fmt: skip
    for name, content in saved.items():
        (tmp_path / "groups" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / name).write_bytes(content)
    assert account(bring(tmp_path / "groups")) == [3, 3, 0, 0, 2, 3]
    told = set(Attachment.objects.values_list("post__message_id", "name", "media_type", "size"))
    boat, words = (("<20@groups.yahoo.invalid>", "boat.jpg", "image/jpeg", 2), ("<20@groups.yahoo.invalid>", "words.txt", "text/plain", 21))
    assert told == {("<1@old.example>", "plan.pdf", "application/pdf", 8), boat, words}
    Post.objects.all().delete()
    assert account(bring(zipped(**saved))) == [3, 3, 0, 0, 2, 3]
    assert set(Attachment.objects.values_list("post__message_id", "name", "media_type", "size")) == told


def test_hyperkittys_ids_in_two_pairs_of_brackets_are_understood(bring):
    """As it wrote long ids in its mbox for years (its issue 216)."""
    broken = old(1).replace(b"Message-ID: <1@old.example>", b"Message-ID: <\n <1@old.example>>")
    assert account(bring(gzip.compress(mbox(broken, old(2, In_Reply_To=1)))))[:5] == [2, 2, 0, 0, 1]


def test_a_maildir_and_months_come_in_their_order(bring, tmp_path):
    folder = tmp_path / "list"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "cur" / "1.host:2,S").write_bytes(old(1))
    (folder / "new" / "2.host").write_bytes(old(2))
    (folder / "tmp" / "3.host").write_bytes(old(3))
    (folder / "README").write_bytes(b"# The archive of a list\n\nFrom 2006.\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    assert account(bring(folder))[:2] == [2, 2]
    months = tmp_path / "pipermail"
    months.mkdir()
    for month in ("April", "February", "December"):
        (months / f"2009-{month}.txt").write_bytes(mbox(old(1)))
    assert [path.name for path in sources.files([months])] == ["2009-February.txt", "2009-April.txt", "2009-December.txt"]


def test_an_export_that_was_unpacked_comes_in_like_the_zip(bring, tmp_path):
    for name in ("members.csv", "conversations.json", "queries.json"):
        (tmp_path / name).write_bytes(b"[]")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "wells.mbox").write_bytes(mbox(old(1)))
    assert account(bring(tmp_path))[:4] == [1, 1, 0, 0]


def test_a_file_with_a_name_of_no_encoding_comes_in_or_is_named(bring, tmp_path):
    """As unpacked archives from other machines have them; no database takes such bytes as text."""
    folder = tmp_path / "list"
    folder.mkdir()
    for name, content in ((b"m\xe9l.eml", old(1)), (b"m\xe9l.7z", b"7z\xbc\xaf\x27\x1c"), (b"\xe9.eml", b"To: \n\nNobody.\n")):
        (folder / os.fsdecode(name)).write_bytes(content)
    outcome = bring(folder)
    assert account(outcome)[:4] == [3, 2, 0, 1]
    assert [place.rpartition("/")[2] for place, _ in outcome.aside] == ["m\N{REPLACEMENT CHARACTER}l.7z, message 1"]


def test_a_tar_archive_is_refused_with_a_sentence(bring):
    """Takeout offers .tgz beside .zip."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        told = tarfile.TarInfo("Takeout/Mail/All.mbox")
        told.size = len(mbox(old(1)))
        archive.addfile(told, io.BytesIO(mbox(old(1))))
    with pytest.raises(sources.Unusable, match="tar archive; unpack it first"):
        bring(made.getvalue())


LOCKED = bytearray(zipped(**{"1.eml": old(1)}))
LOCKED[6] |= 1
LOCKED[LOCKED.index(b"PK\x01\x02") + 8] |= 1
BROKEN = {"gz": b"\x1f\x8bnonsense", "zip": b"PK\x03\x04nonsense", "half a gz": gzip.compress(mbox(old(1)))[:-12], "half a zip": zipped(**{"1.eml": old(1)})[:-30]}


@pytest.mark.parametrize("content", [*BROKEN.values(), bytes(LOCKED)], ids=[*BROKEN, "locked"])
def test_a_broken_file_is_refused_with_a_sentence(bring, content):
    reason = "locked with a password; unpack it first" if content == LOCKED else "damaged, or was not fetched whole; fetch it again"
    with pytest.raises(sources.Unusable, match=f"cannot be read: it is {reason}"):
        bring(content)


def test_a_zip_bomb_ends_at_its_limit(bring, monkeypatch):
    """S8"""
    monkeypatch.setattr(sources, "EXPANDED", 100_000)
    with pytest.raises(sources.Unusable, match="grows more than"):
        bring(zipped(bomb=b"Subject: 0\n\n" + b"0" * 50_000_000))


def test_what_must_be_unpacked_first_is_named_and_keeps_nothing_from_coming_in(bring, tmp_path):
    """Nothing is passed over without a word: in a folder or zip it is set aside; a letter or table beside is none of it."""
    inner, letter = zipped(**{"2.eml": old(2)}), zipped(**{"[Content_Types].xml": b"<x/>"})
    beside = {"photos.zip": inner, "old.mbox.bz2": b"BZh91AY", "mail.pst": b"!BDN", "all.tar": b"\0" * 257 + b"ustar", "letter.docx": letter}
    whole = bring(zipped(**{"1.eml": old(1)}, **beside))
    assert account(whole)[:4] == [5, 1, 0, 4]
    assert {reason for _, reason in whole.aside} >= {"It is packed with bzip2; unpack it first.", "It is a zip inside of another file; unpack it first."}
    for name, content in ({"1.eml": old(1)} | beside).items():
        (tmp_path / "list" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "list" / name).write_bytes(content)
    assert account(bring(tmp_path / "list"))[:4] == [5, 1, 1, 3]  # a zip in a folder is opened
    with pytest.raises(sources.Unusable, match="is a 7z archive; unpack it first"):
        bring(b"7z\xbc\xaf\x27\x1c")


def test_lines_above_the_first_mail_lose_none(bring):
    outcome = bring(b"The archive of our list,\nfrom 2006.\n\n" + mbox(old(1), old(2)))
    assert account(outcome)[:4] == [3, 2, 0, 1]


def test_a_file_of_json_of_any_size_is_read_piece_by_piece(monkeypatch):
    """What is damaged is told and kept; in a file of lines the next one is whole again."""
    monkeypatch.setattr(values, "CHUNK", 7)
    told = [{"body": "x" * number, "those": [{"a": [1]}, "]"]} for number in range(30)]
    for text in (json.dumps(told), json.dumps(told, indent=3), "\n".join(map(json.dumps, told)), "\n".join(json.dumps(one, indent=1) for one in told)):
        assert list(values.values(io.BytesIO(b"\xef\xbb\xbf" + text.encode()), most=10_000)) == told
    broken = list(values.values(io.BytesIO(b'{"a": 1}\n{"b": nothing}\n{"c": 2}\n{"d": "' + b"x" * 200), most=100))
    assert [one for one in broken if isinstance(one, dict)] == [{"a": 1}, {"c": 2}]
    assert [one.content[:5] for one in broken if isinstance(one, values.Damage)] == [b'{"b":', b'{"d":']


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=9), st.binary(max_size=20))
@settings(max_examples=60)
def test_no_json_is_too_strange(told, junk):
    """S2: it always ends, and what is whole at the front is read."""
    found = list(values.values(io.BytesIO(json.dumps({"told": told}).encode() + b"\n" + junk), most=1000))
    assert found[0] == {"told": told}
