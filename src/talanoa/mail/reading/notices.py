"""Notices of failed delivery in prose: who failed, by what is said of each.

What a machine wrote above a returned mail names addresses of many kinds: who
failed, whom to ask for help, who wrote. A place is sure when the words before
it point at somebody who failed, or when the returned mail went there.
"""

from __future__ import annotations

import re

from talanoa.mail.addresses import addr_spec
from talanoa.mail.reading import reasons
from talanoa.mail.reading.headers import Fields
from talanoa.mail.reading.letter import FailedRecipient
from talanoa.mail.reading.refusals import DIVIDERS

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,2})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.:\[/=-])([45]\d\d)(?=[ -])(?! ?(?:bytes|kb|mb|seconds))")
# A local part in Chinese, Japanese or Korean is all in it: such words stand before an address without a space.
ADDRESS = re.compile(r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\u2fff-]{1,64}|[\u3040-\ufeff]{1,64})@(?:[\w-]{1,63}\.){0,8}[\w-]{1,63}")
NOTICE_LIMIT = 64 * 1024

Found = dict[str, "Failure"]


class Failure:
    """What is gathered about one address before it is judged."""

    __slots__ = ("action", "address", "alias", "context", "said", "status")

    def __init__(self, address: str) -> None:
        self.address = address
        self.alias = ""
        self.status = ""
        self.action = ""
        self.said: list[str] = []
        self.context = ""  # more of the notice, for the moment of the refusal

    def judged(self) -> FailedRecipient:
        said = " ".join(self.said)
        status = self.status
        if not status or status.endswith((".0.0", ".0")):
            better = _best_status(said)
            status = better or status
        reason = reasons.reason(said, status)
        reason = reasons.by_stage(reason, status, f"{said} {self.context}")
        if not status and (reply := REPLY.search(said)):
            status = reply[1][0] + ".0.0"
        if not said and self.action == "delayed":
            reason = "expired"
        return FailedRecipient(self.address, status, reason in reasons.PERMANENT, reason, delayed=self._delayed())

    def _delayed(self) -> bool:
        """Whether the mail is still being tried; a report that names its action is believed."""
        if self.action:
            return self.action.startswith("delay")
        return bool(STILL_TRIED.search(f"{' '.join(self.said)} {self.context}"[:10_000]))


STILL_TRIED = re.compile(
    r"warning message only|not (?:need to|have to) resend|will (?:continue|keep|be retried|retry|try again|be tried)|still being retried"
    r"|(?:delivery|message|mail) (?:\S+ ){0,3}(?:delayed|still (?:un|not )deliver)|further delivery attempts will",
    re.IGNORECASE,
)


def _best_status(said: str) -> str:
    """The most telling enhanced status code in a server's words."""
    found = [match[0] for match in STATUS.finditer(said[:4000]) if match[1] != "2"]
    telling = [code for code in found if not code.endswith(".0.0")]
    return (telling or found or [""])[0]


INDENTED = re.compile(r"\n*[ \t]{2,8}(?:message-id|received|return-path): ?", re.IGNORECASE)


def cut(text: str) -> tuple[str, str]:
    """The words of the machine, and the returned mail below them."""
    words = text[:NOTICE_LIMIT]
    # An indented header line is what some notices tell of the mail before they name who failed.
    divider = next((found for found in DIVIDERS.finditer(words, 40) if not INDENTED.match(found[0])), None)
    if divider is None:
        return words, ""
    return words[: divider.start()], words[divider.start() :]


def around(notice: str, failure: Failure) -> str:
    """What stands between an address and the next one in a notice."""
    at = notice.find(failure.address)
    if at < 0:
        return ""
    begin = at + len(failure.address)
    for match in ADDRESS.finditer(notice, begin, begin + 1000):
        if match[0].lower() != failure.address.lower():
            return notice[begin : match.start()]
    return notice[begin : begin + 1000]


def words_about(notice: str, failure: Failure) -> str:
    """What the notice in prose adds when the status says little."""
    said = " ".join(failure.said)
    if len(said) > 40 and reasons.reason(said, "") != "unknown":
        return ""
    for wanted in (failure.address, failure.alias):
        at = notice.find(wanted) if wanted else -1
        if at >= 0:
            end = at + len(wanted)
            gap = notice.find("\n\n", end)
            other = next((m.start() for m in ADDRESS.finditer(notice, end, end + 700) if m[0].lower() != wanted.lower()), -1)
            ends = [stop for stop in (gap, other, end + 700) if stop > end + 20]
            return notice[at : min(ends)]
    return notice[:1500] if not said else ""


OURSELVES = re.compile(r"(?:mailer-daemon|postmaster|abuse|support|help(?:desk)?|noc|webmaster|hostmaster|admin)@", re.IGNORECASE)
POINTS_AT = re.compile(
    r"(?:[:：=]\s*[<\"]?|generated from |recipient|to|user|address|mailbox|for|受信者|宛先)\s?[:：<]{0,2}\s?[<\"]?\Z",
    re.IGNORECASE,
)
HELPS = re.compile(
    r"(?:contact|mailto:|write to|(?<!generated )from|sender|reply|e-?mail|questions?|assistance|mail from)\W{0,4}\s?<?\Z", re.IGNORECASE
)
ORIGINAL_TO = re.compile(r"^(?:to|envelope-to|x-original-to|delivered-to):([^\n]{3,400})", re.IGNORECASE | re.MULTILINE)
# Header lines of the returned mail that a notice repeats.
NO_RECIPIENT = re.compile(
    r"\W{0,6}(?:message-id|received|references|in-reply-to|from|sender|reply-to|return-path|list-[a-z]+|x-[a-z-]+)\s?:", re.IGNORECASE
)
HEADER_TO = re.compile(r"\W{0,6}(?:to|cc)\s?:", re.IGNORECASE)
OWN_LINE = re.compile(r"[\s<\"'\[(*>|-]{0,12}(?:[45]\d\d (?:[45]\.\d\.\d )?<)?\Z")


def read(notice: str, fields: Fields, original: str) -> Found:
    """Gather the addresses that a notice in prose names, with what is said of each."""
    failures: Found = {}
    for name in ("x-failed-recipients", "x-failed-to"):
        for value in fields.all(name):
            for match in ADDRESS.finditer(value):
                failures.setdefault(match[0].lower(), Failure(match[0]))
    own = {address.lower() for value in fields.all("to") for address in ADDRESS.findall(value)}
    to = {address.lower() for match in ORIGINAL_TO.finditer(original) for address in ADDRESS.findall(match[1])}
    places = _places(notice, own, to | set(failures))
    if not failures:
        for _, address in places:
            failures.setdefault(address.lower(), Failure(address))
    if not failures and len(to - own or to) == 1:
        # The notice names nobody; the returned mail went to one address only.
        (only,) = to - own or to
        failures[only] = Failure(only)
    _give_words(notice, places, failures)
    return failures


def _places(notice: str, own: set[str], theirs: set[str]) -> list[tuple[int, str]]:
    """Where a notice names addresses that failed.

    `own` are those the notice was sent to, `theirs` those the returned mail
    was sent to. When no place is sure, the doubtful ones are all there is.
    """
    sure: list[tuple[int, str]] = []
    doubtful: list[tuple[int, str]] = []
    for match in ADDRESS.finditer(notice):
        if len(sure) + len(doubtful) >= 200:
            break
        address = match[0].strip(".'`=")
        address = address.rpartition("=")[2] if "smtp=" in address.lower() else address
        begin = max(notice.rfind("\n", 0, match.start()) + 1, match.start() - 120)
        line = notice[begin : match.start()]
        if not addr_spec(address) or NO_RECIPIENT.match(line):
            continue
        place = (match.start(), address)
        if HEADER_TO.match(line):
            doubtful.append(place)
        elif address.lower() in theirs:
            sure.append(place)
        elif OURSELVES.match(address):
            continue
        elif HELPS.search(line) or address.lower() in own:
            # Last resort: a person may have written to herself.
            if OWN_LINE.match(line):
                doubtful.append(place)
        elif OWN_LINE.match(line) or POINTS_AT.search(line):
            sure.append(place)
        else:
            doubtful.append(place)
    return sure or doubtful


def _give_words(notice: str, places: list[tuple[int, str]], failures: Found) -> None:
    """Give each address the words that stand between it and the next one."""
    for number, (at, address) in enumerate(places):
        failure = failures.get(address.lower())
        if failure is not None and len(failure.said) < 4:
            other = next((p for p, a in places[number + 1 :] if a.lower() != address.lower()), at + 900)
            failure.said.append(notice[at : min(other, at + 900)])
    for failure in failures.values():
        if not failure.said or reasons.reason(" ".join(failure.said), "") == "unknown":
            failure.said.append(notice[:2500])


ABSENCE = re.compile(r"out of (?:the )?office|on vacation|away (?:from|until)|on leave|holiday", re.IGNORECASE)


def is_absence(fields: Fields, notice: str) -> bool:
    """An answer of somebody who is away is no bounce, whoever sends it."""
    return bool(ABSENCE.search((fields.first("subject") or "")[:200] + " " + notice[:400]))
