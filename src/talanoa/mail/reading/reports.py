"""Delivery reports: which address failed, why, and whether for good.

First the reports that are made for machines (RFC 3464), then Exim's header,
then the wild forms: a notice in prose above the returned mail. The notice is
cut where the returned mail begins (`notices`), so that an address in the member's own
letter is never taken for the one that failed. What is found proves nothing by
itself; bounces are attributed by the token in their envelope (promise L5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from talanoa.mail.addresses import addr_spec
from talanoa.mail.reading import mime, notices, reasons
from talanoa.mail.reading.headers import Fields, decode_words, message_ids
from talanoa.mail.reading.letter import Bounce, FailedRecipient
from talanoa.mail.reading.mime import Part
from talanoa.mail.reading.notices import ADDRESS, NOTICE_LIMIT, STATUS, Failure, Found
from talanoa.mail.reading.refusals import is_notice

REASONS = reasons.REASONS
STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RECIPIENT_LIMIT = 500


def refused(address: str, answer: str) -> FailedRecipient | None:
    """What a post office's last words to our own postman mean; None if they are no refusal of SMTP.

    What was refused for now all the time, and given up, is never permanent.
    """
    if not re.match(r"[45]\d\d(?:[ -]|\Z)", answer):
        return None
    failure = Failure(address)
    failure.said.append(answer)
    failure.action = "failed"
    judged = failure.judged()
    return replace(judged, permanent=False) if answer.startswith("4") else judged


def told(address: str, words: str, listed: str, *, soft: bool) -> FailedRecipient:
    """What a mail provider says of an address that it could not reach.

    `words`: the other post office's, if any; `listed`: a status for where they
    tell nothing; `soft`: the provider itself thinks that it may pass.
    """
    failure = Failure(address)
    failure.said.append(words)
    failure.action = "failed"
    judged = failure.judged()
    if judged.reason == "unknown" and listed:
        failure.status = listed
        judged = failure.judged()
    return replace(judged, permanent=False) if soft else judged


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
    notice, returned = notices.cut(text)
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
            failure.said.append(notices.words_about(notice, failure))
    elif suspected and not notices.is_absence(fields, notice):
        original = returned or _returned(raw, parts)
        failures = notices.read(notice, fields, original)
        if not failures:
            return _within(raw, parts)
    if not failures:
        return None
    for failure in failures.values():
        failure.context = notice[:8000] if len(failures) == 1 else notices.around(notice, failure)
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


def _returned(raw: bytes, parts: list[Part]) -> str:
    """The beginning of the returned mail, when a part holds it."""
    for part in parts:
        if part.media_type in ("message/rfc822", "text/rfc822-headers", "message/global"):
            return mime.content(raw, part)[:20_000].decode("utf-8", "replace")
    return ""


ORIGINAL_ID = re.compile(r"^message-id:\s{0,4}(\S{3,500})", re.IGNORECASE | re.MULTILINE)


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
    failure = failures.setdefault(address.lower(), Failure(address))
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
