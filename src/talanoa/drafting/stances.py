"""How a sentence stands to what others said: cue words in many languages; pure.

A cue is no proof: "however" may introduce an aside. Stances sort a draft that
a person reads; nothing is decided by them.
"""

# ruff: noqa: E501 - a table of words reads best with a line for each language
from __future__ import annotations

import re
from functools import lru_cache

AGREES, DIFFERS, SUGGESTS, ASKS, TELLS = "agrees", "differs", "suggests", "asks", "tells"

AGREEMENT = (
    r"\b(?:i|we|fully|also|strongly|totally|completely|would) (?:\w+ )?(?:agree|concur|endorse|support)\b|\bi second\b|\bin agreement\b|\bas \w+ (?:\w+ )?(?:said|says|wrote|noted|points? out|pointed out|mentioned|suggested)\b|\b(?:good|great|excellent) (?:idea|point)\b|\b(?:is|are|was|were|you're) (?:\w+ )?right\b|\bsounds (?:good|fair|right)\b|\bsame (?:here|experience)\b|\bour experience (?:is|was) (?:the same|similar)\b|\b(?:echo|share) (?:the |your |his |her |their )?(?:view|views|opinion|point)\b|^(?:yes|agreed|exactly|absolutely|indeed|\+1)\b",
    r"\b(?:je suis|nous sommes) (?:\w+ )?d'accord\b|\bj'approuve\b|\b(?:estoy|estamos) (?:\w+ )?de acuerdo\b|\bcoincido\b|\bcoincidimos\b|\b(?:concordo|concordamos)\b|\bde acordo com (?:o|a) colega\b|\b(?:sono|siamo) d'accordo\b|\b(?:stimme|stimmen) (?:\w+ )?zu\b|\beinverstanden\b|\bsetuju\b|\bsepakat\b|\bsependapat\b|đồng ý|sumasang-ayon|\bnakubali\b|katılıyorum",
    r"соглас(?:ен|на|ны)\b|поддержива(?:ю|ем)|أتفق|نتفق|أوافق|نوافق|सहमत|একমত|ஒப்புக்கொள்கி|同意|赞成|贊成|赞同|賛成|同感|동의|เห็นด้วย|យល់ព្រម|ឯកភាព|ຫັນດີ",
)
DIFFERENCE = (
    r"\bdisagree\b|\b(?:do not|don't|cannot|can't|would not|wouldn't) (?:\w+ )?(?:agree|think|believe|support|recommend|see why|accept)\b|\bnot (?:convinced|sure that|so sure|true|necessarily|correct)\b|\bon the contrary\b|\bcontrary to\b|\bhowever\b|\bby contrast\b|\bin contrast\b|\brather than\b|\binstead of\b|\b(?:i|we) (?:would )?(?:object|doubt|caution|question)\b|\bobject(?:ion|ions|ed)? to\b|\bdiffers?\b|\bmy (?:concern|worry|view is different)\b|\b(?:did|does) not work\b|\bdidn't work\b|\bfailed\b|^but\b|^no[,.! ]",
    r"\bpas d'accord\b|\bau contraire\b|\bcependant\b|\btoutefois\b|\bje ne (?:crois|pense) pas\b|\bdesacuerdo\b|\bno estoy de acuerdo\b|\bsin embargo\b|\bal contrario\b|\bno creo\b|\bdiscordo\b|\bno entanto\b|\bpelo contrário\b|\bnão (?:concordo|acho|creio)\b|\bnon sono d'accordo\b|\bnicht einverstanden\b|\bdagegen\b|\bjedoch\b|\btidak setuju\b|\bnamun\b|\bsebaliknya\b|không đồng ý|tuy nhiên|\bhindi ako sang-ayon\b|\bsikubaliani\b|katılmıyorum",
    r"не соглас|однако|напротив|لا أتفق|لا أوافق|لا نتفق|ولكن|بالعكس|असहमत|सहमत नहीं|लेकिन|किन्तु|একমত নই|কিন্তু|不同意|反对|反對|不赞成|但是|然而|相反|反対|しかし|賛成できない|동의하지|그러나|하지만|ไม่เห็นด้วย|แต่|อย่างไรก็ตาม|មិនយល់ព្រម|ប៉ុន្តែ",
)
SUGGESTION = (
    r"\b(?:suggest|propose|recommend|advise|encourage)s?\b|\bshould\b|\bought to\b|\bcould try\b|\bit (?:is|would be) (?:important|useful|better|best|good|worth)\b|\bmy advice\b|\bneeds? to\b|\bmust\b|\blet us\b|\blet's\b|\bwhy not\b",
    r"\b(?:je|nous) (?:propose|proposons|suggère|suggérons|recommande|recommandons)\b|\bil faut\b|\bdevrai(?:t|ent)\b|\b(?:sugiero|sugerimos|propongo|proponemos|recomiendo|recomendamos)\b|\bdeber[ií]an?\b|\bhay que\b|\b(?:sugiro|proponho|recomendo|recomendamos)\b|\bdeveria\b|\bempfehle\b|\bvorschlagen\b|\bsollten?\b|\bsebaiknya\b|\bmenyarankan\b|\bperlu\b|\bharus\b|nên|đề nghị|đề xuất|\bdapat\b",
    r"предлага(?:ю|ем)|рекоменду(?:ю|ем)|следует|أقترح|نقترح|ينبغي|يجب|सुझाव|चाहिए|উচিত|প্রস্তাব|建议|建議|应该|應該|提案|べき|제안|해야|ควร|เสนอ|គួរ|ស្នើ",
)
_cues = {
    AGREES: re.compile("|".join(AGREEMENT), re.IGNORECASE),
    DIFFERS: re.compile("|".join(DIFFERENCE), re.IGNORECASE),
    SUGGESTS: re.compile("|".join(SUGGESTION), re.IGNORECASE),
}
NEGATION = re.compile(
    r"\b(?:not?|never|without|nor|cannot|\w+n't|pas|jamais|sans|nunca|jamás|sin|não|sem|nicht|kein\w*|tidak|bukan|belum|không|chưa|hindi|не|нет|без)\b"
    r"|n’t\b|لا |لم |ليس|नहीं|না |ไม่|មិន|不|没|無|ない|ません|않|없",
    re.IGNORECASE,
)


@lru_cache(maxsize=1 << 13)
def stance(sentence: str) -> str:
    """One of the five stances: it differs, agrees, asks, suggests, or simply tells."""
    if sentence.rstrip("\"'”’)» ").endswith(("?", "？", "؟")):
        return ASKS
    return next((name for name in (DIFFERS, AGREES, SUGGESTS) if _cues[name].search(sentence)), TELLS)


@lru_cache(maxsize=1 << 13)
def negates(sentence: str) -> bool:
    """Whether a sentence says that something is not so."""
    return NEGATION.search(sentence) is not None
