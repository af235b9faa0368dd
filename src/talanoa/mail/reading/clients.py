"""Marks that mail clients leave in HTML: where a quotation begins.

A table, with the client in whose mail each mark was seen. `within` elements
hold the quotation; `attribution` elements hold only the line "On ... wrote:"
and a quotation follows them; after an `after` element all is quotation.
"""

from __future__ import annotations

import re

WITHIN_CLASSES = frozenset(
    {
        "quoted",  # ourselves
        "yahoo_quoted",
        "protonmail_quote",
        "tutanota_quote",
        "zmail_extra",  # Zoho
        "gmail_extra",  # Gmail until 2014, around attribution and quotation
        "mailquote",
        "freemail_quote",  # web.de, GMX
        "zimbra_quote",
        "hmmessage_quote",
        "airmail_quote",
        "ymail_android_quote",
        "j_reply",  # NetEase
        "ntes-mailmaster-quote",
    }
)
WITHIN_IDS = frozenset(
    {
        "olk_src_body_section",  # Outlook for Mac
        "mail-editor-reference-message-container",  # new Outlook
        "yahoo_quoted",
    }
)
# The names of elements that hold the quotation.
WITHIN_NAMES = frozenset({"quote", "messagereplysection"})  # GMX and web.de; Spark
CITE_CLASSES = frozenset({"gmail_quote", "moz-cite", "spark_quote", "cite", "ecxgmail_quote"})
ATTRIBUTION_CLASSES = frozenset({"gmail_attr", "moz-cite-prefix", "gmail_default_attr"})
AFTER_IDS = frozenset(
    {
        "divrplyfwdmsg",  # Outlook on the web
        "x_divrplyfwdmsg",
        "appendonsend",
        "x_appendonsend",
        "stopspelling",  # Hotmail
        "ms-outlook-mobile-body-separator-line",
        "replysplit",  # Outlook.com mobile
        "zwchr",  # Zimbra
    }
)
# The rule that desktop Outlook draws above "From: ... Sent: ...".
OUTLOOK_RULE = re.compile(
    r"border(?:-width)?:\s*none;\s*border-top:\s*solid\s+#(?:e1e1e1|b5c4df)\s+1\.0pt",
    re.IGNORECASE,
)
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden", re.IGNORECASE)


def holds_quotation(name: str, given: dict[str, str]) -> bool:
    """Whether this element holds what somebody else wrote."""
    classes = given.get("class", "").lower().split()
    if name == "blockquote":
        cited = given.get("type", "").lower() == "cite" or given.get("id", "").lower() == "isreplycontent"
        return cited or not CITE_CLASSES.isdisjoint(classes)
    if name == "details":
        return "quoted" in classes
    if name not in ("div", "section", "span", "table"):
        return False
    return (
        not WITHIN_CLASSES.isdisjoint(classes)
        # Yahoo puts a number of the mail before each class.
        or any(word.endswith("yahoo_quoted") for word in classes)
        or given.get("id", "").lower() in WITHIN_IDS
        or given.get("name", "").lower() in WITHIN_NAMES
    )


def attributes_quotation(name: str, given: dict[str, str]) -> bool:
    """Whether this element is a line such as "On Monday, A wrote:"."""
    return name == "div" and not ATTRIBUTION_CLASSES.isdisjoint(given.get("class", "").split())


def quotes_what_follows(name: str, given: dict[str, str]) -> bool:
    """Whether all that follows this element is a quotation."""
    if name not in ("div", "hr"):
        return False
    if given.get("id", "").lower() in AFTER_IDS:
        return True
    return name == "div" and bool(OUTLOOK_RULE.search(given.get("style", "")[:300]))
