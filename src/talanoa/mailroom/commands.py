"""What people write to a list to be served, in their words; pure.

One table of words for each thing that can be asked, with what migrants know from Mailman
(`set digest mime`, `set delivery off`) and Dgroups (`dailydigest.mdg@`). A line is a command
only if all of it is understood: half a guess would change what nobody asked for.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta

from babel import Locale

LINES = 12  # so many lines are looked at; a mailing of a hundred commands is no letter


@dataclass(frozen=True, slots=True)
class Command:
    """`verb` is a key of `WORDS` or "search", "pause", "hour" or "follow"; `choices` what it would set; `words` what it carries."""

    verb: str
    choices: dict[str, object] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The commands of a mail, and the lines that were not understood."""

    commands: tuple[Command, ...]
    unknown: tuple[str, ...]


# en fr es pt de nl it ru zh ja ko th vi id hi ar
WORDS = {
    "join": (
        "join|subscribe|sign up|signup|rejoindre|abonner|inscrire|s'abonner|unirse|suscribir|suscribirse|inscrever|assinar|"
        "beitreten|abonnieren|anmelden|lid worden|aanmelden|iscriviti|iscrizione|подписаться|вступить|加入|订阅|訂閱|参加|購読|"
        "가입|เข้าร่วม|สมัคร|tham gia|đăng ký|gabung|bergabung|daftar|शामिल|जुड़ें|انضمام|اشتراك"
    ),
    "leave": (
        "leave|unsubscribe|signoff|sign off|remove|remove me|quitter|désabonner|se désabonner|désinscrire|salir|darse de baja|baja|"
        "sair|cancelar inscrição|austreten|abmelden|abbestellen|afmelden|verlaten|cancellami|disiscriviti|отписаться|выйти|"
        "退出|退订|退訂|退会|購読解除|탈퇴|ออก|ยกเลิก|rời|hủy đăng ký|keluar|berhenti|छोड़ें|مغادرة|إلغاء الاشتراك"
    ),
    "each": (
        "each|each message|every message|all|all messages|mail|resume mail|set mail|set delivery on|set digest off|nodigest|no digest|"
        "individual|chaque message|cada mensaje|cada mensagem|jede nachricht|elk bericht|ogni messaggio|каждое сообщение|"
        "每封邮件|每封郵件|毎回|각각|ทุกข้อความ|mỗi thư|setiap pesan|हर संदेश|كل رسالة"
    ),
    "daily": (
        "digest|daily|digest daily|daily digest|dailydigest|set digest on|set digest plain|set digest mime|quotidien|résumé quotidien|"
        "diario|resumen diario|diário|resumo diário|täglich|tägliche zusammenfassung|dagelijks|giornaliero|ежедневно|"
        "每日|每日摘要|毎日|매일|รายวัน|hàng ngày|harian|दैनिक|يومي"
    ),
    "weekly": (
        "weekly|digest weekly|weekly digest|weeklydigest|hebdomadaire|semanal|resumen semanal|wöchentlich|wekelijks|settimanale|"
        "еженедельно|每周|每週|毎週|매주|รายสัปดาห์|hàng tuần|mingguan|साप्ताहिक|أسبوعي"
    ),
    "monthly": (
        "monthly|digest monthly|monthly digest|monthlydigest|mensuel|mensual|mensal|monatlich|maandelijks|mensile|ежемесячно|"
        "每月|毎月|매월|รายเดือน|hàng tháng|bulanan|मासिक|شهري"
    ),
    "subjects": (
        "subjects|subjects only|subject only|headers|sujets|sujets seulement|asuntos|sólo asuntos|solo asuntos|assuntos|nur betreff|"
        "betreffzeilen|onderwerpen|oggetti|только темы|темы|"
        "仅主题|僅主旨|件名のみ|제목만|เฉพาะหัวเรื่อง|chỉ tiêu đề|judul saja|केवल विषय|العناوين فقط"
    ),
    "none": (
        "no mail|nomail|none|set nomail|set delivery off|stop mail|vacation|aucun message|pas de courrier|sin correo|ningún correo|"
        "sem correio|keine mail|keine nachrichten|geen mail|nessun messaggio|без писем|不收邮件|不收郵件|配信停止|메일 중지|"
        "ไม่รับอีเมล|không nhận thư|tanpa surel|कोई मेल नहीं|بدون بريد"
    ),
    "text": (
        "text|text only|plain|plain text|texte|texte seul|texto|sólo texto|solo texto|só texto|nur text|alleen tekst|solo testo|"
        "только текст|纯文本|純文字|テキスト|نص فقط"
    ),
    "html": "html|with html|rich text|html text",
    "resume": (
        "resume|back|unpause|reprendre|reanudar|retomar|fortsetzen|hervatten|riprendi|возобновить|恢复|再開|재개|"
        "tiếp tục|lanjutkan|फिर से|استئناف"
    ),
    "settings": (
        "settings|my settings|status|info|options|mes réglages|mis ajustes|minhas opções|meine einstellungen|mijn instellingen|"
        "le mie impostazioni|мои настройки|настройки|我的设置|設定|내 설정|ตั้งค่า|cài đặt|pengaturan|मेरी सेटिंग|إعداداتي"
    ),
    "help": "help|aide|ayuda|ajuda|hilfe|aiuto|помощь|справка|帮助|幫助|説明|ヘルプ|도움말|ช่วยเหลือ|trợ giúp|bantuan|मदद|مساعدة|?",
}
_SEARCH = re.compile(
    r"(?:search|find|chercher|recherche|buscar|suchen|zoeken|cerca|искать|поиск|搜索|搜尋|検索|검색|ค้นหา|tìm|cari|खोज|بحث)"
    r"(?:\s*[:：]\s*|\s+)(?P<words>\S.{0,200})"
)
_PAUSE = re.compile(
    r"(?:(?:pause|suspend|vacation|hold|suspendre|pausa|pausar|suspender|pausieren|pauze|sospendi|пауза|tạm dừng|jeda|विराम|إيقاف)\b|"
    r"暂停|暫停|一時停止|일시정지)\s*(?P<when>.{0,80})"  # where words are not spaced, the day follows at once
)
# "digest hour 7", "digest hour 7:00", "heure 19 h", "摘要时间 7"
_HOUR = re.compile(
    r"(?:(?:set )?(?:digest )?(?:hour|time|at)|(?:heure|horaire)(?: du résumé)?|hora(?: del resumen| do resumo)?|stunde|uhrzeit|uur|tijd|"
    r"ora|час|время|摘要时间|摘要時間|时间|時間|时刻|時刻|시간|เวลา|giờ|jam|समय|घंटा|الساعة)"
    r"\s*[:：=]?\s*(?P<hour>\d{1,2})(?:[:.h時时点點시]\s?(?:00)?|\s?(?:h|uhr|uur|o'clock))?"
)
# "discussion 3 daily", "D3: phase", "follow discussion 3 closely"
_DISCUSSION = re.compile(
    r"(?:(?:follow|suivre|seguir|folgen|volgen|следить)\s+)?(?:e-?discussion|discussion|débat|debate|discusión|diskussion|discussão|"
    r"discussie|discussione|обсуждение|讨论|討論|議論|토론|การอภิปราย|thảo luận|diskusi|चर्चा|نقاش|d)\s?"
    r"(?P<number>\d{1,4})\s*[:：,]?\s+(?P<how>\S.{0,60})"
)
_FOLLOWED = {
    word: how
    for how, words in {
        "each": "closely|close|de près|de cerca|de perto|genau|eng|на виду|подробно|密切|عن قرب",
        "stage": "phase|phases|by phase|phase digest|digest of each phase|par phase|por fase|fase|je phase|per fase|"
        "по этапам|阶段|حسب المرحلة",
        "none": "not|not at all|nothing|pas du tout|nada|gar nicht|niets|никак|不|"
        "لا شيء",
        "": "usual|as usual|normal|comme d'habitude|habituel|como siempre|como sempre|wie sonst|üblich|zoals gewoonlijk|"
        "как обычно|照常|كالمعتاد",
    }.items()
    for word in words.split("|")
}
_DATE = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})\.?\s+(?P<name>[^\W\d_]{3,12})\.?\s+(?P<y2>\d{4})")
_SETS: dict[str, dict[str, object]] = {
    "each": {"delivery": "each"},
    "daily": {"delivery": "daily"},
    "weekly": {"delivery": "weekly"},
    "monthly": {"delivery": "monthly"},
    "subjects": {"delivery": "subjects"},
    "none": {"delivery": "none"},
    "text": {"html": False},
    "html": {"html": True},
    "resume": {"suspended_from": None, "suspended_until": None},
}


def _table() -> dict[str, str]:
    return {word: verb for verb, words in WORDS.items() for word in words.split("|")}


_VERBS = _table()
# Subjects that carry no command and are no mistake either.
_NOTHING = re.compile(r"(?:\(?no subject\)?|command|request|re|mail|message)?")


def known(word: str) -> bool:
    """Whether a single word is a command."""
    return normal(word) in _VERBS


def normal(line: str) -> str:
    """A line as it is compared: width and case folded, spaces one, no punctuation at its ends."""
    folded = unicodedata.normalize("NFKC", line).casefold().replace("’", "'")
    return " ".join(folded.split()).strip(" .,;!:…\"'`*_-–—>")


def one(line: str, today: date) -> Command | None:
    """The command that a whole line is, or None."""
    text = normal(line)
    text = re.sub(r"^(?:please|bitte|por favor|s'il vous plaît|merci de|set)\s+(?=\S)|\s+please$", "", text) if text not in _VERBS else text
    verb = _VERBS.get(text)
    if verb:
        return Command(verb, dict(_SETS.get(verb, {})))
    if found := _SEARCH.fullmatch(text):
        return Command("search", words=found["words"])
    if (found := _HOUR.fullmatch(text)) and int(found["hour"]) < 24:
        return Command("hour", {"digest_hour": int(found["hour"])})
    if found := _DISCUSSION.fullmatch(text):
        how = _FOLLOWED.get(found["how"], _VERBS.get(found["how"], "?"))
        known_how = how in {"each", "daily", "stage", "none", ""}
        return Command("follow", words=f"{int(found['number'])} {how}".strip()) if known_how else None
    if found := _PAUSE.fullmatch(text):
        return _pause(found["when"], today)
    return None


def _pause(when: str, today: date) -> Command | None:
    """`pause`, `pause until D`, `pause from D to D`; both days are included."""
    days = [day for found in _DATE.finditer(when) if (day := _day(found))]
    if len(days) > 2 or (when.strip() and not days):
        return None
    since, until = (today, None) if not days else (today, days[0]) if len(days) == 1 else (days[0], days[1])
    if until and (until < since or until > today + timedelta(days=730)):
        return None
    return Command("pause", {"suspended_from": since, "suspended_until": until})


@functools.cache
def _months() -> dict[str, int]:
    """Their numbers, by name; gathered when the first is asked for, because nine languages would be waited for at each start."""
    return {
        name.casefold().strip("."): number
        for language in ("en", "fr", "es", "pt", "de", "nl", "it", "ru", "id")
        for width in ("wide", "abbreviated")
        for number, name in Locale(language).months["format"][width].items()
    }


def _day(found: re.Match[str]) -> date | None:
    month = int(found["m"]) if found["m"] else _months().get(found["name"], 0)
    try:
        return date(int(found["y"] or found["y2"]), month, int(found["d"] or found["d2"]))
    except ValueError:
        return None


def wanted(subject: str, text: str) -> str:
    """The words that a mail to the search address looks for: its subject, else its first line."""
    lines = [subject, *text.split("\n")]
    # As it was typed: at its ends a quotation mark or a minus says something here.
    return next((" ".join(line.split()) for line in lines if normal(line) not in ("", "search")), "")[:200]


def read(subject: str, text: str, today: date) -> Reading:
    """The commands in the subject and the lines of a mail, each once, up to `end` or the first signature."""
    found: dict[tuple[str, str], Command] = {}
    unknown: list[str] = []
    bare = re.sub(r"^(?:\s*(?:re|aw|sv|tr|antw|rép|res)\s*:\s*)+", "", subject, flags=re.IGNORECASE)
    if command := one(bare, today):
        found[command.verb, command.words] = command
    for line in [line for line in text.split("\n") if line.strip()][:LINES]:
        if normal(line) in ("end", "quit", "stop", "fin", "ende"):
            break
        if command := one(line, today):
            found[command.verb, command.words] = command
        else:
            unknown.append(line.strip()[:200])
    if not found and not unknown and not _NOTHING.fullmatch(normal(bare)):
        unknown.append(bare.strip()[:200])
    # Greetings and thanks around a command that was understood are no mistakes.
    return Reading(tuple(found.values()), () if found else tuple(unknown))
