"""What the columns of a list of members mean, guessed by their headings and by what stands in them; pure.

Headings are those of people's own tables in a dozen languages, and of Mailman, Dgroups and Groups.io. A guess is shown
to a person, who confirms it or says otherwise.
"""

# ruff: noqa: E501 - a table of words reads best with a line for each meaning

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache

from babel import Locale

from talanoa.language.places import country_of

SKIP = ""
SHARE = 0.7  # of the filled cells of a column must look alike to tell what it is
LOOKED_AT = 400  # rows

# What a column may hold, and what people write above it.
HEADINGS = {
    "address": "address|email|e mail|mail|member email|subscriber|email address|e mail address|mail address|emailaddress|user email|courriel|adresse|adresse électronique|"
    "adresse email|adresse e mail|adresse mail|mél|correo|correo electrónico|dirección de correo|e mail adresse|mailadresse|e mailadresse|endereço|"
    "endereço de email|endereço eletrônico|indirizzo|indirizzo email|posta elettronica|адрес|электронная почта|эл почта|почта|邮箱|电子邮箱|邮箱地址|电子邮件|邮件地址|信箱|"
    "電子郵件|电邮|メール|メールアドレス|이메일|전자우편|อีเมล|thư điện tử|alamat email|surel|ईमेल|البريد|البريد الإلكتروني|e posta|adresă|adresa de email",
    "name": "name|full name|member name|nickname|fullname|member|display name|displayname|real name|realname|person|participant|nom|nom complet|nom et prénom|"
    "prénom et nom|nombre|nombre completo|nombre y apellido|nombre y apellidos|nome|nome completo|vollständiger name|naam|volledige naam|nome e cognome|"
    "имя|фио|полное имя|姓名|名字|名前|氏名|이름|성명|ชื่อ|họ tên|họ và tên|nama|nama lengkap|नाम|पूरा नाम|الاسم|الاسم الكامل|ad soyad|nume",
    "first_name": "first name|firstname|given name|forename|prénom|primer nombre|vorname|voornaam|primeiro nome|nome próprio|nome di battesimo|名|"
    "имя без фамилии|tên|nama depan|पहला नाम|الاسم الأول|prenume",
    "last_name": "last name|lastname|surname|family name|nom de famille|apellido|apellidos|nachname|familienname|achternaam|sobrenome|apelido|cognome|"
    "фамилия|姓|苗字|성|นามสกุล|họ|nama belakang|उपनाम|اسم العائلة|soyad|nume de familie",
    "community_role": "community role|role in community|membership|member type|member role|group role|group status|user role|list role|user status|moderator|function in group|rôle dans la communauté|"
    "rolle in der gruppe|rol en la comunidad|роль в группе|成员类型",
    "role": "role|title|position|job|job title|function|occupation|designation|profession|fonction|poste|titre|cargo|puesto|función|funktion|"
    "beruf|stelle|functie|ruolo|qualifica|função|должность|职务|职位|職稱|役職|직책|직위|ตำแหน่ง|chức vụ|jabatan|पद|المنصب|الوظيفة|görev|funcție",
    "organisation": "organisation|organization|organisation name|institution|agency|company|employer|affiliation|organisme|institution organisme|"
    "société|organización|institución|entidad|empresa|organização|instituição|firma|einrichtung|institution firma|organisatie|instelling|"
    "organizzazione|ente|istituzione|организация|учреждение|机构|单位|組織|所属|기관|소속|องค์กร|หน่วยงาน|tổ chức|cơ quan|organisasi|instansi|संगठन|"
    "संस्था|المؤسسة|المنظمة|kurum|organizație",
    "country": "country|nation|land|pays|país|paese|pais|страна|国家|國家|国|국가|나라|ประเทศ|quốc gia|nước|negara|देश|البلد|الدولة|ülke|țara|țară",
    "languages": "languages|language|langue|langues|idioma|idiomas|sprache|sprachen|taal|talen|lingua|lingue|língua|языки|язык|语言|語言|言語|언어|"
    "ภาษา|ngôn ngữ|bahasa|भाषा|اللغة|اللغات|dil|limba",
    "interests": "interests|interest|themes|topics|expertise|domaines|domaine d'intérêt|centres d'intérêt|intereses|temas|interessen|interesses|"
    "interessi|интересы|兴趣|興趣|관심|minat|रुचि|الاهتمامات",
    "biography": "biography|bio|about|about me|profile|note|notes|biographie|biografía|biografie|biografia|о себе|简介|簡介|プロフィール|소개",
    "timezone": "timezone|time zone|fuseau horaire|zona horaria|zeitzone|tijdzone|fuso orario|часовой пояс|时区",
    "delivery": "delivery|email delivery|delivery mode|subscription|subscription type|message delivery|delivery options|digest|mode|livraison|"
    "réception|mode de réception|entrega|zustellung|bezorging|consegna|доставка|рассылка|接收方式|배달|التسليم",
    "moderated": "moderated|moderation|post status|posting permissions|moderation action|modéré|moderado|moderiert|gemodereerd|модерируется",
    "status": "status|state|email status|delivery status|subscription status|statut|état|estado|stato|статус|状态|狀態|상태",
    "joined_at": "joined at|membership start|joined|join date|member since|date joined|since|subscribed on|subscription date|date subscribed|created|"
    "date d'inscription|inscrit le|inscription|fecha de alta|fecha de ingreso|miembro desde|beitritt|mitglied seit|angemeldet am|lid sinds|"
    "data de adesão|membro desde|iscritto dal|дата вступления|дата подписки|加入时间|加入日期|登録日|가입일|ngày tham gia|tanggal bergabung|تاريخ الانضمام",
    "consent": "consent|consented|agreed|opt in|optin|permission|consentement|accord|consentimiento|einwilligung|zustimmung|toestemming|consenso|"
    "consentimento|согласие|同意|동의|persetujuan|सहमति|الموافقة",
    "consent_wording": "consent wording|consent text|agreed to|wording|texte du consentement|einwilligungstext|texto del consentimiento",
    "consent_given_at": "consent given at|consent date|date of consent|agreed on|opt in date|opt in time|optin time|date du consentement|"
    "fecha de consentimiento|datum der einwilligung|дата согласия|同意日期",
    "consent_source": "consent source|where agreed|opt in source|opt in ip|source|source du consentement|quelle|origen del consentimiento",
}
FIELDS = tuple(HEADINGS)


def normal(words: str) -> str:
    """A heading as it is compared."""
    folded = unicodedata.normalize("NFKC", words).casefold().replace("’", "'")
    return " ".join(re.sub(r"[^\w' ]|_", " ", folded).split())


_KNOWN = {normal(words): field for field, those in HEADINGS.items() for words in those.split("|")}
_BRACKETED = re.compile(r"\s*[(（\[].*")


def heading(cell: str) -> str:
    """The field that a heading names, or ""."""
    return _KNOWN.get(normal(cell)) or _KNOWN.get(normal(_BRACKETED.sub("", cell)), "")


_ADDRESS = re.compile(r"[^\s<>,;:|\"()\[\]@]+@[^\s<>,;:|/\"()\[\]@]+\.[^\s<>,;:|/\"()\[\]@.]+")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff]")  # what a web page leaves in a copied address, and nobody sees
_BESIDE = 80  # characters that may stand beside an address; in more there is a story that mentions one


def addresses(cell: str) -> list[str]:
    """The addresses that stand in a cell, as they are written."""
    return [found.lstrip("/'") for found in _ADDRESS.findall(_closed(cell))]


def is_address(cell: str) -> bool:
    """Whether a cell holds an address, perhaps with a name beside it or with a second one."""
    found = addresses(cell)
    return bool(found) and len(cell) - sum(map(len, found)) <= _BESIDE


def mailbox(cell: str) -> tuple[str, str, list[str]]:
    """The name beside an address, the address, and what other addresses the cell holds."""
    if not addresses(cell):
        return "", cell, []
    first, *others = addresses(cell)
    before, _, behind = _closed(cell).partition(first)
    name = before if before.strip("\" '<(") else behind if not others else ""
    return " ".join(re.sub(r"mailto:|[<>()\"]", " ", name).split()).strip(" ,;'"), first, others


def _closed(cell: str) -> str:
    return re.sub(r"\s*@\s*", "@", _UNSEEN.sub("", cell))


@lru_cache(maxsize=4096)
def country(cell: str) -> str:
    """The ISO 3166 code of a country in any of our languages; "" if it is none. What stands in brackets may be missing."""
    return country_of(cell.strip()) or country_of(_BRACKETED.sub("", cell).strip()) or country_of(_turned(cell))


def _turned(cell: str) -> str:
    """ "Korea, Republic of" as people say it."""
    name, comma, rest = cell.partition(",")
    return f"{rest.strip()} {name.strip()}" if comma else name.strip()


# Words for how mail is delivered: (delivery, with HTML or None), of Mailman, Groups.io, Dgroups, Google Groups, Yahoo and people.
_DELIVERY = {
    "each": "each|each message|each email|every email|every message|all|all email|all messages|individual|individual messages|individual emails|"
    "individual mails|individual email|receive all messages|single|single messages|regular|immediate|normal|email|mail|message delivery|off|no digest|nodigest|chaque message|"
    "messages individuels|cada mensaje|mensajes individuales|cada mensagem|jede nachricht|einzeln|einzelne nachrichten|elk bericht|ogni messaggio|"
    "каждое сообщение|每封邮件|ทุกข้อความ|setiap pesan|كل رسالة",
    "daily": "daily|digest|daily digest|digests|full featured daily digest|plain daily digest|full digest|plain digest|plain text digest|mime|mime digest|mime digests|plaintext digests|"
    "on|quotidien|résumé quotidien|diario|resumen diario|resumo diário|täglich|tägliche zusammenfassung|dagelijks|giornaliero|ежедневно|每日摘要|harian|يومي",
    "subjects": "subjects|subjects only|daily summary|summary|summaries|abridged|abridged email|headers|topics|sujets|asuntos|betreffzeilen",
    "weekly": "weekly|weekly digest|hebdomadaire|semanal|wöchentlich|wekelijks|settimanale|еженедельно|每周|mingguan|أسبوعي",
    "monthly": "monthly|monthly digest|mensuel|mensual|mensal|monatlich|maandelijks|mensile|ежемесячно|每月|bulanan|شهري",
    "none": "none|no email|no email web only|by bounces|by moderator|no mail|nomail|no messages|special notices|special notices only|special notices email|web only|don't send email updates|"
    "disabled|by user|by admin|by bounce|suspended|vacation|aucun|aucun message|ninguno|sin correo|nenhum|keine|keine mail|keine mails|geen|nessuno|нет|без писем|不收邮件|tidak ada|بدون",
}
_DELIVERIES = {normal(word): kind for kind, words in _DELIVERY.items() for word in words.split("|")}
_PLAIN = frozenset({"plain digest", "plain daily digest", "plain text digest", "plaintext digests"})


def delivery(cell: str) -> tuple[str, bool] | None:
    """How a member wants the mail, and whether with HTML; None for words that say neither."""
    words = normal(cell)
    return (_DELIVERIES[words], words not in _PLAIN) if words in _DELIVERIES else None


_ROLES = {
    "facilitator": "facilitator|owner|moderator|administrator|admin|list owner|list admin|manager|group owner|group manager|animateur|animatrice|"
    "modérateur|administrateur|moderador|administrador|facilitador|facilitadora|moderatorin|verwalter|beheerder|facilitatore|модератор|владелец|管理员|版主",
    "core": "core|core group|core member|steering group|noyau|grupo central|kerngruppe|kerngroep",
    "secretariat": "secretariat|secretary|sponsor|secrétariat|secretaría|sekretariat|secretariaat|segreteria|секретариат|秘书处",
    "member": "member|subscriber|participant|user|membre|miembro|mitglied|lid|membro|socio|участник|член|成员|会员|anggota|सदस्य|عضو|yes|no|none",
}
_ROLE = {normal(word): role for role, words in _ROLES.items() for word in words.split("|")}


def community_role(cell: str) -> str | None:
    """A role in the community, "member" for none; None for words that name none, such as those of a job."""
    return _ROLE.get(normal(cell))


_STATES = {
    "": "active|confirmed|normal|subscribed|ok|enabled|approved|member|yes|actif|activo|aktiv|actief|attivo|ativo|активен|正常|bouncing|bounced|bounce|"
    "probing|unknown|full|by user|by admin|by bounce|by bounces|by moderator|disabled|no mail|nomail",
    "left": "unsubscribed|left|removed|deleted|inactive|cancelled|canceled|opted out|opt out|désabonné|baja|cancelado|abgemeldet|afgemeld|отписан|已退订",
    "banned": "banned|blocked|spam|banni|bloqueado|gesperrt|заблокирован",
    "pending": "pending|unconfirmed|not confirmed|invited|waiting|applied|requested|en attente|pendiente|ausstehend|wartend|ожидает|待审核",
}
_STATE = {normal(word): state for state, words in _STATES.items() for word in words.split("|")}


def state(cell: str) -> str | None:
    """What somebody was in the old group: "" a member, "left", "banned" or "pending"; None for other words."""
    return _STATE.get(normal(cell))


_SAID = {
    True: "yes|y|true|1|x|agreed|consented|given|ok|opt in|oui|sí|si|sim|ja|да|是|同意|예|네|ya|हाँ|نعم|da|evet|✓|✔",
    False: "no|n|false|0|refused|declined|withdrawn|opt out|unsubscribed|non|não|nein|nee|нет|否|不同意|아니오|tidak|नहीं|لا|nu|hayır",
}
_MODERATED = {True: "moderated|hold|held|new user moderated|override moderated", False: "not moderated|unmoderated|allowed|accept|defer|posting allowed"}
_ANSWER_OF_MODERATION = {word: said for said, words in _MODERATED.items() for word in words.split("|")}
_ANSWER = {unicodedata.normalize("NFKC", word).casefold(): said for said, words in _SAID.items() for word in words.split("|")}


def said(cell: str) -> bool | None:
    """Yes or no; None for anything else."""
    return _ANSWER.get(unicodedata.normalize("NFKC", cell).strip(" .").casefold())


def moderated(cell: str) -> bool:
    """Whether what somebody writes is looked at first."""
    return _ANSWER_OF_MODERATION.get(normal(cell), said(cell)) is True


@cache
def _months() -> dict[str, int]:
    found = {}
    for language in ("en", "fr", "es", "pt", "de", "nl", "it", "ru", "id", "tr", "ro"):
        for width in ("wide", "abbreviated"):
            for number, name in Locale(language).months["format"][width].items():
                found[name.casefold().strip(".")] = number
    return found


_NUMBERED = re.compile(r"(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,4})日?(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap]m)?)?.*", re.IGNORECASE)
_NAMED = re.compile(r"(?:[^\W\d]+,?\s+)?(?:(\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+)?([^\W\d]{3,12})\.?,?|([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?)\s+(?:de\s+)?(\d{4}).*", re.IGNORECASE)


def moment(cell: str, *, day_first: bool = True) -> datetime | None:
    """A date, perhaps with the time of day; UTC where no zone is told. `day_first`: 3/4/2006 is in April."""
    try:
        given = datetime.fromisoformat(cell)
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        if re.fullmatch(r"1?\d{9}", cell):
            return datetime.fromtimestamp(int(cell), UTC)
        if found := _NUMBERED.fullmatch(cell):
            return _by_numbers(found, day_first=day_first)
        if found := _NAMED.fullmatch(cell):
            month = _months().get((found[2] or found[3]).casefold(), 0)
            return datetime(int(found[5]), month, int(found[1] or found[4]), tzinfo=UTC)
    except ValueError:
        pass
    return None


def _by_numbers(found: re.Match[str], *, day_first: bool) -> datetime:
    first, second, third = int(found[1]), int(found[2]), int(found[3])
    if first > 31:
        year, month, day = first, second, third
    else:
        day, month = (first, second) if (day_first or first > 12) and second <= 12 else (second, first)
        year = third if third > 99 else 2000 + third if third < 70 else 1900 + third
    hour = int(found[4] or 0) % 12 + 12 * (found[7].lower() == "pm") if found[7] else int(found[4] or 0)
    return datetime(year, month, day, hour, int(found[5] or 0), int(found[6] or 0), tzinfo=UTC)


def day_first(cells: Sequence[str]) -> bool:
    """Whether a column writes 3/4/2006 for the third of April: unless one of its dates cannot be meant so."""
    pairs = [(int(found[1]), int(found[2])) for cell in cells if (found := _NUMBERED.fullmatch(cell)) and int(found[1]) <= 31]
    return not any(second > 12 for _, second in pairs)


# How cells tell what they are, the surest first.
_TOLD_BY_CELLS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("address", is_address),
    ("country", lambda cell: bool(country(cell)) and len(cell) < 60),
    ("joined_at", lambda cell: not cell.isdigit() and moment(cell) is not None),
    ("delivery", lambda cell: delivery(cell) is not None and said(cell) is None),
    ("community_role", lambda cell: community_role(cell) is not None and said(cell) is None),
    ("status", lambda cell: state(cell) is not None and said(cell) is None),
    ("name", lambda cell: re.fullmatch(r"[^\W\d_][^\d@<>;]{2,60}", cell) is not None and " " in cell),
)


def above(rows: Sequence[Sequence[str]]) -> int:
    """How many rows stand above the heading: the name of the list, the day it was written."""
    named = [0 if any(map(is_address, row)) else sum(bool(heading(cell)) for cell in row) for row in rows[:10]]
    if named and max(named) > 1:
        return named.index(max(named))
    first = next((number for number, row in enumerate(rows[:10]) if any(map(is_address, row))), 0)
    # One column of addresses has one heading, and titles fill one cell as well.
    return next((number for number in range(first) if named[number]), max(first - 1, 0))


def has_heading(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: it holds no address, and something that is a heading or stands over addresses."""
    return bool(rows) and not any(is_address(cell) for cell in rows[0])


def guess(rows: Sequence[Sequence[str]]) -> list[str]:
    """A field for each column, "" for those that are left out; no field twice."""
    width = max((len(row) for row in rows), default=0)
    head = [*rows[0], *[""] * (width - len(rows[0]))] if has_heading(rows) else [""] * width
    body = rows[1:] if has_heading(rows) else rows
    columns = [[row[number] for row in body[:LOOKED_AT] if number < len(row) and row[number]] for number in range(width)]
    meant = [heading(cell) for cell in head]
    for number, field in enumerate(meant):
        if field == "role" and _mostly(columns[number], lambda cell: community_role(cell) is not None):
            meant[number] = "community_role"
        if field == "community_role" and not _mostly(columns[number], lambda cell: community_role(cell) is not None):
            meant[number] = "" if columns[number] else field
        # "Address" is where somebody lives as often as not.
        if field == "address" and columns[number] and not _mostly(columns[number], is_address, share=0.3):
            meant[number] = ""
        # "Status: Owner" and "Status: digest" are found in the wild, and owners among members who bounce.
        if field == "status" and not _mostly(columns[number], lambda cell: state(cell) is not None):
            roles = _mostly(columns[number], lambda cell: community_role(cell) is not None or state(cell) is not None, share=1)
            meant[number] = "community_role" if roles and "community_role" not in meant else ""
    # "Nom" and "Name" beside "Prénom" and "Vorname" are those of the family.
    for half, other in (("first_name", "last_name"), ("last_name", "first_name")):
        if "name" in meant and half in meant and other not in meant:
            meant[meant.index("name")] = other
    for field, told in _TOLD_BY_CELLS:
        if field not in meant and not (field == "name" and {"first_name", "last_name"} & set(meant)):
            those = [number for number in range(width) if not meant[number] and not heading(head[number]) and _mostly(columns[number], told)]
            if field == "address":
                those = [number for number in range(width) if _mostly(columns[number], told)]
            if those:
                meant[those[0]] = field
    return _once(meant, columns)


def _once(meant: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    """No field twice: of two columns the one that tells the persons apart, "Member Email" and not "Group Email"."""
    best: dict[str, int] = {}
    for number, field in enumerate(meant):
        if field and (field not in best or len(set(columns[number])) > len(set(columns[best[field]]))):
            best[field] = number
    return [field if best.get(field) == number else "" for number, field in enumerate(meant)]


def _mostly(cells: Sequence[str], told: Callable[[str], bool], *, share: float = SHARE) -> bool:
    return bool(cells) and sum(map(told, cells)) >= share * len(cells)
