"""What stands under a letter: signatures, telephone lines, feet of lists."""

from __future__ import annotations

import re

from talanoa.mail import words

# The separator of RFC 3676 section 4.3, with and without its space.
DASHES = re.compile(r"\s?--\s?\Z")
RULE = re.compile(r"[ \t]{0,8}[-_=*#~+—–ᐧ.·]{2,}[ \t\xa0]*\Z|[ \t]*[—–ᐧ_][ \t]*\Z")
FOOT = re.compile(words.phrases(words.FOOT), re.IGNORECASE)
SENT_FROM = re.compile(
    rf"[\W_]{{0,4}}(?:{words.phrases(words.SENT_FROM)})", re.IGNORECASE
)
DEVICE = re.compile(rf"(?:{words.phrases(words.DEVICES)})", re.IGNORECASE)
EXCUSE = re.compile(r"excus|pardon|forgive|typo|brevity|sorry|brief|disculp|entschuldig|kürze", re.IGNORECASE)
SENTENCE = re.compile(r"[.!?,;:]\s+\S")
LINKS = re.compile(r"<[^<>]{0,200}>|\(?https?://\S{1,300}|\[|\]|\([^()]{0,200}\)")
CONTACT = re.compile(
    r"\b(?:tel|phone|ph|fax|mob|mobile|cell|direct|office|e-?mail|www|skype|téléphone|teléfono|telefon|電話|电话)\b\.?\s?[:.#(+\d]"
    r"|https?://|www\.|[\w.+-]{1,64}@[\w.-]{1,200}|\+?\d[\d\s().-]{7,20}\d",
    re.IGNORECASE,
)


def telephone_line(head: str) -> bool:
    """Whether a line is one that a device or program adds to every mail."""
    line = head.strip()
    if not line or len(line) > 200:
        return False
    bare = LINKS.sub(" ", line).strip() or line.strip("<>()[] ")
    if SENT_FROM.match(line) or SENT_FROM.match(bare):
        if EXCUSE.search(line):
            return True
        if SENTENCE.search(bare) and not re.search(r"\.\s*\Z", bare):
            return False
        return len(bare.split()) <= 9 and not SENTENCE.search(bare)
    if line.endswith(("傳送", "发送", "から送信", "보냄", "gesendet.", "gesendet", "gönderildi", "送信")):
        return bool(DEVICE.search(line)) and len(line) < 100
    return bool(re.fullmatch(r"\w{2,20} from (?:my )?(?:mobile|iphone|ipad|phone)\W*", bare, re.IGNORECASE))


def label(heads: list[str], labels: list[str], signed: str, fresh: str, quoted: str) -> None:
    """Mark what is a signature or a foot among the fresh lines."""
    index = 0
    while index < len(heads):
        if labels[index] != fresh:
            index += 1
            continue
        if telephone_line(heads[index]):
            labels[index] = signed
        elif DASHES.match(heads[index]) or RULE.match(heads[index]):
            end = index + 1
            while end < len(heads) and labels[end] != quoted:
                end += 1
            if _is_foot(heads, index, end):
                for number in range(index, end):
                    labels[number] = signed
                index = end
                continue
        index += 1


def _is_foot(heads: list[str], index: int, end: int) -> bool:
    """Whether the lines below a rule are a foot, and not the next chapter."""
    below = [head for head in heads[index + 1 : end] if head.strip()]
    if DASHES.match(heads[index]):
        return len(below) <= 60
    words_below = [head for head in below if not RULE.match(head)]
    if not words_below:
        return True
    if any(FOOT.search(head) for head in words_below[:6]):
        return len(words_below) <= 40
    short = all(len(head) < 70 for head in words_below)
    if len(words_below) <= 8 and short and not any(re.search(r"[a-z][.!?]\s*\Z", head) for head in words_below):
        return any(CONTACT.search(head) for head in words_below) or len(words_below) <= 5
    return False
