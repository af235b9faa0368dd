"""Strange mail goes the whole way: taken with 250, kept to the byte, and given a fate (reliability 3).

The public corpora are not part of the product. They are looked for where TALANOA_TEST_DATA
says, else in `shared/data` beside the project.
"""

import os
import re
from collections import Counter
from pathlib import Path
from zlib import crc32

import pytest

from faults.strange_mails import strange_mails, unrepeatable
from mailroom.lmtp.door import Door, mail

SQLITE = os.environ.get("TALANOA_TEST_DB", "sqlite") == "sqlite"
DATA = Path(os.environ.get("TALANOA_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
# What can become of a mail (D6): it is shown, it waits for a person, it was ended by a rule that is named, or set aside.
FATES = {"posted", "held", "repeated", "discarded", "turned back", "set aside"}
ONCE = (b"from", b"to", b"subject", b"date", b"message-id")
SECONDS = 12  # the ten that S1 allows for reading, and what it takes to say so


def as_a_client_sends_it(content: bytes) -> bytes:
    """Files on this disk end their lines with LF; on the wire it is CR LF (RFC 5321 2.3.8)."""
    content = re.sub(rb"\r?\n", b"\r\n", content)
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def walk(door, mails: dict[str, bytes], *, approve: bool) -> list[str]:
    """Hand all of them in and let them walk; what went wrong, in words."""
    wrong, numbers = [], {}
    with door.client(timeout=60) as client:
        for name, content in mails.items():
            (reply,) = client.send(content)
            if reply.startswith("250 2.0.0"):
                numbers[int(reply.split()[-1].rstrip("."))] = name
            else:
                wrong.append(f"{name}: {reply}")
    kept = {one.number: one.content for one in door.kept()}
    wrong += [f"{name}: other bytes were kept" for number, name in numbers.items() if kept[number] != mails[name]]
    fates = {one.number: one for one in door.sort(approve=approve)}
    for number, name in numbers.items():
        one = fates[number]
        if one.fate not in FATES or one.state == "waiting":
            wrong.append(f"{name}: its fate is {one}")
        if "went wrong" in one.note:
            wrong.append(f"{name}: {one.note}")
        if one.seconds > SECONDS:
            wrong.append(f"{name}: it took {one.seconds:.1f} s")
    wrong += injected(door)
    return wrong


def injected(door) -> list[str]:
    """Heads of what we send that hold a field twice, a line end that is none, or a recipient from nowhere."""
    wrong = []
    for number, head in door.query("SELECT id, head FROM mail_outgoing"):
        filled = re.sub(rb"\0[a-z]+\0", b"x", bytes(head))  # the slots, which each copy fills
        fields = Counter(line.partition(b":")[0].lower() for line in re.sub(rb"\r\n[ \t]", b" ", filled).split(b"\r\n"))
        if re.search(rb"(?<!\r)\n|\r(?!\n)|\0", filled) or fields[b"bcc"] or any(fields[one] > 1 for one in ONCE):
            wrong.append(f"letter {number} goes out with {filled[:2000]!r}")
    return wrong


def some(mails: dict[str, bytes], one_of: int) -> dict[str, bytes]:
    """A fixed part of them, by name; reading is the same on both databases, so that a fifth of these shows what PostgreSQL keeps."""
    return {name: content for name, content in mails.items() if crc32(name.encode()) % (one_of if SQLITE else 5 * one_of) == 0}


def public(name: str) -> dict[str, bytes]:
    """A folder of the public corpora; tests/mail/reading reads each of them on every run."""
    place = DATA / name
    if not place.is_dir():
        pytest.skip(f"The public corpus {name} is not here; TALANOA_TEST_DATA says where it is.")
    return {str(path.relative_to(DATA)): as_a_client_sends_it(path.read_bytes()) for path in sorted(place.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", ["mime", "threading"])
def test_every_mail_of_the_public_corpora_finds_its_fate(tmp_path, name):
    with Door(tmp_path) as door:
        assert walk(door, some(public(name), one_of=5), approve=True) == []


def test_every_generated_mail_finds_its_fate_and_ordinary_mail_passes(tmp_path):
    ordinary = {f"ordinary {number}": mail() for number in range(20)}
    with Door(tmp_path) as door:
        assert walk(door, some(dict(strange_mails()), one_of=3) | ordinary, approve=True) == []
        last = door.query("SELECT fate FROM mail_received ORDER BY id")[-len(ordinary) :]
        assert set(last) == {("posted",)}


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_each_of_all_of_them_finds_its_fate(tmp_path):
    with Door(tmp_path) as door:
        assert walk(door, public("mime") | public("threading") | dict(strange_mails()), approve=True) == []


def test_a_mail_whose_message_id_cannot_be_repeated_is_posted_under_one_of_ours(tmp_path):
    with Door(tmp_path) as door:
        assert walk(door, {"unrepeatable": unrepeatable()}, approve=False) == []
