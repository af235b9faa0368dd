"""Why a mail came back: the words of servers and what they mean.

A table of phrases, tried in order against the words of the refusing server,
then the enhanced status codes of RFC 3463. Only four reasons mean that writing
again is pointless: the person, the domain or the mail service is not there.
Everything else (full, blocked, greylisted, disliked) may pass, and counts as
temporary: a list that takes "550 spam" for death unsubscribes living members.
"""

# ruff: noqa: E501, ISC004 - a table of words reads best with a line for each row
from __future__ import annotations

import re
from functools import cache

PERMANENT = frozenset({"user-unknown", "host-unknown", "moved", "no-mail-here"})

# Reason -> what servers say, in several languages; the first that fits counts.
PHRASES: tuple[tuple[str, str], ...] = (
    (
        "mailbox-full",
        r"mail ?box (?:\S+ )?(?:is |was )?(?:currently )?(?:over)?full|over ?quota|quota (?:is |has been |was )?(?:exceed|full|violat)|exceed\w* (?:\S+ ){0,4}quota"
        r"|insufficient (?:disk )?(?:space|storage|quota)|(?:disk|storage|mailbox|account|user|recipient|inbox)\S* (?:\S+ ){0,3}(?:quota|is full|over quota|limit)"
        r"|out of (?:storage|email storage)|too much mail data|not enough (?:storage|space)|full mailbox|mailbox size|maildir\S* (?:\S+ ){0,3}quota"
        r"|mail file size exceeds|boîte (?:\S+ ){0,4}pleine|buzón (?:\S+ )?lleno|casilla llena|postfach (?:\S+ ){0,3}voll|casella (?:\S+ )?piena|ящик (?:\S+ )?переполнен"
        r"|user has exhausted|has exceeded (?:the|his|its|their)|delivery would exceed|quota de disco|容量|mailfolder is full|maximum size allowed for (?:this )?mailbox|\bdisk full\b",
    ),
    (
        "too-big",
        r"message (?:\S+ ){0,4}(?:too (?:big|large|long)|size exceed|exceeds? (?:\S+ ){0,6}(?:size|limit))|size limit|too large|exceeds maximum (?:message )?size|mail(?:ing)? size|message length exceeds",
    ),
    (
        "moved",
        r"has moved|no longer (?:at|with|works?|employed)|address (?:has )?(?:been )?(?:changed|replaced)|new (?:e-?mail )?address",
    ),
    (
        "suspended",
        r"(?:account|mailbox|user|recipient|domain|address|email)\S* (?:\S+ ){0,4}(?:disabled|suspended|inactive|deactivated|locked|frozen|blocked temporarily|is not active|expired)"
        r"|(?:disabled|suspended|inactive|deactivated|dormant|closed|discontinued|invalid/inactive|inactivate) (?:\S+ ){0,2}(?:account|mailbox|user|recipient|address)|not (?:currently )?activ|temporarily (?:in)?activ|mailbox unavailable or access denied|boite du destinataire archivee",
    ),
    (
        "authentication",
        r"(?:dmarc|spf|dkim)\b.{0,60}(?:fail|reject|policy|not pass|check|unauth|deni|record)|(?:fail|reject|not pass|unauthenticated)\S* .{0,60}\b(?:dmarc|spf|dkim)\b|unauthenticated e?mail|unauthorized sender|sender policy framework|5\.7\.(?:2[0-46-9]|3[0-1])\b|not authorized to send|authentication checks",
    ),
    (
        "no-relaying",
        r"relay(?:ing)? (?:\S+ ){0,2}(?:denied|not (?:allowed|permitted|authori[sz]ed)|access|prohibited)|relaying|unable to relay|not (?:a )?(?:gateway|permitted to relay)|insecure mail relay|relay not permitted|we do(?:n't| not) relay|that domain isn't in my list|not configured to relay|can't relay|access denied: .{0,20}relay",
    ),
    (
        "reverse-dns",
        r"reverse dns|\bptr\b|rdns|cannot (?:find|resolve) your (?:hostname|reverse|ip)|client host rejected: cannot find|unresolvable (?:relay )?host|no reverse|does not resolve to|reverse (?:mapping|lookup|ip)|5\.7\.25\b|helo.{0,60}does not match|forward confirmed",
    ),
    (
        "spam",
        r"\bspam(?!haus|cop|rats)|\buce\b|\bube\b|unsolicited|junk mail|bulk ?mail|considered (?:as )?(?:spam|junk)|content filter|contains (?:spam|a banned)|\bspamassassin|high probability|likely (?:unsolicited|suspicious)|message content rejected|rejected due to content|message (?:was )?(?:rejected|refused) (?:because|due to|as).{0,30}(?:content|classif)",
    ),
    ("virus", r"\bvirus|malware|infected|phishing|dangerous attachment|executable|blocked attachment"),
    (
        "reputation",
        r"reputation|poor ip|\bsenderbase|low reputation|talos|volume of (?:mail|email) from",
    ),
    (
        "rate",
        r"too many (?:connections?|recipients|messages|mails|sessions|concurrent|errors|hops? per)|rate ?limit|rate that|throttl|exceed\w* (?:\S+ ){0,5}(?:rate|connections?|number of|messages per|daily)|connection (?:rate|limit|frequency)|frequency limit|concurrent|unusual rate|sending limit|maximum number of|speed|try again later: too|limit exceeded|hourly",
    ),
    (
        "sender-rejected",
        r"domain of sender|sender (?:\S+ ){0,3}does not exist|unrout(?:e)?able sender|sender address (?:\S+ ){0,3}(?:rejected|domain|invalid|verif)|sender verify",
    ),
    ("filtered", r"due to (?:the )?recipient (?:preference|setting)"),
    (
        "user-unknown",
        r"recipient address rejected: access denied|550 (?:5\.\d\.\d )?requested action not taken: mailbox unavailable"
        r"|(?:user|recipient|mailbox|mail box|account|address|addressee|person|alias|login|inbox|id)\S* (?:\S+ ){0,6}(?:unknown|not (?:be )?(?:found|exist|known|listed|valid|available|a valid|here|recogni[sz]ed|registered|on file|in (?:the )?directory|handled|local|match)|doesn'?t? (?:exist|have)|does ?n[o']t (?:exist|have|match)|invalid|undeliverable|no longer (?:exist|valid|available|in use|on|active)|non-?exist|isn'?t|couldn'?t be found|could not be found|was not found|is not|unrecogni[sz]ed|lookup failed)"
        r"|(?:unknown|no such|invalid|bad|non-?exist[ae]nt|undeliverable|unrouteable|unroutable|unrecogni[sz]ed|illegal|no valid|inactive) (?:\S+ ){0,3}(?:user|recipient|mailbox|account|address|alias|person|name|local|login|addressee|here|destination mailbox|smtp|id\b)"
        r"|no mailbox|user unknown|does not exist|doesn'?t exist|not exist|unknown user|nobody by that name|not our customer|no one by that|(?:here|there) by that name|not found in (?:the )?(?:directory|domino)|not listed in (?:domino|public)|destinatario (?:\S+ ){0,3}(?:desconocido|no existe|inexistente)|usuario (?:\S+ ){0,3}(?:desconocido|no existe)|utilisateur (?:\S+ ){0,2}inconnu|destinataire (?:\S+ ){0,3}(?:inconnu|n'existe)"
        r"|adresse (?:\S+ ){0,4}(?:inconnue|invalide|n'existe)|empfänger (?:\S+ ){0,3}(?:unbekannt|nicht)|unbekannter (?:empfänger|benutzer)|пользовател\S+ (?:\S+ ){0,3}не (?:найден|существует)|адрес (?:\S+ ){0,3}не существует|sorry, no mailbox|5\.1\.1\b|5\.1\.10 .{0,40}recipientnotfound|recipnotfound|resolver\.adr\.recip|mx(?:ldap|_ldap)?.{0,20}unknown|vdeliver: invalid|delivery (?:to|attempts) (?:\S+ ){0,4}(?:user|mailbox) .{0,30}(?:unknown|fail)|宛先|找不到(?:收件人|用户)|用户不存在|收件人.{0,8}不存在|account (?:that )?you tried to reach does not|undisclosed recipient|this address no longer|is no longer (?:a )?(?:valid|customer|available)|not a (?:known|valid|local) (?:user|recipient|mailbox|address|person)|can't create (?:user )?output|no account|unknown local|unknown or illegal alias|said: 550 5\.1\.1|rcpt (?:to )?(?:\S+ ){0,4}(?:unknown|invalid)|list unknown",
    ),
    (
        "host-unknown",
        r"(?:host|domain|site|server|mx)\S* (?:\S+ ){0,6}(?:unknown|not (?:be )?(?:found|exist|valid|known|resolv)|does ?n[o']t exist|couldn'?t be found|not found|no(?:n-?exist)|lookup (?:failed|failure)|isn'?t|invalid|unreachable for too long)|unknown (?:\S+ ){0,2}(?:host|domain|server|site)|no such (?:host|domain)|unrout(?:e)?able (?:mail )?(?:domain|address)|name (?:service|server|or service) (?:\S+ )?(?:error|not known|unknown)|nxdomain|(?:could|can) ?n[o']t find (?:\S+ ){0,3}(?:host|domain|mx)|couldn't find any host|all relevant mx records point to non-existent|dns (?:\S+ ){0,4}(?:fail|error|not found)|illegal host|no (?:dns )?(?:mx|a) (?:or a )?record|5\.1\.2\b|bad destination (?:system|host)|host or domain name not found|(?:invalid|bad) (?:host|domain)|no route to domain|domain (?:must|must be) resolv",
    ),
    (
        "no-mail-here",
        r"null ?mx|does not accept (?:any )?(?:e?-?mail|incoming mail)|do(?:es)?n'?o?t accept (?:any )?mail|not accepting (?:any )?(?:e?-?mail|messages)|not an? (?:mail|smtp) (?:exchanger|server)|no smtp service|smtp (?:protocol )?(?:service )?(?:is )?(?:not available|diasble|disabled)|name server: \.: host not found|no mail(?:er)? (?:service|here)|5\.1\.10\b|556 ",
    ),
    (
        "blocked",
        r"block(?:ed|ing|ed by|list)|black ?list|\brbl\b|\bdnsbl\b|spamhaus|spamcop|spamrats|barracuda|sorbs|access denied|banned|blackhole|listed (?:at|in|on|by)|dynamic ip|client host (?:\S+ )?(?:rejected|blocked)|(?:your|ip|host) (?:\S+ ){0,5}(?:not allowed|rejected|refused|denied|prohibited)|connections? (?:not accepted|refused by|from|rejected)|you are not allowed|refused to talk|no access|mail from (?:\S+ ){0,3}(?:refused|rejected)|esmtp service not|do not want|not wanted|bad helo|helo command rejected|dialup|prohibited by",
    ),
    (
        "sender-rejected",
        r"sender (?:\S+ ){0,6}(?:rejected|refused|denied|not (?:allowed|accepted|exist|verified|valid|found)|invalid|unknown|blocked|blacklisted|domain|verify|check|is on)|mail ?from (?:\S+ ){0,3}(?:denied|reject)|<> (?:rejected|invalid|not)|null sender|backscatter|invalid sender|unverified sender|domain of sender|5\.[17]\.[78]\b|address (?:\S+ )?not (?:accepted|allowed) (?:\S+ ){0,3}sender|from address|your (?:e-?mail )?address",
    ),
    (
        "filtered",
        r"filter(?:ed|ing)|because the recipient (?:is )?(?:only|not accepting)|only accept(?:s|ing)? mail from|due to (?:the )?recipient|refused by recipient|not accept(?:ing)? (?:messages|mail) from|user reject|recipient (?:\S+ )?(?:refused|rejected)|restricted|permission to send|not authori[sz]ed to (?:post|send)|closed list|5\.7\.13[0-9]|rejected by (?:the )?(?:recipient|user)",
    ),
    (
        "expired",
        r"(?:delivery|message|mail|retry|queue)\S* (?:\S+ ){0,5}(?:time(?:d)? ?out|timeout|expired|delayed|too (?:old|long))|retry time ?out|timed? ?out|expired|not (?:yet )?been delivered|could not be delivered for|been (?:in|on) the queue (?:too )?long|4\.4\.[17]\b|5\.4\.7\b|still being retried|delayed|connection (?:was )?(?:refused|reset|closed|dropped)|wasn't able to establish|no route to host|can(?:no|')t connect|unable to connect|unavailable|unreachable|connect to|lost connection|deferred|greylist|graylist|try again|temporar(?:y|ily)",
    ),
    ("loop", r"too many hops|hop count|mail loop|loops? back|routing loop|forwarding loop|5\.4\.6\b|5\.4\.14"),
    (
        "content",
        r"(?:message|mail|header|content|mime)\S* (?:\S+ ){0,4}(?:malformed|not rfc|invalid format|syntax|illegal|bare lf|8-?bit|encoding|conversion)|5\.6\.\d|rfc ?(?:5322|2822|822|5321)",
    ),
    ("policy", r"polic(?:y|ies)|not permitted|prohibit|denied|reject|refus|violat|security|5\.7\.\d"),
    (
        "system",
        r"system (?:\S+ ){0,2}(?:error|failure|problem|full|config)|local (?:error|configuration|problem)|internal|server error|mailer (?:error|failed)|command (?:died|failed|output)|exit (?:status|code)|pipe to|no space left|i/o error|can't (?:open|create)|protocol error|configuration",
    ),
)


@cache
def table() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The phrases, made into patterns when the first bounce comes."""
    return tuple((reason, re.compile(words, re.IGNORECASE)) for reason, words in PHRASES)


REASONS = tuple(dict.fromkeys([reason for reason, _ in PHRASES] + ["unknown"]))

# RFC 3463 and the registry of RFC 5248, where the words say nothing.
STATUSES = {
    "1.0": "user-unknown",
    "1.1": "user-unknown",
    "1.2": "host-unknown",
    "1.3": "user-unknown",
    "1.4": "filtered",
    "1.6": "moved",
    "1.7": "sender-rejected",
    "1.8": "sender-rejected",
    "1.10": "no-mail-here",
    "2.0": "filtered",
    "2.1": "suspended",
    "2.2": "mailbox-full",
    "2.3": "too-big",
    "2.4": "filtered",
    "3.0": "system",
    "3.1": "system",
    "3.2": "system",
    "3.4": "too-big",
    "4.0": "expired",
    "4.1": "expired",
    "4.2": "expired",
    "4.3": "system",
    "4.4": "host-unknown",
    "4.6": "loop",
    "4.7": "expired",
    "5.0": "system",
    "6.0": "content",
    "7.0": "policy",
    "7.1": "policy",
    "7.26": "authentication",
    "7.25": "reverse-dns",
}


def reason(diagnosis: str, status: str) -> str:
    """The reason that a server's words and status code tell."""
    said = " ".join(diagnosis[:1600].split())
    for word, pattern in table():
        if pattern.search(said):
            return _corrected(word, said, status)
    return STATUSES.get(status.partition(".")[2], "unknown")


def _corrected(word: str, said: str, status: str) -> str:
    """Where the status code knows better than the words."""
    if word == "suspended" and status == "5.1.1":
        return "user-unknown"
    if word == "host-unknown" and (status.startswith("4.") or (PASSING.search(said) and not DEFINITE.search(said))):
        # A name server that does not answer today may answer tomorrow.
        return "expired"
    return word


PASSING = re.compile(r"deferred|temporar|try again|lookup fail|timed? ?out", re.IGNORECASE)
DEFINITE = re.compile(r"not found|no such|does not exist|nxdomain|unknown host|host unknown|non-?existent", re.IGNORECASE)
AT_RCPT = re.compile(
    r"(?:after|in reply to|in response to) (?:sending )?rcpt|>>> ?RCPT TO:\S{3,200} <<< ?5|our RCPT TO|RCPT TO:?\S{3,200} (?:got|returned|5\d\d)|<<< [45]\d\d .{0,80}5\.1\.1",
    re.IGNORECASE,
)
AFTER_DATA = re.compile(
    r"(?:after|in reply to|in response to) (?:sending )?(?:the )?(?:end of |final )?(?:data|message body|\.|dot|text command)\b|end of data|>>> DATA\b",
    re.IGNORECASE,
)
AFTER_MAIL = re.compile(r"(?:after|in reply to|in response to) (?:sending )?mail ?from|>>> MAIL FROM:\S{0,200} <<< ?[45]", re.IGNORECASE)


def by_stage(word: str, status: str, words: str) -> str:
    """The reason, corrected by the moment at which the refusal came.

    A server that took RCPT knows the person: "user unknown" after DATA is the
    answer of a filter. What a server says to MAIL FROM is said of the sender.
    With X.2.1 the mailbox exists and takes nothing, unless RCPT was refused.
    """
    if word not in PERMANENT:
        return word
    said = " ".join(words[:10_000].split())
    if AT_RCPT.search(said) or "have a yahoo" in said:
        # Yahoo looks its users up after DATA.
        return word
    if AFTER_MAIL.search(said):
        return "sender-rejected"
    if AFTER_DATA.search(said) or (word == "user-unknown" and status.endswith(".2.1")):
        return "filtered"
    return word
