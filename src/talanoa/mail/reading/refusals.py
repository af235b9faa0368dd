"""What notices of failed delivery look like, by the programs that write them.

Tables only: who sends them, what their subjects and first words are, and the
line above which they speak and below which the returned mail begins.
"""

# ruff: noqa: E501 - a table of words reads best with a line for each row
from __future__ import annotations

import re

from talanoa.mail.reading.headers import Fields
from talanoa.mail.reading.words import AnyCase

SENDERS = AnyCase(
    r"mailer-?daemon|post.?master|mail delivery|mail-delivery|\bmailer\b|bounce|undeliver|mdaemon|mail administrator|"
    r"delivery (?:system|subsystem|status)|delivery@|mail-?admin|mailsystem|mail system|mail\.?router|fml|notification\+|"
    r"smtp-?admin|internet mail|system ?admin|non-?delivery|exchange",
)
SUBJECTS = AnyCase(
    r"undeliver|not ?deliver|non ?-?deliver|un-?deliverable|returned (?:mail|to sender|message)|return(?:ed)?:? ?mail|mail (?:was )?returned|failure notice|fail(?:ed|ure)?\b.{0,30}deliver"
    r"|deliver(?:y|ed)?\b.{0,60}(?:fail|status|problem|error|notif|report|delay|suspend|unsuccessful)|mail (?:error|failure|system error|undeliverable|delivery)|error (?:sending|in|delivering)|could ?n[o']t (?:send|be (?:sent|delivered))"
    r"|warning: (?:could not send|message|mail)|message (?:status|delayed|delivery|not|you sent|notification)|bounce|user unknown|nondeliverable|delivery has failed|mail not delivered|message not delivered"
    r"|postmaster notify|(?:permanent|temporary) (?:delivery )?(?:failure|error)|rejected|unzustellbar|zustellung|non remis|non-?distribut|échec|impossible de|no se (?:pudo|puede)|no entregad|fallo|falha|não entregue|mancata consegna|niet (?:afgeleverd|bezorg)"
    r"|onbestelbaar|недоставлен|не доставлено|недоставка|возврат|退信|系统退信|无法|配信(?:不能|できません)|エラー|returned|配達|반송|전송 실패|không gửi được|gagal|ไม่สามารถ|تعذر|फ़ेल|エラーメール|不達|mail failure|nicht zugestellt|couldn't be delivered|unable to deliver",
)
OPENINGS = AnyCase(
    r"(?:could|can|was|were|has|have) ?(?:no[t']?t?|n't) (?:be |been )?(?:deliver|sent|send|reach)|unable to (?:deliver|send|be delivered)|wasn'?t able to (?:deliver|be)|weren't able to deliver|couldn'?t (?:be deliver|deliver)|undeliver(?:ed|able)|delivery (?:to (?:the )?following|failed|failure|has failed|error|of the (?:message|mail))|(?:not|been) able to deliver"
    r"|failed (?:permanently|addresses|recipients?)|following (?:address|recipient|user)\S* (?:\S+ ){0,3}(?:failed|had|could|were|was|cannot|did)|permanent (?:fatal )?error|returned (?:to (?:you|sender)|mail|message)|did not reach|user(?:name)? unknown|error (?:delivering|occurred)|rejected (?:your|by|the|for)|delivery status notification|did not like our|has been returned|encountered an error|no such user|invalid (?:user|recipient|address)|requested action not taken|error message below|sorry to have to inform|transcript of session|message you sent|not reachable|ci-joint|配信できません|送信できません|お届けできません|エラー|宛先|无法(?:投递|送达)|退回"
    r"|n'a pas pu (?:être|etre)|no se (?:ha podido|pudo|puede) entregar|nicht zugestellt|konnte nicht|impossibile|no pudo|não (?:pôde|foi possível)|не (?:может|удалось|могло|было|доставлен)",
)
# The line below which the returned mail begins.
DIVIDERS = re.compile(
    r"^[\s>]{0,8}(?:[-=*_#+]{2,}[ \t]*(?:below this line|original message|this is a copy|the (?:original message|header|body|message)|message header|headers? of|unsent message|returned (?:message|mail|header)|message (?:text|header|body|follow|contents)|start of (?:returned|forwarded|original)|undelivered message|begin(?:ning)? of|included is|copy of|forwarded (?:message|header)|here is|sent message|your (?:message|original)|enclosed|mail (?:text|header|data)|transcript of (?:message|mail)|a copy|rejected message|first|content of|end of|original|headers|text of your|unzustellbare|nachricht|ursprüng|le message|message d'origine|mensaje original|messaggio originale)"
    r"|(?:the )?(?:first \d+ (?:lines|bytes|kilobytes)|message headers?) follow|(?:a |the )?copy of (?:the|your) (?:original )?(?:message|mail|headers?)|your (?:original )?(?:message|mail) (?:follows|begins|is (?:included|attached|enclosed)|reads)|(?:the )?original (?:message|mail)(?: (?:text|headers?))? (?:follows|below|:|is)|original message(?: follows| header)?[.:]?\s*$|-+ ?original|included (?:below )?is (?:a|the)|here'?s? (?:is )?(?:a|the|your) (?:copy|message|original|undelivered)|(?:the )?header(?:s)? of the (?:original )?(?:message|mail)|message (?:header|text|body)s?:|below (?:is|are) (?:the|a) |undelivered message (?:follows|header)|--- ?(?:below|header|body)|received: ?(?:from|by|\(qmail)|return-path: |message-id: |content-type: message/rfc822|<html><body>original"
    r"|原邮件|以下是|-{3,}\s?(?:元の|原始)|original message (?:details|headers):|original mail (?:as follows|follow)|mail (?:header|content) :|subject of your)",
    re.IGNORECASE | re.MULTILINE,
)
REPORT_HEADERS = ("x-failed-recipients", "x-failed-to", "x-mail-delivery-failure")


# A person's answer to a notice, or a notice that a person forwards.
PASSED_ON = re.compile(r"\s*\[?(?:re|aw|sv|antw|fwd?|wg|tr|rv|i|enc|转发|轉寄|回复|答复)\s?[:：\]]", re.IGNORECASE)


def is_notice(fields: Fields, subject: str, text: str) -> bool:
    """Whether a mail speaks of failed delivery in a machine's way.

    A machine's sender with a subject or first words that fit, or both of
    these without such a sender. A member who forwards a bounce to ask about it
    writes no bounce.
    """
    if any(fields.first(name) for name in REPORT_HEADERS):
        return True
    sender = (fields.first("from") or "")[:300]
    path = (fields.first("return-path") or "x").strip()
    machine = bool(SENDERS.search(sender)) or path in ("<>", "", "MAILER-DAEMON") or not sender
    titled = bool(SUBJECTS.search(subject[:200]))
    if machine:
        return titled or bool(OPENINGS.search(text[:3000]))
    if not titled or PASSED_ON.match(subject) or "\n> " in text[:3000]:
        return False
    return bool(OPENINGS.search(text[:3000]))
