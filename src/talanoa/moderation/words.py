"""What a facilitator answers to a notice; pure.

Only the first word acts, and only if it is one of these: elsewhere a bare reply approves in one
system and discards in another, and so here it does nothing at all.
"""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """`verb` is a key of `VERBS`; `words` the rest: a reason, a community, the new text, or words of an invitation.

    `invites`: the author is invited too, as in "approve and invite".
    """

    verb: str
    words: str
    invites: bool = False


# en fr es pt de nl it ru zh ja ko th vi id hi ar
VERBS = {
    "approve": "approve approved accept approuver approuvé aprobar aprobado aprovar aprovado genehmigen genehmigt freigeben "
    "goedkeuren approvare approva одобрить 批准 同意 承認 승인 อนุมัติ duyệt setujui स्वीकृत موافقة",
    "reject": "reject rejected decline refuser refusé rechazar rechazado rejeitar recusar ablehnen abgelehnt afwijzen weigeren "
    "rifiutare rifiuta отклонить 拒绝 拒絕 却下 거절 ปฏิเสธ từchối tolak अस्वीकार رفض",
    "discard": "discard drop supprimer ignorer descartar eliminar verwerfen löschen weggooien verwijderen scartare elimina "
    "удалить 丢弃 丟棄 破棄 폐기 ทิ้ง xóa buang हटाएँ حذف",
    "redirect": "redirect forward rediriger redirigir redirecionar umleiten weiterleiten doorsturen reindirizza перенаправить "
    "转发 轉發 転送 전달 ส่งต่อ chuyển alihkan भेजें إعادة",
    "claim": "claim mine réserver reservar reclamar übernehmen reserveren prendo беру 认领 認領 担当 담당 รับ nhận klaim मेरा لي",
    "invite": "invite inviter invitar convidar einladen uitnodigen invitare invita пригласить "
    "邀请 邀請 招待 초대 เชิญ mời undang आमंत्रित دعوة",
    "query": "query requête consulta anfrage vraag quesito запрос 咨询 諮詢 質問 질의 คำถาม permintaan प्रश्न استفسار",
    "edit": "edit modifier editar bearbeiten bewerken modifica править 编辑 編輯 編集 편집 แก้ไข sửa sunting संपादित تحرير",
}
_VERBS = {word: verb for verb, words in VERBS.items() for word in words.split()}
_NUMBER = re.compile(r"\D{0,24}(\d{1,3})\D{0,24}")


def number_in(text: str, most: int) -> int | None:
    """The one number from 1 to `most` that the first line of an answer holds, in any script's digits, or None."""
    found = _NUMBER.fullmatch(text.strip().split("\n")[0])
    return int(found[1]) if found and 1 <= int(found[1]) <= most else None


# "approve and invite", in the same languages.
_AND = re.compile(r"(?:and|et|y|e|und|en|и|和|と|và|dan|और|&|\+)\s+", re.IGNORECASE)


# "redirect to query", in some of them.
_TO = re.compile(r"(?:to|as|à|a|als|en|come|как|成|为|sebagai)\s+", re.IGNORECASE)


def decision(text: str) -> Decision | None:
    """The decision that the first line of an answer begins with, or None."""
    lines = text.strip().split("\n")
    first = unicodedata.normalize("NFKC", lines[0]).strip().lstrip("*_ ")
    found = re.match(r"(?P<word>[^\s:,.;!?—–*_-]+)[\s:,.;!?—–*_-]*", first)
    verb = _VERBS.get(found["word"].casefold()) if found else None
    if found is None or verb is None:
        return None
    rest = first[found.end() :].strip()
    below = "\n".join(lines[1:]).strip("\n")
    if verb == "edit":
        # The text below the line replaces the body; words in the line itself belong to it too.
        return Decision(verb, "\n".join(filter(None, [rest, below])).strip())
    if verb == "approve" and _VERBS.get(_AND.sub("", rest).strip(" .,;!*_").casefold()) == "invite":
        return Decision(verb, below.strip(), invites=True)
    if verb == "invite":
        return Decision(verb, "\n".join(filter(None, [rest, below])).strip())
    if verb == "redirect" and _VERBS.get(_TO.sub("", rest).strip(" .,;!*_").casefold()) == "query":
        return Decision("query", "")
    if verb == "redirect":
        return Decision(verb, rest.split()[-1].strip("<>.,;:!\"'").lower() if rest else "")
    return Decision(verb, "\n".join(filter(None, [rest, below])).strip() if verb == "reject" else "")
