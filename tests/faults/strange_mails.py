"""Mails that nobody should have to read, each by name (reliability 3.2, items 1 to 5).

    for name, content in strange_mails(): ...

Each is a whole mail with CR LF. What a mail says of itself is often a lie; that is the point.
"""

from __future__ import annotations

import base64
import encodings.aliases
import io
import zipfile
from collections.abc import Iterator
from email.charset import CHARSETS
from zlib import crc32

CRLF = "\r\n"
PLAIN = "Content-Type: text/plain; charset=utf-8\r\n"
BODY = "Who counts the births in the villages?\r\n"


def _mail(name: str, *further: str, body: str | bytes = BODY, drop: tuple[str, ...] = ()) -> bytes:
    """A mail with the usual head; `further` are complete header lines, `drop` are usual ones left out."""
    usual = {
        "From": "Ben Okafor <ben@people.example>",
        "To": "mdg@lists.example.org",
        "Subject": f"Strange: {name.encode('ascii', 'backslashreplace').decode()}",
        "Date": "Mon, 02 Mar 2026 09:29:00 +0000",
        "Message-ID": f"<{crc32(name.encode('utf-8', 'replace'))}@strange.example>",
        "MIME-Version": "1.0",
    }
    replaced = {line.partition(":")[0].strip().lower() for line in further} | {one.lower() for one in drop}
    head = "".join(f"{field}: {value}{CRLF}" for field, value in usual.items() if field.lower() not in replaced)
    head += "".join(line if line.endswith(CRLF) else line + CRLF for line in further)
    raw = head.encode("utf-8", "surrogateescape") + b"\r\n"
    return raw + (body if isinstance(body, bytes) else body.encode("utf-8", "surrogateescape"))


def strange_mails() -> Iterator[tuple[str, bytes]]:
    for family in (_headers, _addresses, _structure, _charsets, _transfer, _html, _attachments):
        for name, content in family():
            yield f"{family.__name__[1:]}: {name}", content


def unrepeatable() -> bytes:
    """A mail whose Message-ID cannot be written into the copies."""
    return _mail("unrepeatable", "Message-ID: <\udcff\udcfe@strange.example>")


def _headers() -> Iterator[tuple[str, bytes]]:
    word = "=?utf-8?q?" + "x" * 60 + "?="
    yield "subject of 640 kB", _mail("subject", "Subject: " + "\r\n ".join([word] * 9000))
    yield "header of 64 KiB and one", _mail("long header", "X-Long: " + "x" * 65_529)
    yield "a hundred thousand headers", _mail("many headers", *["X-Number: 1"] * 100_000)
    yield "header without a colon", _mail("no colon", "This is no header at all")
    yield "leading blank", b" \r\n" + _mail("leading blank")
    yield "begins with a continuation", b" folded: before anything\r\n" + _mail("continuation")
    yield "space before the colon", _mail("space", "From : Ben <ben@people.example>", drop=("From",))
    yield "mbox line", b"From ben@people.example Mon Mar  2 09:29:00 2026\r\n" + _mail("mbox")
    for field, other in {
        "From": "Eve <eve@elsewhere.example>",
        "To": "other@lists.example.org",
        "Message-ID": "<another@people.example>",
        "Content-Type": "text/html",
        "Subject": "Another subject",
        "Date": "Tue, 03 Mar 2026 09:29:00 +0000",
    }.items():
        yield f"two {field}", f"{field}: {other}{CRLF}".encode() + _mail(f"two {field}", PLAIN)
    for what, hidden in {"CR LF": "=0D=0A", "LF": "=0A", "CR": "=0D", "NUL": "=00", "TAB": "=09", "bell": "=07"}.items():
        for field in ("Subject", "From", "Reply-To"):
            value = f"=?utf-8?Q?Hello{hidden}Bcc:_victim@elsewhere.example?="
            yield f"encoded {what} in {field}", _mail(f"{what} {field}", f"{field}: {value}" + (" <ben@people.example>" if field != "Subject" else ""))
    for number, date in enumerate(("", "garbage", "Mon, 01 Jan 1900 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 +9999", "Thu, 99 Foo 2026", "1 Jan 70 00:00 -2400")):
        yield f"date {number}", _mail(f"date {number}", f"Date: {date}")
    for number, value in enumerate(("", "<" + "x" * 300 + "@people.example>", "<unbalanced@people.example", "<with space@people.example>", "<>", "none", "<a@b> <c@d>")):
        yield f"message id {number}", _mail(f"id {number}", f"Message-ID: {value}")
    yield "no message id", _mail("no id", drop=("Message-ID",))
    yield "references of 10,000", _mail("references", "References: " + "\r\n ".join(f"<{n}@people.example>" for n in range(10_000)))
    yield "answers itself", _mail("self", "Message-ID: <self@people.example>", "In-Reply-To: <self@people.example>", "References: <self@people.example>")
    forged = ("Authentication-Results: mx.lists.example.org; dmarc=pass header.from=people.example", "List-Id: <mdg.other.example>", "X-Been-There: someone@elsewhere.example")
    yield "forged marks", _mail("forged", *forged, "Approved: secret", "Sender: mdg@lists.example.org", "Return-Path: <>", "ARC-Seal: i=99; cv=pass")
    yield "our own list id", _mail("loop", "List-Id: MDG <mdg.lists.example.org>")
    yield "reply-to is the list", _mail("reply to", "Reply-To: mdg@lists.example.org")
    yield "bidi and homographs", _mail("bidi", "Subject: \u202eexe.gpj\u2066 \u200f раураl \u200b\ufeff", "From: \u202eneB <bеn@people.example>")
    yield "zalgo and emoji", _mail("zalgo", "Subject: Z" + "\u0301\u0322\u0489" * 500 + " 👩‍👩‍👧‍👦" * 100)
    yield "raw octets in the head", _mail("octets", "Subject: \udc80\udcff\udc00".replace("\udc00", ""), "X-Raw: " + "".join(chr(0xDC80 + n) for n in range(128)))
    yield "rfc 2231 storm", _mail("2231", "Content-Type: text/plain;" + ";".join(f"\r\n name*{n}*=utf-8''x%FF" for n in range(5_000)))
    yield "nothing", b""
    yield "one dot", b".\r\n"
    yield "only a head", b"From: ben@people.example\r\nSubject: nothing follows\r\n"
    yield "only line ends", b"\r\n" * 1000
    yield "only zeros", b"\0" * 100_000 + b"\r\n"


def _addresses() -> Iterator[tuple[str, bytes]]:
    for number, value in enumerate(
        (
            "",
            "Ben <ben@people.example>, Eve <eve@elsewhere.example>",
            "undisclosed-recipients:;",
            "Group: ben@people.example, eve@elsewhere.example;",
            "alice@trusted.example <evil@elsewhere.example>",
            "<ben@people.example><eve@elsewhere.example>",
            "=?utf-8?q?trusted=40bank=2Eexample=2C?= <eve@elsewhere.example>",
            "=?utf-8?q?ben=40people=2Eexample?=",
            "=?utf-8?q?ben?=@people.example",
            "(" * 500 + "x" + ")" * 500 + " ben@people.example",
            "(" * 100_000,
            '"' + "\\" * 100_000,
            "ben@people.example" * 1000,
            "Ben <ben@people.example",
            "ben",
            "bén@people.example",
            "ben@пример.example",
            "ben@xn--e1afmkfd.example",
            "ben@[127.0.0.1]",
            f"{'x' * 5000}@people.example",
            '"ben okafor"@people.example',
            "Ben\x00 <ben@people.example>",
            "=?x-unknown?q?Ben?= <ben@people.example>",
            "=?utf-8?b?" + "A" * 10_000 + "?= <ben@people.example>",
        )
    ):
        yield f"from {number}", _mail(f"from {number}", f"From: {value}")
    yield "to 10,000", _mail("to", "To: mdg@lists.example.org,\r\n " + ",\r\n ".join(f"m{n}@people.example" for n in range(10_000)))
    yield "no from", _mail("no from", drop=("From",))
    yield "no to", _mail("no to", drop=("To",))


def _multipart(*parts: str, kind: str = "mixed", boundary: str = "edge") -> tuple[str, str]:
    body = "".join(f"--{boundary}{CRLF}{part}{CRLF}" for part in parts) + f"--{boundary}--{CRLF}"
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"', body


def _structure() -> Iterator[tuple[str, bytes]]:
    text = PLAIN + CRLF + BODY
    for depth in (50, 51, 100, 300, 3000):
        opening = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(depth))
        head, _, body = (opening + text).partition("\r\n\r\n")
        yield f"depth {depth}", _mail(f"depth {depth}", head, body=body + "".join(f"\r\n--{n}--\r\n" for n in reversed(range(depth))))
    for count in (500, 501, 100_000):
        head, body = _multipart(*["\r\n"] * count)
        yield f"{count} parts", _mail(f"{count} parts", head, body=body)
    nested = text
    for _ in range(100):
        nested = f"Content-Type: message/rfc822\r\n\r\nSubject: inside\r\n{nested}"
    yield "mail in mail a hundred times", _mail("rfc822", nested.partition("\r\n\r\n")[0], body=nested.partition("\r\n\r\n")[2])
    for number, boundary in enumerate(("", "x" * 200, "a.*+?[](){}^$|\\", "--", "edge ", "=?utf-8?q?edge?=", '"')):
        _, body = _multipart(text, boundary=boundary)
        yield f"boundary {number}", _mail(f"boundary {number}", f'Content-Type: multipart/mixed; boundary="{boundary}"', body=body)
    yield "boundary missing", _mail("no boundary", "Content-Type: multipart/mixed", body="--edge\r\n\r\nx\r\n--edge--\r\n")
    yield "never closed", _mail("open", 'Content-Type: multipart/mixed; boundary="edge"', body="--edge\r\n" + text)
    yield "boundary is a prefix", _mail("prefix", 'Content-Type: multipart/mixed; boundary="a"', body='--a\r\nContent-Type: multipart/mixed; boundary="ab"\r\n\r\n--ab\r\n\r\nx\r\n--ab--\r\n--a--\r\n')
    yield "multipart that is text", _mail("text", "Content-Type: multipart/mixed; boundary=edge", body=BODY)
    head, body = _multipart(PLAIN + "\r\nThe plain part says yes.\r\n", "Content-Type: text/html\r\n\r\n<p>The other says no.\r\n", kind="alternative")
    yield "alternatives disagree", _mail("disagree", head, body=body)
    head, body = _multipart("\r\n", "\r\n", kind="alternative")
    yield "alternatives empty", _mail("empty alternatives", head, body=body)
    yield "empty body", _mail("empty", body="")
    yield "body of NUL", _mail("nul", body="\0" * 10_000 + CRLF)
    yield "html alone", _mail("html", "Content-Type: text/html", body="<p>Who counts?</p>\r\n")
    yield "partial", _mail("partial", 'Content-Type: message/partial; id="x"; number=1; total=3')
    yield "external body", _mail("external", "Content-Type: message/external-body; access-type=URL; URL=http://192.0.2.1/")
    yield "format flowed", _mail("flowed", "Content-Type: text/plain; format=flowed; delsp=yes", body="Who \r\ncounts \r\nthe births?\r\n> > quoted \r\n> more \r\n-- \r\nBen\r\n")
    yield "one line of 1 MB", _mail("line", body="x" * 1_000_000 + CRLF)
    yield "a line of quotation marks", _mail("quotes", body=">" * 100_000 + CRLF)
    yield "fifty thousand quotations", _mail("quoted", body=("On Monday, Ana wrote:\r\n> " + "x" * 30 + "\r\n") * 20_000)
    yield "content type nonsense", _mail("type", 'Content-Type: ;;;///="')
    yield "encodings of multipart", _mail("cte", "Content-Type: multipart/mixed; boundary=edge", "Content-Transfer-Encoding: base64", body=base64.b64encode(b"--edge\r\n\r\nx\r\n--edge--\r\n").decode() + CRLF)


def _charsets() -> Iterator[tuple[str, bytes]]:
    names = sorted({*encodings.aliases.aliases.values(), *map(str, CHARSETS)})
    for charset in [*names, "x-unknown", "ansi_x3.110-1983", "", "x" * 100_000, "utf-8\0", "undefined", "idna", "unicode_escape"]:
        octets = bytes(range(128, 256)) + b"\x1b$B\x1b(B+AGEAYg- \\u0041 \r\n"
        yield f"charset {charset[:30]!r}", _mail(f"charset {charset[:30]}", f"Content-Type: text/plain; charset={charset}", f"Subject: =?{charset[:60]}?q?=E9=1B$B?=", body=octets)
    yield "utf-16 without a mark", _mail("utf-16", "Content-Type: text/plain; charset=utf-16", body="Who counts?".encode("utf-16-le") + b"\r\n")
    yield "lone surrogates", _mail("surrogates", PLAIN, body=b"\xed\xa0\x80\xed\xbf\xbf\r\n")
    yield "overlong", _mail("overlong", PLAIN, body=b"\xc0\xafetc\xc0\xaf\xe0\x80\xaf\r\n")
    yield "utf-7 script", _mail("utf-7", "Content-Type: text/html; charset=utf-7", body="+ADw-script+AD4-alert(1)+ADw-/script+AD4-\r\n")


def _transfer() -> Iterator[tuple[str, bytes]]:
    for encoding, body in {
        "base64": "!!!not base64@@@===\r\nV2hvIGNvdW50cw\r\n",
        "base64 ": "V2hv*IGNv\x00dW50cw==trailing\r\n",
        "quoted-printable": "Who=\r\n counts= =ZZ =\r\n=3\r\n",
        "x-uuencode": "begin 644 x\r\nM(#0P\r\nnever ended\r\n",
        "x-yenc": "=ybegin line=128 size=3 name=x\r\n\x01\x02\r\n=yend\r\n",
        "binary": "\x00\x01\x02\r\n",
        "nonsense": BODY,
        "": BODY,
        "x" * 10_000: BODY,
    }.items():
        yield f"encoding {encoding[:20]!r}", _mail(f"encoding {encoding[:20]}", PLAIN, f"Content-Transfer-Encoding: {encoding}", body=body)


def _html() -> Iterator[tuple[str, bytes]]:
    pages = {
        "scripts": "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a><svg onload=alert(1)><math><mi xlink:href='javascript:1'>",
        "10,000 divs": "<div>" * 10_000 + "x",
        "100,000 divs": "<div>" * 100_000 + "x",
        "100,000 fonts closed": "<b><i>" * 50_000 + "x" + "</i></b>" * 50_000,
        "style of 1 MB": "<style>" + "a{background:url(http://192.0.2.1/)}" * 28_000 + "</style>x",
        "redirects": "<base href=http://192.0.2.1/><meta http-equiv=refresh content='0;url=http://192.0.2.1/'><form action=/><input name=x></form>",
        "trackers": "<img src=http://192.0.2.1/?m=17 width=1><link rel=stylesheet href=http://192.0.2.1/><video poster=http://192.0.2.1/><body background=http://192.0.2.1/>",
        "selectors that leak": "<style>input[value^=a]{background:url(//192.0.2.1/a)}@import '//192.0.2.1/';</style>x",
        "quotations": "<div class=gmail_quote>a</div><blockquote type=cite>b</blockquote><div id=divRplyFwdMsg>c</div><div class=moz-cite-prefix>d</div><div class=yahoo_quoted>e</div>",
        "table of 2 MB": "<table>" + "<tr><td>x</td></tr>" * 100_000,
        "data addresses": "<img src='data:image/svg+xml,<svg onload=alert(1)>'><a href='data:text/html,<script>1</script>'>x</a>",
        "attributes": "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">x",
        "entities": "&lt;" * 200_000 + "&#x110000;&#0;&nonsense;",
        "never closed": "<a href='" + "x" * 500_000,
        "comments": "<!--" * 100_000,
        "styles": "<p style='" + "a" * 300_000 + ":" + "url(" * 10_000 + "'>x",
    }
    for name, page in pages.items():
        yield name, _mail(name, "Content-Type: text/html; charset=utf-8", body=page + CRLF)


def _part(content: bytes, kind: str, name: str) -> str:
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n").decode()
    return f"Content-Type: {kind}\r\nContent-Disposition: attachment; filename={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"


def _attachments() -> Iterator[tuple[str, bytes]]:
    text = PLAIN + CRLF + BODY
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(20_000_000))
    names = ('"../../etc/passwd"', '"a\0.pdf"', '"' + "x" * 300 + '.pdf"', '"\u202egpj.exe"', '"CON"', '""', '"a\\"b.pdf"', '"<script>.png"', '"=?utf-8?q?=0D=0ABcc=3A_x?="')
    for number, name in enumerate(names):
        head, body = _multipart(text, _part(b"%PDF-1.4", "application/pdf", name))
        yield f"name {number}", _mail(f"name {number}", head, body=body)
    head, body = _multipart(text, _part(b"x", "text/plain", "x").replace("filename=x", "filename*0*=utf-8''a%0D%0A; filename*1*=%FF; filename*9=b"))
    yield "name in pieces", _mail("pieces", head, body=body)
    for name, content, kind in (
        ("empty", b"", "application/pdf"),
        ("bomb.zip", bomb.getvalue(), "application/zip"),
        ("eicar.com", rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "application/octet-stream"),
        ("both.gif", b"GIF89a/*<script>*/=1;alert(1)", "image/gif"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        ("page.html", b"<script>alert(1)</script>", "text/html"),
        ("winmail.dat", b"\x78\x9f\x3e\x22" + b"\xff" * 500, "application/ms-tnef"),
        ("smime.p7m", b"0\x80\x06\t*\x86H", "application/pkcs7-mime; smime-type=enveloped-data"),
        ("card.vcf", b"BEGIN:VCARD\r\nFN:" + b"x" * 10_000, "text/vcard"),
        ("invite.ics", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nRRULE:FREQ=SECONDLY;COUNT=999999999\r\n", "text/calendar; method=REQUEST"),
    ):
        head, body = _multipart(text, _part(content, kind, name))
        yield f"file {name}", _mail(f"file {name}", head, body=body)
    head, body = _multipart(text, *[_part(b"x", "text/plain", "same.txt")] * 1000)
    yield "a thousand files of one name", _mail("thousand", head, body=body)
    head, body = _multipart(text, "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n", kind="signed")
    yield "signed", _mail("signed", head, body=body)
    most = 25 * 1024 * 1024
    head, body = _multipart(text, _part(bytes(18_000_000), "application/octet-stream", "large.bin"))
    large = _mail("large", head, body=body)
    yield "exactly 25 MiB", large + (b"x" * 998 + b"\r\n") * ((most - len(large)) // 1000) + b"x" * ((most - len(large)) % 1000 - 2) + b"\r\n"
