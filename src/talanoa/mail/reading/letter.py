"""A letter: what was understood of one received mail.

Plain, frozen facts without behaviour, so that they can be pickled out of the
reading process, kept in tests beside their bytes, and compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class Unreadable(Exception):
    """A mail of which nothing useful can be told; `str()` is a sentence."""


class TooHard(Unreadable):
    """A cap of promise S2 is exceeded by so much that reading is pointless."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address (RFC 5322, section 3.4).

    `name` is decoded and free of control characters; `address` is the
    addr-spec as it was written, with the domain in lower case.
    """

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a mail that is not its text.

    `name` is safe to show (no path, no control or bidi characters) and never
    empty; it is never to be used as a path (promise S4). `inline` tells that
    the HTML of the letter shows it by `cid:` + `content_id`.
    """

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Authenticity:
    """What our own edge found out about the sender (RFC 8601).

    `spf`, `dkim` and `dmarc` are result words ("pass", "fail", "none" ...) or
    None when our edge said nothing. `domain` is the author's domain when a
    passed check is aligned with it, and then `proven` is true. `arc` tells
    whether the chain that the mail brought holds (RFC 8617); `results` is what
    our edge said, in the words of RFC 8601, for our own set in that chain.
    """

    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None
    domain: str | None = None
    proven: bool = False
    arc: str | None = None
    results: str = ""


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One address that could not be reached.

    `status` is an enhanced status code (RFC 3463), "" when none is known;
    `permanent` tells whether trying again later is pointless; `reason` is one
    word of `talanoa.mail.reading.reports.REASONS`. `delayed` tells that the
    report is a warning: the mail is still being tried.
    """

    address: str
    status: str
    permanent: bool
    reason: str
    delayed: bool = False


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report of failed delivery, with every address that it names.

    `original_message_id` is the Message-ID of the returned mail when the
    report holds it; `diagnosis` the words of the refusing server. Neither
    proves anything: bounces are attributed by VERP tokens (promise L5).
    """

    recipients: tuple[FailedRecipient, ...]
    original_message_id: str | None = None
    diagnosis: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One received mail, understood.

    sender: the one author of From, or None when there is not exactly one
        clean mailbox; `sender_defects` then tells why (promise A1):
        "no_from", "several_from_headers", "several_authors",
        "confusing_address", "no_address". The defects "address_in_name" and
        "confusable_address" leave the sender in place: they are for the
        moderator's eye.
    subject: decoded, one line, without control characters.
    written_at: UTC, from Date; None when absent, garbage or absurd.
    in_reply_to, references: message ids in their brackets, oldest first.
    text: the whole body as plain text, LF line ends, from text/plain or else
        from the HTML.
    fresh_text, quoted_text, signature: `text` taken apart; every line of the
        text is in one of them. `doubtful` tells that the trimming was in doubt
        and the whole text was kept as fresh.
    html: the sanitised HTML when the author sent HTML (see talanoa.mail.reading.html).
    machine: None, or why we think that a machine sent this, one of
        `talanoa.mail.reading.machines.REASONS`.
    list_ids: values of List-Id, the part in angle brackets, lower case.
    loop_marks: values of X-BeenThere and X-Talanoa-Loop, lower case.
    kind: "message", "bounce", "auto-reply", "feedback-report", "calendar",
        "signed" or "encrypted".
    protected: true when the structure must circulate byte for byte as it came
        (S/MIME, PGP, calendar; promise M6).
    pieces: `text` in its own order as ("fresh" | "quoted" | "signature", words),
        for a view that folds quotations where they stand; joined by line breaks
        they are `text` again.
    complained_of: addresses a feedback report (RFC 5965) is about.
    complained_through: what such a report holds of the one copy it is about: the
        envelope sender and the values of List-Unsubscribe of the returned mail.
    headers: every header that was kept, decoded, in order.
    hidden_keys: tokens of ours in attachments and elsewhere, which `circulation.fit` cannot take out.
    notes: sentences about what was capped or repaired while reading.
    """

    message_id: str | None
    sender: Mailbox | None
    sender_defects: tuple[str, ...]
    reply_to: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    written_at: datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    fresh_text: str
    quoted_text: str
    signature: str
    doubtful: bool
    html: str | None
    attachments: tuple[Attachment, ...]
    authenticity: Authenticity
    machine: str | None
    received_count: int
    list_ids: tuple[str, ...]
    loop_marks: tuple[str, ...]
    kind: str
    bounce: Bounce | None
    protected: bool
    complained_of: tuple[str, ...] = ()
    complained_through: tuple[str, ...] = ()
    pieces: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    hidden_keys: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """The first decoded value of the header `name`, or None."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None
