"""Decisions about subjects, links and numbers; pure."""

import base64
import hashlib
import re
from datetime import timedelta

# A reply that carries no reference is put with the latest conversation of its subject this recent.
SUBJECT_WINDOW = timedelta(days=45)

PRIVATE_ANSWERS_A_DAY = 20

# How mail clients say "reply" and "forward": en, de, nl, fr, es, it, pt, da/no/sv, fi, pl, cs, hu, ro, tr, el, ru,
# vi, id, zh, ja, ko, he, ar.
_REPLY = (
    "re aw antw antwort rép rif res r sv vs odp odpověď vá válasz răsp yan ynt απ σχετ отв ответ bls "
    "回复 回覆 答复 返信 회신 השב رد"
).split()
_FORWARD = (
    "fwd fw wg doorst tr rv enc i vb vl pd továbbítás ilt πρθ пересл fs 转发 轉寄 転送 전달 הועבר"
).split()
_PREFIX = re.compile(
    rf"\s*(?:(?P<reply>{'|'.join(map(re.escape, _REPLY))})|(?:{'|'.join(map(re.escape, _FORWARD))}))"
    r"\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:：]\s*",
    re.IGNORECASE,
)
_TAG = re.compile(r"\s*\[[^\[\]]{1,60}\]\s*")
_NUMBER = re.compile(r"\s*\(\d{1,5}\)\s*$")
_LABEL = re.compile(r"\s*D\d{1,4}(?:\.\d{1,2})? #\d{1,5}[:：]\s*(?=\S)")


def bare_subject(subject: str, prefix: str = "") -> tuple[str, bool]:
    """The subject without reply words, the community's own prefix and number, and whether it is a reply."""
    reply = False
    text = subject.strip()
    while True:
        if prefix and text.lower().startswith(prefix.lower()):
            text = text[len(prefix) :].lstrip()
            text = _NUMBER.sub("", text) or text
        elif found := _LABEL.match(text):
            text = text[found.end() :]
        elif found := _PREFIX.match(text):
            reply = reply or found["reply"] is not None
            text = text[found.end() :]
        else:
            return " ".join(text.split()), reply


def subject_key(subject: str, prefix: str = "") -> str:
    """The subject as it is compared between a mail and a conversation; at most 200 characters."""
    text, _ = bare_subject(subject, prefix)
    text = _NUMBER.sub("", text)
    while found := _TAG.match(text):
        if found.end() == len(text):
            break
        text, _ = bare_subject(text[found.end() :], prefix)
    return " ".join(text.casefold().split())[:200]


def circulated_subject(subject: str, *, prefix: str, number: int | None, label: str = "") -> str:
    """The subject of a circulated copy: our prefix once, one Re:, and the number in a numbered sequence.

    With a label both stand before the words: "[mdg] Re: D3.2 #14: Pumps that last".
    """
    text, reply = bare_subject(subject, prefix)
    if label and number:
        return " ".join(word for word in (prefix, "Re:" if reply else "", f"{label} #{number}:", text) if word)
    words = [prefix, "Re:" if reply else "", text, f"({number})" if number and number > 1 else ""]
    return " ".join(word for word in words if word)


_REPEATABLE = re.compile(r"<[!-;=?-~]{3,250}>")


def repeatable(message_id: str) -> bool:
    """Whether a Message-ID can stand in a header of ours as it is: visible ASCII in brackets, of a sane length."""
    return _REPEATABLE.fullmatch(message_id) is not None


def permanent_key(message_id: str) -> str:
    """The key of a post's permanent link: base32 of SHA-1 of the Message-ID without brackets.

    The same as Mailman's Message-ID-Hash, so that others can compute it.
    """
    return base64.b32encode(hashlib.sha1(message_id.strip("<>").encode(), usedforsecurity=False).digest()).decode()
