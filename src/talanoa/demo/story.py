"""The story of the demo, read from the files in `story/`: people, communities, letters. Pure."""

import csv
import hashlib
import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent / "story"
# Where most people of a country live; enough for an invented life.
ZONES = {
    "AF": "Asia/Kabul", "BD": "Asia/Dhaka", "BT": "Asia/Thimphu", "CK": "Pacific/Rarotonga", "CN": "Asia/Shanghai",
    "FJ": "Pacific/Fiji", "FM": "Pacific/Pohnpei", "ID": "Asia/Jakarta", "IN": "Asia/Kolkata", "IQ": "Asia/Baghdad",
    "IR": "Asia/Tehran", "KG": "Asia/Bishkek", "KH": "Asia/Phnom_Penh", "KI": "Pacific/Tarawa", "KZ": "Asia/Almaty",
    "LA": "Asia/Vientiane", "LK": "Asia/Colombo", "MH": "Pacific/Majuro", "MM": "Asia/Yangon", "MN": "Asia/Ulaanbaatar",
    "MV": "Indian/Maldives", "MY": "Asia/Kuching", "NC": "Pacific/Noumea", "NP": "Asia/Kathmandu", "NR": "Pacific/Nauru",
    "NU": "Pacific/Niue", "PF": "Pacific/Tahiti", "PG": "Pacific/Port_Moresby", "PH": "Asia/Manila", "PK": "Asia/Karachi",
    "PW": "Pacific/Palau", "SB": "Pacific/Guadalcanal", "TH": "Asia/Bangkok", "TJ": "Asia/Dushanbe", "TK": "Pacific/Fakaofo",
    "TL": "Asia/Dili", "TO": "Pacific/Tongatapu", "TV": "Pacific/Funafuti", "UZ": "Asia/Tashkent", "VN": "Asia/Ho_Chi_Minh",
    "VU": "Pacific/Efate", "WS": "Pacific/Apia", "YE": "Asia/Aden",
}  # fmt: skip
WAKES, SLEEPS = 6, 22  # hours between which people write


class Unclear(Exception):
    """A file of the story cannot be understood; `str()` says where."""


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody who writes. Those without a key are in no community."""

    key: str
    name: str
    address: str
    client: str = "plain"
    delivery: str = ""
    role: str = ""
    organisation: str = ""
    country: str = ""
    languages: str = "en"
    interests: str = ""
    biography: str = ""

    @property
    def timezone(self) -> str:
        return ZONES.get(self.country, "UTC")


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as its author thought of it; `writing` makes a mail of it."""

    conversation: str
    number: int  # in its conversation, from 1
    community: str
    subject: str
    author: Character
    at: datetime
    text: str
    answers: "Letter | None" = None
    language: str = ""
    client: str = ""
    files: tuple[str, ...] = ()
    picture: str = ""  # what the picture shows
    automatic: bool = False
    disproven: bool = False
    fate: str = ""  # "waits", "rejected"; else the facilitator lets it pass
    reason: str = ""
    known_as: str = ""  # its Message-ID, where the house itself wrote the mail

    @property
    def key(self) -> str:
        """Forty hexadecimal digits, the same in each telling."""
        return hashlib.sha1(f"{self.conversation} {self.number}".encode(), usedforsecurity=False).hexdigest()


def chance(text: str, most: int) -> int:
    """A number from 0 to `most - 1` that is always the same for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % most


def plain(name: str) -> str:
    """A name in the letters of addresses: "Lê Thị Hoa" gives "le.thi.hoa"."""
    folded = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return ".".join(re.findall(r"[a-z-]+", folded.lower().replace("'", "")))


@cache
def people() -> dict[str, Character]:
    """Everybody who is in some community, by key."""
    found = {}
    with (FOLDER / "people.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            address = f"{plain(row['name'])}@{row.pop('domain')}"
            found[row["key"]] = Character(address=address, **row)
    return found


@cache
def communities() -> dict[str, dict[str, Any]]:
    """The communities by slug, and "newcomers"."""
    return tomllib.loads((FOLDER / "communities.toml").read_text(encoding="utf-8"))


def letters(now: datetime) -> list[Letter]:
    """All letters of the story, the oldest first, as they were written before `now`."""
    told: list[Letter] = []
    by_file: dict[str, list[Letter]] = {}
    for path in [*sorted((FOLDER / "conversations").glob("*.txt")), *sorted((FOLDER / "desk").glob("*.txt"))]:
        mine = _conversation(path.stem, path.read_text(encoding="utf-8"), now, by_file)
        by_file[path.stem] = mine
        told += mine
    return sorted(told, key=lambda letter: letter.at)


_HEADING = re.compile(r"^--- (.+)$", re.MULTILINE)
_STRANGER = re.compile(r"(.+?) <([^<>]+)>")
_ATTACHING = re.compile(r"^\[attaching ([\w.-]+)\]\n?", re.MULTILINE)
_PICTURE = re.compile(r"\[picture: (.+)\]")


def _conversation(name: str, text: str, now: datetime, told: dict[str, list[Letter]]) -> list[Letter]:
    head, *rest = _HEADING.split(text)
    facts = dict(line.split(": ", 1) for line in head.strip().splitlines())
    made: list[Letter] = []
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        words = [word.strip() for word in re.split(r", (?=[^>]*$)", heading)]
        letter = _letter(name, len(made) + 1, words, body.strip(), facts, now, made)
        if not made and (place := facts.get("Answers", "").split()):
            letter = replace(letter, answers=told[place[0]][int(place[1]) - 1])
        made.append(letter)
    return made


def _letter(
    name: str, number: int, words: list[str], text: str, facts: dict[str, str], now: datetime, before: list[Letter]
) -> Letter:
    stranger = _STRANGER.fullmatch(words[0])
    author = people().get(words[0])
    if stranger:
        author = Character(key="", name=stranger[1], address=stranger[2])
    if author is None:
        raise Unclear(f"{name}: nobody is called {words[0]}.")
    more: dict[str, Any] = {"answers": before[0] if before else None}
    later = timedelta()
    for word in words[1:]:
        match word.split():
            case [count, "h" | "d" as unit, "later"]:
                later = timedelta(hours=int(count)) if unit == "h" else timedelta(days=int(count))
            case ["to", place]:
                more["answers"] = before[int(place) - 1]
            case ["from", "phone"]:
                more["client"] = "phone"
            case ["in", "html" | "outlook" | "plain" as client]:
                more["client"] = "gmail" if client == "html" else client
            case ["in", language]:
                more["language"] = language
            case ["automatic" | "disproven" as fact]:
                more[fact] = True
            case ["inline"] | ["with", "picture"]:
                pass  # said for the reader; the text shows it
            case _:
                raise Unclear(f"{name}, letter {number}: what is {word!r}?")
    decision = facts.get("The facilitator", "")
    picture = _PICTURE.search(text)
    return Letter(
        conversation=name,
        number=number,
        community=facts["To"],
        subject=facts["Subject"],
        author=author,
        at=awake(before[-1].at + later, author, name, number, later, now) if before else beginning(facts["Began"], author, now),
        text=_ATTACHING.sub("", text).strip(),
        files=tuple(_ATTACHING.findall(text)),
        picture=picture[1] if picture else "",
        fate="waits" if decision.startswith("has not") else "rejected" if decision.startswith("rejects") else "",
        reason=decision.partition('"')[2].rstrip('"'),
        **more,
    )


def beginning(words: str, author: Character, now: datetime) -> datetime:
    """ "112 days ago at 10:04", by the author's clock, or "7 hours ago"."""
    match words.split():
        case [count, "days", "ago", "at", clock]:
            zone = ZoneInfo(author.timezone)
            day = now.astimezone(zone).date() - timedelta(days=int(count))
            return datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), zone)  # noqa: DTZ007  # a time of day
        case [count, "hours", "ago"]:
            return now - timedelta(hours=int(count), minutes=chance(words, 50))
    raise Unclear(f"When is {words!r}?")


def awake(at: datetime, author: Character, name: str, number: int, later: timedelta, now: datetime) -> datetime:
    """The moment a letter is written: not in the author's night unless it is urgent, and never in the future."""
    if later <= timedelta(hours=3):
        return at
    at += timedelta(minutes=chance(f"{name} {number}", 53))
    there = at.astimezone(ZoneInfo(author.timezone))
    morning = there.replace(hour=WAKES, minute=chance(f"{number} {name}", 60))
    if there.hour >= SLEEPS:
        there = morning + timedelta(days=1)
    elif there.hour < WAKES:
        there = morning
    # A conversation that is still young must not run ahead of the clock.
    return there if there < now - timedelta(days=1) else min(at, now - timedelta(minutes=30) + timedelta(minutes=number))
