"""Delivery reports: which address failed, why, and whether for good.

First the reports that are made for machines (RFC 3464), then Exim's header,
then the wild forms: a notice in prose above the returned mail. The notice is
cut where the returned mail begins, so that an address in the member's own
letter is never taken for the one that failed. What is found proves nothing by
itself; bounces are attributed by the token in their envelope (promise L5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from talanoa.mail.addresses import addr_spec
from talanoa.mail.reading import mime, reasons
from talanoa.mail.reading.headers import Fields, decode_words, message_ids
from talanoa.mail.reading.letter import Bounce, FailedRecipient
from talanoa.mail.reading.mime import Part
from talanoa.mail.reading.refusals import DIVIDERS, is_notice

REASONS = reasons.REASONS
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,2})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.:\[/=-])([45]\d\d)(?=[ -])(?! ?(?:bytes|kb|mb|seconds))")
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff-]{1,64}@(?:[\w-]{1,63}\.){0,8}[\w-]{1,63}")
STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
NOTICE_LIMIT = 64 * 1024
RECIPIENT_LIMIT = 500

Found = dict[str, "_Failure"]


class _Failure:
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


def refused(address: str, answer: str) -> FailedRecipient | None:
    """What a post office's last words to our own postman mean; None if they are no refusal of SMTP.

    What was refused for now all the time, and given up, is never permanent.
    """
    if not re.match(r"[45]\d\d(?:[ -]|\Z)", answer):
        return None
    failure = _Failure(address)
    failure.said.append(answer)
    failure.action = "failed"
    judged = failure.judged()
    return replace(judged, permanent=False) if answer.startswith("4") else judged


def told(address: str, words: str, listed: str, *, soft: bool) -> FailedRecipient:
    """What a mail provider says of an address that it could not reach.

    `words`: the other post office's, if any; `listed`: a status for where they
    tell nothing; `soft`: the provider itself thinks that it may pass.
    """
    failure = _Failure(address)
    failure.said.append(words)
    failure.action = "failed"
    judged = failure.judged()
    if judged.reason == "unknown" and listed:
        failure.status = listed
        judged = failure.judged()
    return replace(judged, permanent=False) if soft else judged


def _best_status(said: str) -> str:
    """The most telling enhanced status code in a server's words."""
    found = [match[0] for match in STATUS.finditer(said[:4000]) if match[1] != "2"]
    telling = [code for code in found if not code.endswith(".0.0")]
    return (telling or found or [""])[0]


def bounce(raw: bytes, root: Part, fields: Fields, text: str) -> Bounce | None:
    """The bounce that a mail is, or None.

    `text` is the mail's plain text. Reports that tell only of delivered,
    relayed or expanded mail are no bounces; those of delay are, temporary.
    """
    parts = list(_outer_parts(root))
    subject = decode_words(fields.first("subject") or "")
    if any(part.media_type == "message/feedback-report" for part in parts):
        return None
    if any(_is_receipt(raw, part) for part in parts):
        return None
    statuses = [mime.text(raw, part) for part in parts if part.media_type in STATUS_TYPES]
    suspected = is_notice(fields, subject, text)
    if not statuses and not suspected:
        return None
    notice, returned = _notice(text)
    if not statuses and "final-recipient:" in text.lower():
        statuses = [text[text.lower().index("final-recipient:") :][:NOTICE_LIMIT]]
    failures: Found = {}
    delivered = False
    for words in statuses:
        delivered = _read_statuses(words, failures) or delivered
    if not failures and delivered:
        return None
    if failures:
        for failure in failures.values():
            failure.said.append(_words_about(notice, failure))
    elif suspected and not _is_absence(fields, notice):
        original = returned or _returned(raw, parts)
        failures = _read_notice(notice, fields, original)
        if not failures:
            return _within(raw, parts)
    if not failures:
        return None
    for failure in failures.values():
        failure.context = notice[:8000] if len(failures) == 1 else _around(notice, failure)
    diagnosis = next((" ".join(f.said) for f in failures.values() if f.said), "")
    return Bounce(
        tuple(failure.judged() for failure in failures.values()),
        _original_id(_returned(raw, parts) or returned),
        " ".join(diagnosis.split())[:500],
    )


COMPLAINED = re.compile(
    r"^(?:original-rcpt-to|removal-recipient|final-recipient|original-recipient)[ \t]*:([^\n]{3,400})", re.IGNORECASE | re.MULTILINE
)


def complained_of(raw: bytes, root: Part) -> tuple[str, ...] | None:
    """The addresses that a feedback report (RFC 5965) is about; None when it is none."""
    for part in _outer_parts(root):
        if part.media_type == "message/feedback-report":
            found = [_address_in(match[1]) for match in COMPLAINED.finditer(mime.text(raw, part)[:NOTICE_LIMIT])]
            return tuple(dict.fromkeys(address for address in found if address))
    return None


THROUGH = re.compile(
    r"^(?:original-mail-from|return-path|list-unsubscribe)[ \t]*:((?:[^\n]|\n[ \t]){3,2000})", re.IGNORECASE | re.MULTILINE
)


def complained_through(raw: bytes, root: Part) -> tuple[str, ...]:
    """What a feedback report holds of the copy it is about: its envelope sender and List-Unsubscribe, unfolded.

    Of the returned mail the header alone is read: what stands in its text may be anybody's words.
    """
    parts = list(_outer_parts(root))
    heads = [mime.text(raw, part)[:NOTICE_LIMIT] for part in parts if part.media_type == "message/feedback-report"]
    heads.append(re.split(r"\r?\n\r?\n", _returned(raw, parts).lstrip("\r\n"), maxsplit=1)[0])
    return tuple("".join(match[1].split()) for head in heads for match in THROUGH.finditer(head.replace("\r\n", "\n")))


def _within(raw: bytes, parts: list[Part]) -> Bounce | None:
    """The bounce inside: some gateways wrap one notice into another."""
    for part in parts:
        if part.media_type == "message/rfc822" and part.depth:
            inner_raw = mime.content(raw, part)
            inner = mime.parts(inner_raw, [])
            if inner.children and all(p.media_type != "message/rfc822" or p.depth == 1 for p in inner.children):
                text = "\n".join(mime.text(inner_raw, child) for child in inner.children if child.media_type == "text/plain")
                if any(child.media_type in STATUS_TYPES for child in inner.children):
                    return bounce(inner_raw, inner, inner.fields, text)
    return None


def _is_receipt(raw: bytes, part: Part) -> bool:
    """Whether a part says that a mail was read (RFC 8098).

    Dovecot reports a full mailbox in this form: deleted, unread, by a machine.
    """
    if part.media_type != "message/disposition-notification":
        return False
    said = mime.text(raw, part).lower()
    return not ("automatic-action" in said and ("deleted" in said or "denied" in said))


def _outer_parts(root: Part) -> Iterator[Part]:
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(part.children))


def _notice(text: str) -> tuple[str, str]:
    """The words of the machine, and the returned mail below them."""
    words = text[:NOTICE_LIMIT]
    divider = DIVIDERS.search(words, 40)
    if divider is None:
        return words, ""
    return words[: divider.start()], words[divider.start() :]


def _returned(raw: bytes, parts: list[Part]) -> str:
    """The beginning of the returned mail, when a part holds it."""
    for part in parts:
        if part.media_type in ("message/rfc822", "text/rfc822-headers", "message/global"):
            return mime.content(raw, part)[:20_000].decode("utf-8", "replace")
    return ""


ORIGINAL_ID = re.compile(r"^message-id:\s{0,4}(\S{3,500})", re.IGNORECASE | re.MULTILINE)
ORIGINAL_TO = re.compile(r"^(?:to|envelope-to|x-original-to|delivered-to):([^\n]{3,400})", re.IGNORECASE | re.MULTILINE)


def _original_id(returned: str) -> str | None:
    match = ORIGINAL_ID.search(returned)
    ids = message_ids(match[1]) if match else ()
    return ids[0] if ids else None


FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{2,40})[ \t]*:[ \t]*(.*)")


def _read_statuses(words: str, failures: Found) -> bool:
    """Gather the recipients of a delivery status (RFC 3464, section 2.3).

    Returns whether a recipient was delivered after all. Blocks are separated
    by empty lines, but a second Final-Recipient begins one as well.
    """
    delivered = False
    block: dict[str, str] = {}
    name = ""
    for line in [*words.split("\n"), ""]:
        match = FIELD.match(line)
        if not line.strip() or (match and match[1].lower() in block and "recipient" in match[1].lower()):
            delivered = _take_block(block, failures) or delivered
            block = {}
            name = ""
        if match and not line[:1].isspace():
            name = match[1].lower()
            block[name] = f"{block[name]} {match[2]}" if name in block else match[2]
        elif name and line.strip():
            block[name] += " " + line.strip()
    return delivered


DIAGNOSES = ("diagnostic-code", "status", "x-postfix-reason", "x-supplementary-info", "x-notes", "x-smtp-error")


def _take_block(block: dict[str, str], failures: Found) -> bool:
    action = block.get("action", "").split("(")[0].strip().lower()
    if action in ("delivered", "relayed", "expanded", "deliverable"):
        return True
    final = _address_in(block.get("final-recipient", ""))
    original = _address_in(block.get("original-recipient", "")) or _address_in(block.get("x-actual-recipient", ""))
    # The original recipient is the one we wrote to; mail may have been forwarded since.
    address = original or final
    if not address:
        return False
    if len(failures) >= RECIPIENT_LIMIT:
        return False
    failure = failures.setdefault(address.lower(), _Failure(address))
    failure.alias = final
    failure.action = failure.action or action
    status = STATUS.search(block.get("status", ""))
    if status and not failure.status:
        failure.status = status[0]
    for name in DIAGNOSES:
        value = block.get(name, "")
        if name == "status":
            value = value.partition("(")[2]
        if value:
            failure.said.append(value)
    if action.startswith(("delay", "expired")) and not failure.said:
        failure.said.append("delivery delayed")
    return False


def _address_in(value: str) -> str:
    """The address of a typed field such as "rfc822; <a@b>"."""
    value = value.partition(";")[2] or value
    match = ADDRESS.search(value.replace("+at+", "@"))
    if match:
        return addr_spec(match[0].strip(".'")) or ""
    return ""


def _around(notice: str, failure: _Failure) -> str:
    """What stands between an address and the next one in a notice."""
    at = notice.find(failure.address)
    if at < 0:
        return ""
    begin = at + len(failure.address)
    for match in ADDRESS.finditer(notice, begin, begin + 1000):
        if match[0].lower() != failure.address.lower():
            return notice[begin : match.start()]
    return notice[begin : begin + 1000]


def _words_about(notice: str, failure: _Failure) -> str:
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
# Header lines of the returned mail that a notice repeats.
NO_RECIPIENT = re.compile(
    r"\W{0,6}(?:message-id|received|references|in-reply-to|from|sender|reply-to|return-path|list-[a-z]+|x-[a-z-]+)\s?:", re.IGNORECASE
)
HEADER_TO = re.compile(r"\W{0,6}(?:to|cc)\s?:", re.IGNORECASE)
OWN_LINE = re.compile(r"[\s<\"'\[(*>|-]{0,12}\Z")
SESSION = re.compile(r"^\s{0,4}(?:>>>|<<<|\d{3}[ -]|=>|<=|\.\.\. while)", re.MULTILINE)


def _read_notice(notice: str, fields: Fields, original: str) -> Found:
    """Gather the addresses that a notice in prose names, with what is said of each."""
    failures: Found = {}
    for name in ("x-failed-recipients", "x-failed-to"):
        for value in fields.all(name):
            for match in ADDRESS.finditer(value):
                failures.setdefault(match[0].lower(), _Failure(match[0]))
    own = {address.lower() for value in fields.all("to") for address in ADDRESS.findall(value)}
    to = {address.lower() for match in ORIGINAL_TO.finditer(original) for address in ADDRESS.findall(match[1])}
    places = _places(notice, own, to | set(failures))
    if not failures:
        for _, address in places:
            failures.setdefault(address.lower(), _Failure(address))
    if not failures and len(to - own or to) == 1:
        # The notice names nobody; the returned mail went to one address only.
        (only,) = to - own or to
        failures[only] = _Failure(only)
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
        if address.lower() in theirs:
            sure.append(place)
        elif OURSELVES.match(address):
            continue
        elif HELPS.search(line) or address.lower() in own:
            # Last resort: a person may have written to herself.
            if OWN_LINE.match(line):
                doubtful.append(place)
        elif not HEADER_TO.match(line) and (OWN_LINE.match(line) or POINTS_AT.search(line)):
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


def _is_absence(fields: Fields, notice: str) -> bool:
    """An answer of somebody who is away is no bounce, whoever sends it."""
    return bool(ABSENCE.search((fields.first("subject") or "")[:200] + " " + notice[:400]))
