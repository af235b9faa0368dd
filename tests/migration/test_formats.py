"""Archives as list hosts and mail programs give them: each is known by what stands in it, and read once."""

import gzip
import io
import json
import tarfile
import zipfile

import pytest

from old_mail import account, mbox, old
from talanoa.conversations.models import Post
from talanoa.migration import sources

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
    assert account(bring(tmp_path / "email"))[:4] == [2, 2, 0, 0]
    assert account(bring(zipped(**{f"group/email/{name}": content for name, content in saved.items()})))[:4] == [2, 0, 2, 0]


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


def test_a_tar_archive_is_refused_with_a_sentence(bring):
    """Takeout offers .tgz beside .zip."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        told = tarfile.TarInfo("Takeout/Mail/All.mbox")
        told.size = len(mbox(old(1)))
        archive.addfile(told, io.BytesIO(mbox(old(1))))
    with pytest.raises(sources.Unusable, match="tar archive; unpack it first"):
        bring(made.getvalue())


@pytest.mark.parametrize("content", [b"\x1f\x8bnonsense", b"PK\x03\x04nonsense", gzip.compress(mbox(old(1)))[:-12]])
def test_a_broken_file_is_refused_with_a_sentence(bring, content):
    with pytest.raises(sources.Unusable, match="cannot be read"):
        bring(content)


def test_a_zip_bomb_ends_at_its_limit(bring, monkeypatch):
    """S8"""
    monkeypatch.setattr(sources, "EXPANDED", 100_000)
    with pytest.raises(sources.Unusable, match="grows more than"):
        bring(zipped(bomb=b"Subject: 0\n\n" + b"0" * 50_000_000))
    with pytest.raises(sources.Unusable, match="another zip"):
        bring(zipped(inner=zipped(**{"1.eml": old(1)})))
