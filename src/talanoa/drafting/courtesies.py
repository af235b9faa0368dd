"""What is polite in a letter and answers nothing, in the languages of the region; pure."""

# ruff: noqa: E501 - a table of words reads best with a line for each language
from __future__ import annotations

import re
from collections.abc import Sequence

from talanoa.language.sentences import normal

GREETINGS = (
    "hi|hello|dear|hey|greetings|good (?:morning|day|afternoon|evening)|welcome|namaste|salaam|salam|assalam\\w*|talofa|malo|bula|kia ora|mabuhay|vinaka|warm greetings",
    "bonjour|bonsoir|cher|chère|chers|chères|salut|hola|buenos días|buenas tardes|estimad[oa]s?|querid[oa]s?|bom dia|boa tarde|olá|prezad[oa]s?|car[oa]s?|ciao|buongiorno|gentile",
    "hallo|guten (?:tag|morgen|abend)|liebe[rs]?|sehr geehrte[rs]?|beste|selamat (?:pagi|siang|sore|malam)|yang terhormat|yth|halo|kính gửi|chào|xin chào|magandang|habari|mpendwa|merhaba|sayın|sevgili",
    "здравствуйте|добрый (?:день|вечер)|доброе утро|уважаем\\w*|дорог(?:ой|ая|ие)|привет|عزيزي|عزيزتي|السلام|السيد|مرحبا|سلام|प्रिय|नमस्ते|नमस्कार|आदरणीय|प्रिय|প্রিয়|নমস্কার|வணக்கம்|您好|你好|各位|尊敬的|亲爱的|親愛的|皆様|皆さん|こんにちは|はじめまして|お世話|안녕|여러분|เรียน|สวัสดี|ຮຽນ|ສະບາຍດີ|សូមគោរព|ជំរាបសួរ|សួស្តី|ချစ်|မင်္ဂလာပါ",
)
THANKS = (
    "thanks|thank you|many thanks|thanx|thx|much appreciated|i appreciate|we appreciate|congratulations|well done|sorry for|apologies|i apologi[sz]e|please find (?:below|attached|enclosed)|(?:i )?hope (?:this|that|it|you|to hear)|look(?:ing)? forward|i look forward|let me know if|please (?:feel free|do not hesitate|let me know)|feel free|fyi|just my (?:two|2) cents|happy to (?:share|discuss|provide|help)|i would be happy to|regrets|as always|keep up|all the best|best wishes|good luck|it is a pleasure|greetings from",
    "merci|je vous remercie|nous vous remercions|en espérant|dans l'attente|n'hésitez pas|gracias|muchas gracias|agradezco|agradecemos|espero que|quedo|quedamos|no duden|obrigad[oa]|agradeço|agradecemos|fico à|grazie|danke|vielen dank|ich hoffe|bedankt|dank u|terima kasih|semoga|cảm ơn|cám ơn|xin cảm|salamat|maraming|asante|teşekkür",
    "спасибо|благодар\\w+|надеюсь|شكرا|شكراً|أشكر|نشكر|धन्यवाद|शुक्रिया|आभार|ধন্যবাদ|நன்றி|谢谢|感谢|多谢|謝謝|感謝|希望对|ありがとう|感謝|よろしく|お願い|감사|고맙|ขอบคุณ|ขอขอบ|ຂອບໃຈ|សូមអរគុណ|អរគុណ|ကျေးဇူး",
)
CLOSINGS = (
    "(?:kind|best|warm|warmest|kindest|with (?:best|kind|warm))?[ ]?regards|rgds|cheers|sincerely|yours(?: \\w+)?|sincerely yours|faithfully|best|all the best|best wishes|with best wishes|in solidarity|warmly|respectfully|take care|thanks|thank you|many thanks|thanks again|thanks in advance",
    "cordialement|bien cordialement|bien à vous|salutations(?: \\w+)?|amicalement|cordiali saluti|saludos(?: \\w+)?|un saludo|un abrazo|atentamente|cordialmente|atenciosamente|abraços?|mit freundlichen grüßen|freundliche grüße|viele grüße|herzliche grüße|mfg|met vriendelijke groet|groeten|hormat kami|hormat saya|salam|terima kasih|trân trọng|thân mến|lubos na gumagalang|wassalam\\w*|saygılarımla",
    "с уважением|с наилучшими пожеланиями|مع التحية|مع التحيات|تحياتي|وتفضلوا|सादर|शुभकामनाओं|आपका|भवदीय|শুভেচ্ছা|此致|敬礼|祝好|顺颂商祺|敬具|敬上|よろしくお願いします|드림|ขอแสดงความนับถือ|ด้วยความเคารพ|ដោយក្តីគោរព",
)
GREETING = re.compile(rf"(?:{'|'.join(GREETINGS)})(?![A-Za-zÀ-ÿЀ-ӿ])", re.IGNORECASE)
THANKING = re.compile(rf"(?:{'|'.join(THANKS)})", re.IGNORECASE)
CLOSING = re.compile(rf"(?:{'|'.join(CLOSINGS)})[\s,.!，。、।\-–—]*", re.IGNORECASE)
# "On Monday, A wrote:", where a quotation was.
WROTE = re.compile(r"(?:wrote|writes|écrit|escribió|escreveu|schrieb|menulis|đã viết|пишет|كتب|लिखा|写道|寫道|書きました|เขียนว่า)\s*[:：]$", re.IGNORECASE)
# What list software leaves where something was.
SCRUBBED = re.compile(r"(?:an? .{0,60})?(?:attachment|text|part) was scrubbed|\W*alternative html version deleted|-+ next part -+", re.IGNORECASE)
# A greeting or thanks is short; who goes on for longer says something.
SHORT, LONGER = 8, 20
SIGNATURE_LINES = 14


def is_courtesy(sentence: str, words: int) -> bool:
    """Whether a sentence greets, thanks, closes or introduces a quotation, and no more."""
    if (words <= SHORT and GREETING.match(sentence)) or CLOSING.fullmatch(sentence) or SCRUBBED.match(sentence):
        return True
    return (words <= LONGER and THANKING.match(sentence) is not None) or WROTE.search(sentence) is not None


def signature_begins(pieces: Sequence[str], author: str) -> int:
    """The number of the paragraph at which the signature begins; as many as there are when there is none.

    It begins at the last closing words, or at a line that holds the author's
    name alone, if little follows and something was said before.
    """
    names = {normal(author).casefold(), *normal(author).casefold().split()[:1]} - {""}
    for number in range(max(1, len(pieces) - SIGNATURE_LINES), len(pieces)):
        line = pieces[number].strip(" -–—,.*_~").casefold()
        if CLOSING.fullmatch(pieces[number]) or line in names or CLOSING.sub("", pieces[number], count=1).strip(" ,.").casefold() in names:
            return number
    return len(pieces)
