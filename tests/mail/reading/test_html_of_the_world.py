"""How the mail programs of the world mark a quotation in HTML: the text and the view.

Each row is the body that one program writes; names, addresses and dates are ours.
"""

import re

from talanoa.mail.reading import html, parsing

OLD = "The old words."
NEW = "The new words."
ATTRIBUTION = 'On Thu, Jun 6, 2024 at 10:10 AM Tala Moana &lt;<a href="mailto:tala@example.org">tala@example.org</a>&gt; wrote:'
HEADERS = "<b>From:</b> Tala Moana &lt;tala@example.org&gt;<br><b>Sent:</b> Thursday, June 6, 2024 10:10<br><b>To:</b> mdg@example.org<br><b>Subject:</b> Water"
EN_TETES = "<b>De&nbsp;:</b> Tala Moana &lt;tala@example.org&gt;<br><b>Envoyé&nbsp;:</b> jeudi 6 juin 2024 10:10<br><b>À&nbsp;:</b> mdg@example.org<br><b>Objet&nbsp;:</b> Eau"
FORMS = {
    "gmail": f'<div dir="ltr">{NEW}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{ATTRIBUTION}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{OLD}</blockquote></div>',
    "gmail inline": f'<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">{ATTRIBUTION}<br></div><blockquote class="gmail_quote">{OLD}</blockquote><div>{NEW}</div><blockquote class="gmail_quote">{OLD}</blockquote></div></div>',
    "apple": f'<html><body>{NEW}<div><br><blockquote type="cite"><div>On 6 Jun 2024, at 10:10, Tala Moana &lt;tala@example.org&gt; wrote:</div><br><div>{OLD}</div></blockquote></div><br></body></html>',
    "apple ios": f'<html><body dir="auto">{NEW}<br><br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On 6 Jun 2024, at 10:10, Tala Moana &lt;tala@example.org&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">{OLD}</div></blockquote></body></html>',
    "thunderbird": f'<body><p>{NEW}</p><div class="moz-cite-prefix">Am 06.06.24 um 10:10 schrieb Tala Moana:<br></div><blockquote type="cite" cite="mid:1@example.org">{OLD}</blockquote></body>',
    "thunderbird bottom": f'<body><div class="moz-cite-prefix">On 6/6/24 10:10, Tala Moana wrote:<br></div><blockquote type="cite">{OLD}</blockquote><p>{NEW}</p></body>',
    "outlook desktop": f'<body><div class="WordSection1"><p class="MsoNormal">{NEW}<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{HEADERS}<o:p></o:p></p></div></div><p class="MsoNormal">{OLD}</p></div></body>',
    "outlook desktop fr": f'<body><div class="WordSection1"><p class="MsoNormal">{NEW}</p><div><div style="border:none;border-top:solid #B5C4DF 1.0pt"><p class="MsoNormal">{EN_TETES}</p></div></div><p class="MsoNormal">{OLD}</p></div></body>',
    "outlook no border": f'<body><div class="WordSection1"><p class="MsoNormal">{NEW}</p><p class="MsoNormal">{HEADERS}</p><p class="MsoNormal">{OLD}</p></div></body>',
    "owa": f'<body><div>{NEW}</div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{HEADERS}</font><div>&nbsp;</div></div><div>{OLD}</div></body>',
    "outlook mobile": f'<body><div dir="ltr">{NEW}</div><div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/x">Outlook for iOS</a></div><div id="mail-editor-reference-message-container"><hr><div id="divRplyFwdMsg">{HEADERS}</div><div>{OLD}</div></div></body>',
    "outlook mac": f'<body><div>{NEW}</div><span id="OLK_SRC_BODY_SECTION"><div style="border-top:#b5c4df 1pt solid">{HEADERS}</div><div>{OLD}</div></span></body>',
    "hotmail": f'<body class="hmmessage"><div dir="ltr">{NEW}<br><div><hr id="stopSpelling">Date: Thu, 6 Jun 2013<br>From: tala@example.org<br>Subject: Water<br><br>{OLD}</div></div></body>',
    "yahoo": f'<div class="ydp1yahoo-style-wrap"><div>{NEW}</div></div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Thursday, June 6, 2024, Tala &lt;tala@example.org&gt; wrote:</div><div>{OLD}</div></div>',
    "yahoo ydp": f'<div class="ydp1234yahoo-style-wrap"><div>{NEW}</div></div><div id="ydpabcyahoo_quoted_9" class="ydpabcyahoo_quoted"><div>On Thursday, June 6, 2024 at 10:10:10 AM GMT+12, Tala wrote:</div><div>{OLD}</div></div>',
    "zoho": f'<div>{NEW}</div><div class="zmail_extra_hr" style="border-top:1px solid #ccc"></div><div class="zmail_extra"><div id="Zm-_Id_-Sgn1">---- On Thu, 06 Jun 2024 <b>Tala</b> wrote ---</div><blockquote>{OLD}</blockquote></div>',
    "proton": f'<div>{NEW}</div><div class="protonmail_quote">On Thursday, June 6th, 2024 at 10:10 AM, Tala &lt;tala@example.org&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">{OLD}</blockquote></div>',
    "proton sig": f'<div>{NEW}</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">Sent with <a href="https://proton.me/">Proton Mail</a> secure email.</div></div><div class="protonmail_quote">On Thursday: <blockquote>{OLD}</blockquote></div>',
    "roundcube": f'<body><p>{NEW}</p><p id="reply-intro">On 2024-06-06 10:10, Tala Moana wrote:</p><blockquote type="cite" style="padding: 0 0.4em">{OLD}</blockquote></body>',
    "zimbra": f'<div>{NEW}</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>"Tala" &lt;tala@example.org&gt;<br><b>To: </b>"mdg"<br><b>Sent: </b>Thursday, June 6, 2024<br><b>Subject: </b>Water<br></div><div data-marker="__QUOTED_TEXT__">{OLD}</div>',
    "samsung": f'<div dir="auto">{NEW}</div><div id="composer_signature"><div>Sent from my Galaxy</div></div><div><br></div><div style="font-size:100%"><div>-------- Original message --------</div><div>From: Tala &lt;tala@example.org&gt; </div><div>Date: 06/06/2024  10:10  (GMT+12:00) </div><div>To: mdg@example.org </div><div>Subject: Water </div></div>{OLD}',
    "k9": f'<html><body>{NEW}<br><br><div class="gmail_quote">On 6 June 2024, Tala wrote:<blockquote class="gmail_quote">{OLD}</blockquote></div></body></html>',
    "spark": f'<div name="messageBodySection"><div dir="auto">{NEW}</div></div><div name="messageSignatureSection"></div><div name="messageReplySection">On 6 Jun 2024, 10:10 +1200, Tala &lt;tala@example.org&gt;, wrote:<br><blockquote type="cite" class="spark_quote">{OLD}</blockquote></div>',
    "qq": f'<div>{NEW}</div><div><includetail><!--<![endif]--></includetail></div><div style="font:Verdana"><div style="padding-bottom:12px">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="background:#efefef"><div><b>发件人:</b>&nbsp;"Tala"&lt;tala@example.org&gt;;</div><div><b>发送时间:</b>&nbsp;2024年6月6日</div><div><b>主题:</b>&nbsp;水</div></div><div>{OLD}</div></div>',
    "163": f'<div>{NEW}</div><p style="margin:0">At 2024-06-06 10:10:10, "Tala" &lt;tala@example.org&gt; wrote:</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex">{OLD}</blockquote>',
    "163 new": f'<div>{NEW}</div><div class="J_reply" style="background-color:#f2f2f2"><div>---- 回复的原邮件 ----</div><table><tr><td>发件人</td><td>Tala &lt;tala@example.org&gt;</td></tr><tr><td>日期</td><td>2024年06月06日</td></tr><tr><td>主题</td><td>水</td></tr></table></div><div>{OLD}</div>',
    "foxmail": f'<div>{NEW}</div><hr style="width: 210px; height: 1px;" color="#b5c4df" size="1" align="left"><div><b>发件人：</b>&nbsp;Tala</div><div><b>发送时间：</b>&nbsp;2024-06-06&nbsp;10:10</div><div><b>收件人：</b>&nbsp;mdg</div><div><b>主题：</b>&nbsp;水</div><div>{OLD}</div>',
    "yandex": f'<div>{NEW}</div><div>06.06.2024, 10:10, "Tala" &lt;tala@example.org&gt;:</div><blockquote><div>{OLD}</div></blockquote>',
    "mail.ru": f'<HTML><BODY><p>{NEW}</p><blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">Четверг, 6 июня 2024, 10:10 +03:00 от Tala &lt;tala@example.org&gt;:<br><div id="">{OLD}</div></blockquote></BODY></HTML>',
    "groupwise": f"<div>{NEW}</div><br><br>&gt;&gt;&gt; Tala Moana &lt;tala@example.org&gt; 6/6/2024 10:10 AM &gt;&gt;&gt;<br><div>{OLD}</div>",
    "notes": f'<p>{NEW}</p><img width="16" height="16" src="cid:1"><font color="#424282">Tala Moana---06/06/2013 10:10:10 AM---Dear all</font><p>From: Tala<br>To: mdg<br>Date: 06/06/2013 10:10 AM<br>Subject: Water</p><hr><p>{OLD}</p>',
    "notes 2": f"<p>{NEW}</p><table><tr><td>From:</td><td>Tala/GOV</td></tr><tr><td>To:</td><td>mdg</td></tr><tr><td>Date:</td><td>06/06/2013 10:10</td></tr><tr><td>Subject:</td><td>Water</td></tr></table><hr><p>{OLD}</p>",
    "gmx": f'<div>{NEW}</div><div name="quote" style="margin:10px 5px; border-left:2px solid #C3D9E5;"><div><b>Gesendet:</b>&nbsp;Donnerstag, 06. Juni 2024 um 10:10 Uhr<br/><b>Von:</b>&nbsp;"Tala" &lt;tala@example.org&gt;<br/><b>An:</b>&nbsp;mdg@example.org<br/><b>Betreff:</b>&nbsp;Wasser</div><div>{OLD}</div></div>',
    "tuta": f'<div>{NEW}</div><div>6. Juni 2024, 10:10 von tala@example.org:</div><blockquote class="tutanota_quote">{OLD}</blockquote>',
    "ox": f'<div>{NEW}</div><blockquote type="cite"><div>On 06/06/2024 10:10 GMT Tala &lt;tala@example.org&gt; wrote:</div><div>{OLD}</div></blockquote>',
    "evolution": f'<div>{NEW}</div><div>On Thu, 2024-06-06 at 10:10 +1200, Tala wrote:</div><blockquote type="cite" style="margin:0 0 0 .8ex">{OLD}</blockquote>',
    "airmail": f'<div>{NEW}</div><p class="airmail_on">On June 6, 2024 at 10:10:10, Tala (tala@example.org) wrote:</p><blockquote type="cite" class="clean_bq">{OLD}</blockquote>',
    "front": f'<div>{NEW}</div><div class="front-signature"></div><div class="front-blockquote">On June 6, 2024 at 10:10 AM GMT+12 <a>tala@example.org</a> wrote:<br><blockquote type="cite">{OLD}</blockquote></div>',
    "superhuman": f'<div>{NEW}</div><div class="gmail_signature"></div><div><div class="gmail_quote">On Thu, Jun 06, 2024 at 10:10 AM, Tala <span>&lt;tala@example.org&gt;</span> wrote:<br><blockquote class="gmail_quote sh-color-black">{OLD}</blockquote></div></div>',
    "hey": f'<div class="trix-content"><div>{NEW}</div></div><br><div>On June 6, 2024, Tala &lt;tala@example.org&gt; wrote:</div><blockquote>{OLD}</blockquote>',
    "plain border quote": f'<div>{NEW}</div><div>Tala Moana &lt;tala@example.org&gt; wrote on 06/06/2024 10:10:</div><blockquote style="border-left:2px solid blue">{OLD}</blockquote>',
    "word 2003": f'<p class=MsoNormal>{NEW}</p><div class=MsoNormal align=center style="text-align:center"><hr size=2 width="100%" align=center tabindex=-1></div><p class=MsoNormal>{HEADERS}</p><p class=MsoNormal>{OLD}</p>',
    "ol express": f'<DIV>{NEW}</DIV><BLOCKQUOTE style="PADDING-LEFT: 5px; BORDER-LEFT: #000000 2px solid"><DIV>----- Original Message ----- </DIV><DIV style="BACKGROUND: #e4e4e4"><B>From:</B> <A href="mailto:x">Tala</A> </DIV><DIV><B>To:</B> mdg</DIV><DIV><B>Sent:</B> Thursday</DIV><DIV><B>Subject:</B> Water</DIV><DIV>{OLD}</DIV></BLOCKQUOTE>',
    "naver": f'<div>{NEW}</div><div style="border-top:1px"><p>-----Original Message-----</p><b>From:</b> "Tala"&lt;tala@example.org&gt;<br><b>To:</b> mdg<br><b>Sent:</b> 2024-06-06<br><b>Subject:</b> water<br>{OLD}</div>',
    "daum": f'<p>{NEW}</p><p>--------- 원본 메일 ---------</p><blockquote style="border-left:2px solid"><b>보낸사람</b> : Tala<br><b>받는사람</b> : mdg<br><b>날짜</b> : 2024년 6월 6일<br><b>제목</b> : 물<br>{OLD}</blockquote>',
}
# These leave no mark in HTML, only words; the view shows them whole, the text does not.
UNMARKED = {
    "outlook no border",
    "samsung",
    "qq",
    "163 new",
    "foxmail",
    "mail.ru",
    "groupwise",
    "notes",
    "notes 2",
    "word 2003",
    "ol express",
    "naver",
}


def read(body):
    head = "From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
    return parsing.read((head + body).encode())


def test_the_fresh_text_of_html_is_the_answer_alone():
    assert [program for program, body in FORMS.items() if read(body).fresh_text.strip() != NEW] == []


def outside_the_folds(body):
    return re.sub(r"(?s)<details.*?</details>", "", read(body).html)


def test_the_view_folds_what_was_answered_and_shows_the_answer():
    shown = {program: outside_the_folds(body) for program, body in FORMS.items()}
    assert [program for program, words in shown.items() if NEW not in words] == []
    assert {program for program, words in shown.items() if OLD in words} == UNMARKED


def test_a_saying_that_the_author_set_apart_is_not_folded():
    assert "<details" not in html.sanitise(f"<p>{NEW}</p><blockquote>Water is life.</blockquote><p>More.</p>")


def test_a_million_brackets_of_quotations_are_read_in_linear_time():
    assert html.sanitise("On 6 June 2024 Tala wrote:<blockquote>" * 10_000)
