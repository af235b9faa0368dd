"""Decisions about subjects, links and numbers; pure."""

import base64
import hashlib
import re
import unicodedata
from datetime import timedelta
from functools import lru_cache

# A reply that carries no reference is put with the latest conversation of its subject this recent.
SUBJECT_WINDOW = timedelta(days=45)

PRIVATE_ANSWERS_A_DAY = 20

# How mail clients say "reply" and "forward": en, de, nl, fr, es, it, pt, da/no/sv, fi, pl, cs, hu, ro, tr, el, ru,
# vi, id, zh, ja, ko, he, ar, th, lv, lt, et, hr/sl.
_REPLY = [
    "trả lời",
    *(
        "re aw antw antwort rép ré réponse rif risposta res resposta respuesta r sv svar vs vast odp odpověď odg vá válasz răsp yan ynt "
        "απ σχετ отв ответ на bls balas tl atb ats ตอบกลับ ตอบ 回复 回覆 答复 答覆 回信 返信 회신 답장 השב תגובה תשובה رد"
    ).split(),
]
_FORWARD = (
    "fwd fw wg doorst tr rv enc i vb vl pd továbbítás ilt πρθ пересл fs 转发 轉寄 転送 전달 הועבר"
).split()
_PREFIX = re.compile(
    rf"\s*(?:(?P<reply>{'|'.join(map(re.escape, _REPLY))})|(?:{'|'.join(map(re.escape, _FORWARD))}))"
    r"\.?\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:：]\s*",
    re.IGNORECASE,
)
# The tag of a list, and what filters put before a subject.
_TAG = re.compile(r"\s*(?:\[[^\[\]]{1,60}\]|\*{2,5}\s?[\w -]{1,20}?\s?\*{2,5}|\{[^{}]{1,20}\})\s*")
_WAS = re.compile(r"\s*[(\[]\s?was\b\s?:?\s?(?P<former>[^\n]{1,300}?)[)\]]?\s*\Z", re.IGNORECASE)
# What one program writes otherwise than another: "Tonga’s wells – north" answers "Tonga's wells - north".
_PLAIN = str.maketrans("‘’‛ʼ“”„‐‑‒–—−", "'" * 4 + '"' * 3 + "-" * 6)
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
    """The subject as it is compared between a mail and a conversation, without what it was before; at most 200 characters."""
    if not subject.isascii():
        subject = unicodedata.normalize("NFKC", subject).translate(_PLAIN)
    text, _ = bare_subject(subject, prefix)
    text = _NUMBER.sub("", text)
    text = _WAS.sub("", text) or text
    while found := _TAG.match(text):
        if found.end() == len(text):
            break
        text, _ = bare_subject(text[found.end() :], prefix)
    return " ".join(text.casefold().split())[:200]


def former_subject(subject: str) -> str:
    """What a subject says that it was before, "Wells" of "Nets (was: Wells)"; "" where it says nothing."""
    found = _WAS.search(subject)
    return found["former"] if found and found.start() else ""


def says_reply(subject: str, prefix: str = "") -> bool:
    """Whether a subject says that it answers, also behind the tags of other lists."""
    text, reply = bare_subject(subject, prefix)
    while not reply and (found := _TAG.match(text)) and found.end() < len(text):
        text, reply = bare_subject(text[found.end() :], prefix)
    return reply


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


@lru_cache(maxsize=4096)
def permanent_key(message_id: str) -> str:
    """The key of a post's permanent link: base32 of SHA-1 of the Message-ID without brackets.

    The same as Mailman's Message-ID-Hash, so that others can compute it.
    """
    return base64.b32encode(hashlib.sha1(message_id.strip("<>").encode(), usedforsecurity=False).digest()).decode()
