"""What stands under a letter: signatures, telephone lines, feet of lists."""

from __future__ import annotations

import re

from talanoa.mail.reading import words

# The separator of RFC 3676 section 4.3, with and without its space.
DASHES = re.compile(r"\s?--\s?\Z")
RULE = re.compile(r"[ \t]{0,8}(?:[-_=~—–ᐧ]{2,}|[*#+]{3,}|[-_=*#~+]{2,} [-_=*#~+ ]{2,}|_\._,_\._,_)[ \t\xa0]*\Z|[ \t]*[—–ᐧ_][ \t]*\Z")
_RULE_BEGINS = tuple("-_=~—–ᐧ*#+")
FOOT = words.AnyCase(words.phrases(words.FOOT))
SENT_FROM = words.AnyCase(rf"[\W_]{{0,4}}(?:{words.phrases(words.SENT_FROM)})")
DEVICE = words.AnyCase(rf"(?:{words.phrases(words.DEVICES)})")
EXCUSE = re.compile(r"excus|pardon|forgive|typo|brevity|sorry|brief|disculp|entschuldig|kürze", re.IGNORECASE)
# A name may stand behind a comma: "my Verizon, Samsung Galaxy".
SENTENCE = re.compile(r"[.!?;:]\s+\S|,\s+[^A-Z\d]")
LINKS = re.compile(r"<[^<>]{0,200}>|\((?:https?:|mailto:)[^()]{0,300}\)|https?://\S{1,300}|[\[\]]")
CONTACT = words.AnyCase(
    r"\b(?:tel|phone|ph|fax|mob|mobile|cell|direct|office|e-?mail|www|skype|téléphone|teléfono|telefon|電話|电话)\b\.?\s?[:.#(+\d]"
    r"|https?://|www\.|[\w.+-]{1,64}(?:@| at )[\w-]{1,63}\.[\w.-]{1,200}|\+?\d[\d\s().-]{7,20}\d"
)


FROM_DEVICE = re.compile(r"\w{2,20} from (?:my )?(?:mobile|iphone|ipad|phone)\W{0,9}", re.IGNORECASE)


_SENT = ("傳送", "发送", "から送信", "보냄", "보냈습니다.", "보냈습니다", "downloaden", "gesendet.", "gesendet", "gönderildi", "送信")
WITHIN = (" from ", "downloaden", "gesendet")  # in plain letters, where such a line does not begin with a word of its own
_BEGINNING = re.compile(r"[\W_]{0,4}([^\W_]{2})")
SENT_FROM_BEGINS = {phrase[:2].lower() for phrase in words.SENT_FROM.split()}


def _says_sent_from(line: str) -> bool:
    # Most lines are let go by their first letters, without looking for the words of all languages.
    if line.isascii() and ((begins := _BEGINNING.match(line)) is None or begins[1].lower() not in SENT_FROM_BEGINS):
        return False
    return SENT_FROM.match(line) is not None


def _is_prose(line: str) -> bool:
    """Whether a line cannot be one of a device: the end of the search for most lines."""
    begins = line[:2].lower()
    return begins.isalpha() and line.isascii() and begins not in SENT_FROM_BEGINS and " from " not in line and not line.endswith(_SENT)


def telephone_line(head: str) -> bool:
    """Whether a line is one that a device or program adds to every mail."""
    line = head.strip()
    if len(line) > 200 or len(line) < 8 or line.count(" ") > 16:
        return False
    if _is_prose(line):
        return False
    bare = line
    if "<" in line or "[" in line or "(" in line or "http" in line:
        bare = " ".join(LINKS.sub(" ", line).split()) or line.strip("<>()[] ")
    if _says_sent_from(line) or (bare is not line and _says_sent_from(bare)):
        if EXCUSE.search(line):
            return True
        if SENTENCE.search(bare) and not re.search(r"\.\s*\Z", bare):
            return False
        return len(bare.split()) <= 9 and not SENTENCE.search(bare)
    if line.endswith(_SENT):
        return bool(DEVICE.search(line)) and len(line) < 100
    return " from " in line and bool(FROM_DEVICE.fullmatch(bare))


def label(heads: list[str], labels: list[str], plain: list[bool], signed: str, fresh: str, quoted: str) -> None:
    """Mark what is a signature or a foot among the fresh lines, but for those that are `plain`."""
    _label_armour(heads, labels, signed)
    index = 0
    while index < len(heads):
        if plain[index] or labels[index] != fresh:
            index += 1
            continue
        end = index + 1
        if telephone_line(heads[index]):
            labels[index] = signed
        elif heads[index].lstrip().startswith(_RULE_BEGINS) and (DASHES.match(heads[index]) or RULE.match(heads[index])):
            # A foot is short; looking no further keeps a page of rules linear.
            while end < len(heads) and labels[end] != quoted and end - index < FOOT_LINES:
                end += 1
            complete = end == len(heads) or labels[end] == quoted
            if complete and _is_foot(heads, index, end):
                labels[index:end] = [signed] * (end - index)
            else:
                end = index + 1
        index = end
    _label_disclaimers(heads, labels, signed, fresh)
    _label_cards(heads, labels, signed, fresh)


ARMOUR = re.compile(r"-{5}(BEGIN|END) PGP (SIGNED MESSAGE|SIGNATURE|PUBLIC KEY BLOCK)-{5}\s*\Z")


def _label_armour(heads: list[str], labels: list[str], signed: str) -> None:
    """Mark what OpenPGP (RFC 9580, sections 6 and 7) puts around a text that is signed in the clear."""
    begun = -1
    for index, head in enumerate(heads):
        if not head.startswith("-----") or (match := ARMOUR.match(head)) is None:
            continue
        if match[2] == "SIGNED MESSAGE":
            end = index + 1
            while end < min(index + 6, len(heads)) and heads[end].startswith(("Hash:", "NotDashEscaped:")):
                end += 1
            labels[index:end] = [signed] * (end - index)
        elif match[1] == "BEGIN":
            begun = index
        elif begun >= 0:
            labels[begun : index + 1] = [signed] * (index + 1 - begun)
            begun = -1


THIS_MAIL, IN_CONFIDENCE = words.THIS_MAIL.split(","), words.IN_CONFIDENCE.split(",")
_PLAIN_LAW = [word for word in IN_CONFIDENCE if word.isascii()]
SCANNED = words.AnyCase(words.phrases(words.SCANNED))


def _label_disclaimers(heads: list[str], labels: list[str], signed: str, fresh: str) -> None:
    """The last paragraph before a quotation or the end, when a lawyer or a scanner wrote it."""
    end = len(heads)
    while end:
        while end and (labels[end - 1] != fresh or not heads[end - 1].strip()):
            end -= 1
        top = end
        while top and labels[top - 1] == fresh and heads[top - 1].strip():
            top -= 1
        said = " ".join(heads[top:end])[:3000]
        if end - top and ((len(said) >= 100 and _by_a_lawyer(said.lower())) or (len(said) < 300 and SCANNED.search(said))):
            labels[top:end] = [signed] * (end - top)
        while top and labels[top - 1] == fresh:
            top -= 1
        end = top


def _by_a_lawyer(said: str) -> bool:
    """Two words of the law, or "this mail" and one: prose of members has at most one."""
    law = len([word for word in (_PLAIN_LAW if said.isascii() else IN_CONFIDENCE) if word in said])
    return law >= 2 or (law == 1 and any(name in said for name in THIS_MAIL))


FOOT_LINES = 100


def _is_foot(heads: list[str], index: int, end: int) -> bool:
    """Whether the lines below a rule are a foot, and not the next chapter."""
    below = [head for head in heads[index + 1 : end] if head.strip()]
    if DASHES.match(heads[index]):
        return len(below) <= 60
    said = [head for head in below if not RULE.match(head)]
    if not said:
        return True
    if any(FOOT.search(head) for head in said[:6]):
        return len(said) <= 40
    if len(said) > 16 or any(len(head) > 80 or PROSE.search(head) for head in said):
        return False
    contacts = sum(1 for head in said if CONTACT.search(head))
    return contacts >= 2 or (len(said) <= 8 and contacts >= 1) or len(said) <= 3


# A line that goes on as a sentence does.
PROSE = re.compile(r"(?:[a-z]{2,}[,;]?\s+){4}[a-z]{2,}|[a-z]{3}[.!?:]\s*\Z|(?:\S+ +){4}\S+\.\s*\Z")
CLOSING = words.AnyCase(
    r"\W{0,3}(?:(?:many |with |kind |best |warm |sincere |all |very )*(?:thanks|thank you|thx|regards|best|cheers|wishes|sincerely|yours"
    r"|respectfully|greetings|cordially|take care|love)|merci|cordialement|bien à vous|salutations|gracias|saludos|atentamente"
    r"|un abrazo|mit freundlichen|viele grüße|liebe grüße|beste grüße|gruß|obrigad[oa]|abraços|cumprimentos|atenciosamente"
    r"|grazie|saluti|cordiali|met vriendelijke|groeten|groet|hilsen|med venlig|vennlig|hälsningar|terveisin|pozdraw|s pozdravem"
    r"|с уважением|спасибо|此致|谢谢|敬具|よろしく|감사합니다|ขอบคุณ|trân trọng|salam|terima kasih|धन्यवाद|सादर|شكرا|مع تحياتي"
    r"|hth|hope (?:this|that) helps)\b"
)
# A line that can only be the address of a person or an office.
CARD = words.AnyCase(
    r"\b(?:tel|phone|ph|fax|mob|mobile|cell|direct|office|voice|téléphone|teléfono|telefon)\b\.?\s?\S{0,12}\s?[:.#(+\d]"
    r"|\+?\(?\d{1,4}\)?[\s().-]{1,3}\d{2,4}[\s().-]\d[\d\s().-]{3,14}|^\W{0,3}(?:e-?mail|mailto)\W"
    r"|^\W{0,3}[\w.+-]{1,64}(?:@| at )[\w-]{1,63}\.[\w.-]{2,80}\W{0,3}\Z|[hwcmft]\W{1,3}\+?\d[\d .()-]{6,}"
)
CARD_LINES = 14


def _label_cards(heads: list[str], labels: list[str], signed: str, fresh: str) -> None:
    """Mark the visiting card with which a run of fresh lines ends.

    The last lines before a quotation, a signature or the end: all short, no
    sentences, with a telephone or an address among them. The name under
    "Regards" stays with the letter.
    """
    end = len(heads)
    while end:
        while end and (labels[end - 1] != fresh or not heads[end - 1].strip()):
            end -= 1
        begin = end
        while begin and labels[begin - 1] == fresh:
            begin -= 1
        top = _card_top(heads, begin, end)
        labels[top:end] = [signed] * (end - top)
        end = begin


def _card_top(heads: list[str], begin: int, end: int) -> int:
    top = end
    cards = 0
    lines = 0
    gaps = 0
    for number in range(end - 1, begin - 1, -1):
        head = heads[number]
        if not head.strip():
            gaps += 1
            if gaps > 1:
                break
            continue
        lines += 1
        if lines > CARD_LINES or len(head) > 80 or PROSE.search(head) or CLOSING.match(head):
            break
        if gaps and not cards:
            break
        cards += bool(CARD.search(head))
        top = number
        if gaps and number and not heads[number - 1].strip():
            break
    if not cards or end - top < 2:
        return end
    above = next((head for head in reversed(heads[begin:top]) if head.strip()), "")
    # The name belongs to the closing above it.
    if CLOSING.match(above) and len(heads[top].split()) <= 4 and not CARD.search(heads[top]):
        top += 1
    return top
