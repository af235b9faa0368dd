"""The mails of an mbox file (RFC 4155), as bytes.

Archives leave "From " at the beginning of a line of text unescaped. A mail
therefore begins only at a "From " line after an empty line (or at the start)
that a header field follows; a file without such a line is one mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

BEGIN = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n(?=[!-9;-~]{1,76}:)")
ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)


def mails(content: bytes) -> Iterator[bytes]:
    """Each mail without its envelope line and without the ">" that escaped its lines."""
    begins = [(match.start(), match.end()) for match in BEGIN.finditer(content)]
    if not begins:
        if content.strip():
            yield content
        return
    for number, (_, begin) in enumerate(begins):
        end = begins[number + 1][0] if number + 1 < len(begins) else len(content)
        yield ESCAPED.sub(rb"\1", content[begin:end])
