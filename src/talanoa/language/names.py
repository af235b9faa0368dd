"""Names of organisations and of persons, as far as spelling shows them.

No list of all organisations exists; what is found is what calls itself one
("Ministry of …", "… Association", "… (SEWA)") and the few whom everybody in
development knows by their letters. Scripts without capitals give what their
words for office, school and bank tell.
"""

from __future__ import annotations

import re

CAPITAL = r"(?:[A-ZÀ-ÖØ-ÞĀĒĪŌŪŠŽČĆĐŁŚŹŻÑ][\w’'&.-]*\w|[A-Z]\b)"
JOINING = r"(?:of|for|and|on|in|de|la|le|les|du|des|del|do|da|dos|das|para|por|pour|et|y|e|d|l|dan|untuk|und|für|&)"
RUN = re.compile(rf"{CAPITAL}(?:[ ’'](?:{JOINING}[ ’']){{0,3}}{CAPITAL}){{0,9}}(?: \([A-Z][A-Za-z&-]{{1,11}}\))?")
KIND = re.compile(
    r"\b(?:Ministr(?:y|ies)|Department|University|Institut(?:e|o|ion)?|Bank|Agency|Fund|Foundation|Cent(?:re|er)|Council|Commission|"
    r"Program(?:me)?|Project|Initiative|Network|Association|Alliance|Trust|Society|Committee|Authority|Bureau|Organi[sz]ation|Federation|"
    r"College|Academy|Secretariat|Forum|Partnership|Mission|Corporation|Cooperative|Consortium|Movement|Coalition|Hospital|Campaign|"
    r"Minist[èe]re|Ministerio|Minist[ée]rio|Universit[éà]|Universidad[e]?|Fondation|Fundaci[óo]n|Funda[çc][ãa]o|Banque|Banco|Agence|"
    r"Agencia|Ag[êe]ncia|R[ée]seau|Red|Rede|Asociaci[óo]n|Associa[çc][ãa]o|Comit[ée]|Conseil|Consejo|Conselho|Programa|Proyecto|Projeto|"
    r"Projet|Centro|Kementerian|Universitas|Yayasan|Badan|Lembaga|Dinas|Universität|Stiftung|Verein|Ministerium)\b"
)
KNOWN = re.compile(
    r"\b(?:UNICEF|UNDP|UNFPA|UNESCO|UNHCR|UNEP|UNAIDS|UNIDO|UNCTAD|UN ?Women|UN-Habitat|UNOPS|WHO|WFP|FAO|ILO|IFAD|IOM|ITU|IMF|ADB|AIIB|"
    r"ESCAP|ASEAN|SAARC|APEC|OECD|World Bank|SPREP|USP|JICA|KOICA|GIZ|GTZ|DFID|USAID|AusAID|DFAT|NZAID|SDC|SIDA|DANIDA|NORAD|CIDA|"
    r"BRAC|SEWA|Oxfam|CARE International|Save the Children|World Vision|Red Cross|Red Crescent|Caritas|ActionAid|WaterAid|Practical Action|"
    r"Grameen Bank|ICRISAT|IRRI|CIFOR|IFPRI|ICIMOD|OMS|BAD)\b"
)
UNSPACED = re.compile(
    "[\u4e00-\u9fff]{2,12}?(?:大学|大學|研究所|研究院|协会|協會|協会|基金会|基金會|财团|財団|银行|銀行|委员会|委員會|委員会|教育部|卫生部|财政部|农业部|中心|組合|合作社|机构|機構|機関)"
    "|(?:กระทรวง|มหาวิทยาลัย|มูลนิธิ|สมาคม|ธนาคาร)[\u0e00-\u0e7f]{2,30}"
    "|(?:ក្រសួង|សាកលវិទ្យាល័យ|អង្គការ|សមាគម|ធនាគារ)[\u1780-\u17d3]{2,40}"
    "|[\u0900-\u097f]+ (?:मंत्रालय|विश्वविद्यालय|संस्थान|संगठन|बैंक|परिषद|समिति)"
    "|(?:وزارة|جامعة|معهد|منظمة|بنك|جمعية|مؤسسة) [\u0600-\u06ff]+"
    "|(?:Министерство|Университет|Институт|Фонд|Банк|Центр|Ассоциация) [а-яёА-ЯЁ]+"
)
ARTICLE = re.compile(r"(?:The|Our|In|At|From|And|But|With|As|By|For|See|A|An|This|Le|La|El|Los|Les|I|We)\s+")
PERSON = re.compile(rf"(?:(?:Mr|Ms|Mrs|Dr|Prof|Professor|Sr|Sra|Mme|M|Pak|Ibu|Bapak|Smt|Shri)\.? )?{CAPITAL}(?: {CAPITAL}){{1,3}}")


def organisations(sentence: str) -> list[str]:
    """Organisations and programmes that a sentence names, in its order, each once."""
    found: dict[str, None] = {}
    for match in RUN.finditer(sentence):
        name = ARTICLE.sub("", match[0], count=1) if ARTICLE.match(match[0]) else match[0]
        if KIND.search(name) and " " in name:
            found[name] = None
    for match in KNOWN.finditer(sentence):
        if not any(match[0] in name for name in found):
            found[match[0]] = None
    for match in UNSPACED.finditer(sentence):
        found[match[0]] = None
    return list(found)


def persons(text: str) -> list[str]:
    """Runs of two to four capitalised words that may be a person's name; for where a person is expected."""
    return [match[0] for match in PERSON.finditer(text) if not KIND.search(match[0])]
