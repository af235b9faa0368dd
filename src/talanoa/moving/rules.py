"""Decisions about moving in; pure."""

# ruff: noqa: E501 - tables of words read best in few lines

import re
import unicodedata
from datetime import timedelta

LATE = timedelta(days=90)  # so long after the day on the letter a yes still counts
AT_ONCE = 200  # letters in one visit of `tend`; more would keep mail waiting that is to be sorted

# What somebody answers whom a letter asks to stay. en fr es pt de nl it ru zh ja ko th vi id hi ar tr ro
_YES = (
    "yes|yes please|i agree|agree|agreed|i do|stay|keep me|ok|okay|oui|d'accord|je suis d'accord|j'accepte|sí|si|de acuerdo|acepto|sim|aceito|"
    "concordo|ja|ja bitte|einverstanden|ich stimme zu|akkoord|ja graag|sì|accetto|d'accordo|да|согласен|согласна|是|是的|同意|我同意|はい|同意します|"
    "예|네|동의합니다|ใช่|ตกลง|ยินยอม|vâng|đồng ý|có|ya|setuju|हाँ|हां|सहमत|نعم|موافق|أوافق|evet|kabul ediyorum|da|de acord"
)
_NO = (
    "no|no thanks|no thank you|leave|unsubscribe|remove|remove me|stop|signoff|please remove me|non|non merci|désabonner|quitter|retirez-moi|no gracias|"
    "baja|darse de baja|não|sair|nein|nein danke|abmelden|austreten|nee|nee bedankt|afmelden|no grazie|cancellami|нет|отписаться|удалите меня|"
    "否|不|不同意|退订|退訂|いいえ|退会|아니오|탈퇴|ไม่|ยกเลิก|không|hủy đăng ký|tidak|keluar|नहीं|छोड़ें|لا|إلغاء الاشتراك|مغادرة|hayır|nu"
)
_SAID = dict.fromkeys(_YES.split("|"), True) | dict.fromkeys(_NO.split("|"), False)


def answer(text: str) -> bool | None:
    """Whether the first line of an answer says yes or no; None for anything else, which a person reads."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    folded = unicodedata.normalize("NFKC", first).casefold().replace("’", "'")
    return _SAID.get(" ".join(re.sub(r"[.,!;:。！，、*_\"“”«»]", " ", folded).split()))
