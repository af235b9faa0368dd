"""Text, HTML and attachments out of the parts of a mail: promises M6, S3, S4."""

import base64

import pytest

from talanoa.mail.reading import bodies, html, parsing
from talanoa.mail.reading.html import FOLD, FOLD_END, sanitise, to_text, unfolded

HEAD = "From: a@example.org\nSubject: x\nMIME-Version: 1.0\n"


def read(text):
    return parsing.read(text.encode() if isinstance(text, str) else text)


def test_plain_text_is_preferred_and_html_is_kept():
    letter = read(
        HEAD
        + 'Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich</p>\n--b--\n'
    )
    assert (letter.text, letter.html) == ("plain", "<p>rich</p>")


def test_an_empty_plain_part_gives_way_to_the_html():
    letter = read(
        HEAD
        + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>rich</p>\n--b--\n"
    )
    assert letter.text == "rich"


def test_images_inside_the_html_are_inline_attachments():
    letter = read(
        HEAD
        + "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<img src='cid:one@x'><img src='http://t.example/p.gif'>\n"
        "--b\nContent-Type: image/png; name=dot.png\nContent-ID: <one@x>\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n"
    )
    (image,) = letter.attachments
    assert (image.name, image.content_id, image.inline, image.content) == ("dot.png", "one@x", True, b"\0\0\0")
    assert letter.html == '<img src="cid:one@x">'


def test_a_forwarded_mail_is_an_attachment_with_its_subject_as_name():
    letter = read(
        HEAD
        + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n--b\nContent-Type: message/rfc822\n\nSubject: Old/news\n\nbody\n--b--\n"
    )
    assert letter.text == "see"
    assert [(item.name, item.content) for item in letter.attachments] == [("Old-news.eml", b"Subject: Old/news\n\nbody")]


def test_uuencoded_files_come_out_of_the_text():
    letter = read(HEAD + "\nHello\n\nbegin 644 cat.txt\n#0V%T\n`\nend\n\nBye\n")
    assert letter.text == "Hello\n\n\nBye"
    assert [(item.name, item.content) for item in letter.attachments] == [("cat.txt", b"Cat")]


def test_winmail_dat_is_listed_even_when_it_is_broken():
    letter = read(
        HEAD
        + 'Content-Type: application/ms-tnef; name="winmail.dat"\nContent-Transfer-Encoding: base64\n\n'
        + base64.b64encode(b"\x78\x9f\x3e\x22\0\0\x02junk").decode()
    )
    assert [item.name for item in letter.attachments] == ["winmail.dat"]


def test_flowed_lines_are_joined_within_their_quotation():
    letter = read(HEAD + "Content-Type: text/plain; format=flowed; delsp=yes\n\nOne long \nline.\n>> deep \n>> er\n> less\n-- \nA\n")
    assert letter.text == "One longline.\n>> deeper\n> less\n-- \nA"


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-8", "é".encode(), "é"),
        ("us-ascii", "é".encode(), "é"),
        ("iso-8859-1", b"\x93\xe9\x94", "“é”"),
        ("utf-8", b"caf\xe9 au lait", "café au lait"),
        ("gb2312", "镕".encode("gb18030"), "镕"),
        ("ks_c_5601-1987", "물".encode("cp949"), "물"),
        ("x-unknown", "水".encode(), "水"),
        ("iso-2022-jp", "水".encode("iso-2022-jp"), "水"),
        ("", "水".encode("iso-2022-jp"), "水"),
        ("unicode_escape", b"\\x41", "\\x41"),
        ("rot13", b"abc", "abc"),
        ("tis-620", "น้ำ".encode("cp874"), "น้ำ"),
        ("unicode-1-1-utf-7", b"+bDQ-", "水"),
    ],
)
def test_wrong_and_unknown_charsets_still_give_words(charset, data, text):
    assert read(HEAD.encode() + f"Content-Type: text/plain; charset={charset}\n\n".encode() + data).text == text


def test_a_foot_in_plain_text_below_an_encoded_body_stays_readable():
    body = base64.encodebytes("Grüße von der Insel, bis bald, und viel Wasser.".encode()).decode()
    letter = read(
        HEAD + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + body + "_____\nmdg mailing list\n"
    )
    assert letter.text == "Grüße von der Insel, bis bald, und viel Wasser.\n_____\nmdg mailing list"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.doc", "y.doc"),
        ("a\0b.pdf", "a b.pdf"),
        ("gpj\u202eexe.txt", "gpjexe.txt"),
        ("", "attachment.pdf"),
        ("...", "attachment.pdf"),
        ("a" * 300 + ".pdf", "a" * 137 + ".pdf"),
    ],
)
def test_s4_file_names_are_safe_to_show(given, shown):
    assert bodies.safe_name(given, "application/pdf") == shown


def test_file_names_in_pieces_and_in_any_encoding():
    letter = read(
        HEAD
        + "Content-Type: application/pdf\nContent-Disposition: attachment; filename*0*=utf-8''R%C3%A9; filename*1=sum; filename*2=e.pdf\n\nx"
    )
    assert letter.attachments[0].name == "Résume.pdf"
    letter = read(HEAD + 'Content-Type: application/pdf; name="=?utf-8?B?5rC0LnBkZg==?="\n\nx')
    assert letter.attachments[0].name == "水.pdf"


@pytest.mark.parametrize(
    ("content_type", "kind", "protected"),
    [
        ('multipart/signed; protocol="application/pgp-signature"; boundary=b', "signed", True),
        ("multipart/encrypted; boundary=b", "encrypted", True),
        ("application/pkcs7-mime; smime-type=enveloped-data", "encrypted", True),
        ("text/calendar; method=REQUEST", "calendar", True),
        ("multipart/mixed; boundary=b", "message", False),
    ],
)
def test_m6_what_must_circulate_untouched_is_marked(content_type, kind, protected):
    letter = read(HEAD + f"Content-Type: {content_type}\n\n--b\n\nhello\n--b\nContent-Type: application/pgp-signature\n\nsig\n--b--\n")
    assert (letter.kind, letter.protected) == (kind, protected)


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mi><script>alert(1)</script>",
    "<iframe src=http://t.example>",
    "<form action=http://t.example><input name=a><button>x</button></form>",
    "<style>@import 'http://t.example'</style>",
    "<link rel=stylesheet href=http://t.example>",
    "<meta http-equiv=refresh content='0;url=http://t.example'>",
    "<base href=http://t.example>",
    "<p style='background:url(http://t.example)'>x</p>",
    "<table background=http://t.example><td>x",
    "<video poster=http://t.example><source src=http://t.example>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><img src=x onerror=alert(1)>-->",
    '<x ="><img src=x onerror=alert(1)>">',
    "<details open ontoggle=alert(1)>x</details>",
    "<img src='http://t.example/pixel?member=7' width=1 height=1>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_s3_nothing_runs_and_nothing_is_fetched(attack):
    clean = sanitise(f"before {attack} after")
    for word in ("alert", "t.example", "javascript", "onerror", "<style", "<form", "<svg", "<iframe", "data:"):
        if word == "alert" and "<script" not in clean and "on" not in clean:
            assert "<script" not in clean
            continue
        assert word not in clean.replace("&lt;", "")
    assert "before" in clean


def test_quotations_of_known_clients_are_folded():
    gmail = '<div>New.</div><div class="gmail_quote"><div class="gmail_attr">On 1 May A wrote:<br></div><blockquote class="gmail_quote">Old.</blockquote></div>'
    assert sanitise(gmail) == f"<div>New.</div><div>{FOLD}<div>On 1 May A wrote:<br></div><blockquote>Old.</blockquote>{FOLD_END}</div>"
    outlook = '<div>New.</div><div id="divRplyFwdMsg"><b>From:</b> A</div><div>Old.</div>'
    assert sanitise(outlook) == f"<div>New.</div>{FOLD}<div><b>From:</b> A</div><div>Old.</div>{FOLD_END}"
    assert FOLD not in unfolded(sanitise(outlook))


def test_a_mail_that_is_all_quotation_is_not_folded():
    assert FOLD not in sanitise("<blockquote type=cite>Only this.</blockquote>")


def test_html_as_its_author_would_have_typed_it():
    source = (
        "<style>x</style><p>Dear&nbsp;all,<br>come</p><ul><li>one<li>two</ul><ol><li>first</ol><blockquote type=cite><p>old</p></blockquote>"
        "<p>See <a href='https://example.org/a'>this</a> and <a href='https://example.org'>example.org</a></p><div style='display:none'>preheader</div>"
        "<pre>a  b\n c</pre><table><tr><td>1</td><td>2</td></tr></table>"
    )
    assert to_text(source) == (
        "Dear all,\ncome\n\n* one\n* two\n\n1. first\n\n> old\n\nSee this <https://example.org/a> and example.org\n\na  b\n c\n\n1  2"
    )


def test_html_beyond_a_mebibyte_is_cut_and_said():
    letter = read(HEAD + "Content-Type: text/html\n\n" + "<p>x</p>" * 200_000)
    assert letter.notes == ("Of the HTML only the first MiB was read.",)
    assert html.sanitise(letter.html) == letter.html
