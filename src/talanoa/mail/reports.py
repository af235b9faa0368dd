"""Delivery reports: which address failed, why, and whether for good.

First the reports that are made for machines (RFC 3464), then Exim's header,
then the wild forms: a notice in prose above the returned mail. The notice is
cut where the returned mail begins, so that an address in the member's own
letter is never taken for the one that failed. What is found proves nothing by
itself; bounces are attributed by the token in their envelope (promise L5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from talanoa.mail import htmltext, mime, reasons
from talanoa.mail.addresses import addr_spec
from talanoa.mail.headers import Fields, decode_words, message_ids
from talanoa.mail.letter import Bounce, FailedRecipient
from talanoa.mail.mime import Part
from talanoa.mail.notices import is_notice

REASONS = reasons.REASONS
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,2})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.:\[/=-])([45]\d\d)(?=[ -])(?! ?(?:bytes|kb|mb|seconds))")
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff-]{1,64}@(?:[\w-]{1,63}\.){0,8}[\w-]{1,63}")
STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
NOTICE_LIMIT = 64 * 1024
"""
"""
