"""What mail programs write around a reply, by language.

Only tables; `fresh` says how they are used. A new language needs a row in each
of `WROTE`, `FIELDS`, `EMBEDDED` and `SENT_FROM`; nothing else.
"""

# ruff: noqa: E501 - a table of words reads best with a line for each row
from __future__ import annotations

import re

# The verb in "On Monday, A wrote:", by language.
WROTE = {
    "en": "wrote writes said says wrotes spake",
    "fr": "a\\sécrit écrit écrivait a\\sdit ecrit",
    "es": "escribió escribio escribe dijo escribían",
    "pt": "escreveu escreve disse",
    "it": "ha\\sscritto scrisse scrive",
    "de": "schrieb schrieben schreibt geschrieben",
    "nl": "schreef geschreven schrijft het\\svolgende\\sgeschreven",
    "da, no": "skrev skriver",
    "sv": "skrev skriver",
    "fi": "kirjoitti kirjoittaa kirjoittivat",
    "is": "skrifaði reit",
    "pl": "napisał\\(a\\) napisał napisała pisze wiadomość\\snapisana\\sprzez",
    "cs, sk": "napsal\\(a\\) napsal napsala píše napísal\\(a\\) napísal napísala",
    "hr, sr, sl": "je\\snapisao\\/la je\\snapisao je\\snapisala napisao piše je\\snapisal\\/a написао je\\sнаписао\\/ла napisala napisal\\/-a",
    "hu": "írta ezt\\sírta",
    "ro": "a\\sscris",
    "tr": "yazdı şunu\\syazdı yazdılar şunları\\syazdı şöyle\\syazdı",
    "el": "έγραψε γράφει",
    "ru": "написал\\(а\\) написал написала пишет писал писал\\(а\\) писали написал\\(-а\\)",
    "uk": "пише написав\\(ла\\) написав\\(-ла\\) писали написав написала",
    "bg": "написа",
    "lt, lv, et": "rašė rakstīja kirjutas",
    "ca, gl, eu": "va\\sescriure escrigué escribiu idatzi\\sdu",
    "he": "כתב\\/ה כתב כתבה מאת",
    "ar": "كتب كتبت",
    "fa": "نوشت نوشته",
    "hi": "ने\\sलिखा लिखा",
    "zh": "写道 寫道 写到 撰寫 写信给",
    "ja": "のメール: 書きました 書き込みました wrote\\sです のメッセージ",
    "ko": "작성 썼습니다 님이\\s작성 님이\\s쓴\\s글 쓴\\s글",
    "th": "เขียนว่า เขียน",
    "vi": "đã\\sviết viết",
    "id, ms": "menulis tulis",
    "tl": "sinulat isinulat",
    "bn, ta, te, ml, mr, ur, ne": "লিখেছেন எழுதியது రాశారు എഴുതി यांनी\\sलिहिले نے\\sلکھا लेख्नुभयो",
    "sw, am, af": "aliandika ጽፏል het\\sgeskryf skryf",
    "ka, hy, az, kk, mn": "დაწერა գրեց yazıb жазды бичсэн",
    "km, lo, my": "បានសរសេរ ຂຽນວ່າ ရေးခဲ့သည်",
}
# How such a line may begin when it does not begin with a date or a name.
INTRO = (
    "on le am el op il em den på w\\sdniu dnia dne dňa tarihinde в у вт на 在 于 於 van en\\sdate\\sdu in\\sdata "
    "a\\sla\\sdata pada\\stanggal pada vào\\sngày vào lúc ในวันที่ เมื่อ في בתאריך ב στις la pe ti ma to ke la su "
    "missatge\\sde quoting citando zitat\\svon zitat citat citerar at in\\sarticle in\\smessage"
)
# Header fields as programs repeat them above what is answered.
FIELDS = {
    "from": "from de von da van från fra lähettäjä od от від 发件人 寄件者 寄件人 發件人 差出人 送信者 보낸\\s?사람 보낸이 발신 발신자 gönderen "
    "จาก từ dari प्रेषक द्वारा من מאת kimden gönderen feladó de\\sla από von\\swem expéditeur remitente mittente "
    "afzender avsändare afsender message\\sde daripada",
    "sent": "sent date envoyé envoyé\\sle enviado enviado\\sel enviada\\sem enviado\\sem inviato gesendet verzonden skickat "
    "sendt lähetetty wysłano wysłane odesláno odoslané отправлено отправлена надіслано дата datum data fecha dato "
    "päivämäärä päiväys tarih gönderildi gönderme\\starihi gönderilme\\starihi enviados 发送时间 發送時間 寄件日期 日期 時間 时间 送信日時 日時 日付 보낸\\s?날짜 날짜 보냄 보낸\\s?시간 보낸\\s?시각 "
    "ส่ง วันที่ ส่งเมื่อ ngày đã\\sgửi gửi dikirim tanggal terkirim tarikh दिनांक तारीख भेजा\\sगया تاريخ التاريخ تم\\sالإرسال נשלח תאריך "
    "elküldve dátum trimis ημερομηνία στάλθηκε message\\sdu sendedatum date\\sd'envoi data\\sdi\\sinvio",
    "to": "to à a an aan para per til till vastaanottaja do komu кому до 收件人 收件者 宛先 받는\\s?사람 받는이 받은\\s?사람 수신 수신자 ถึง đến tới "
    "kepada ke प्रति إلى אל kime alıcı címzett către προς destinataire destinatario für",
    "cc": "cc c\\.c\\. copie copie\\sà copia kopie kopia kopi kopio dw копия копія 抄送 副本 參與 참조 สำเนา tembusan bcc cci "
    "नकल نسخة עותק bilgi másolatot",
    "subject": "subject objet sujet asunto assunto oggetto betreff onderwerp ämne emne aihe temat předmět predmet тема "
    "主题 主旨 件名 제목 主\\s题 主\\s旨 主\\s題 主題 ogg เรื่อง chủ\\sđề tiêu\\sđề perihal subjek judul subyek विषय الموضوع נושא konu tárgy subiect θέμα assumpte",
    "reply-to": "reply-to risposta réponse\\sà répondre\\sà responder\\sa antwort\\san antwoord\\saan svar\\still 答复 답장",
    "importance": "importance priority importancia importância wichtigkeit priorität urgentie 重要性 vigtighed prioritet",
    "attachments": "attachments attachment pièces\\sjointes adjuntos anexos allegati anlagen bijlagen bilagor 附件",
    "organization": "organization organisation newsgroups groups resent-from sender enviado\\spor folder",
}
# What stands between dashes above an embedded mail, or alone on its line.
EMBEDDED = {
    "original": "original\\smessage original\\smail original\\semail message\\soriginal message\\sd['’]origine courriel\\soriginal mail\\soriginal mail\\soriginale correo\\soriginal replied\\smessage 回复的原邮件 回复的邮件 원본\\s이메일 "
    "message\\sd[’']?\\s?origine mensaje\\soriginal mensagem\\soriginal messaggio\\soriginale messaggio\\soriginario "
    "ursprüngliche\\snachricht ursprüngliche\\se-mail original-nachricht originalnachricht ursprungsnachricht "
    "oorspronkelijk\\sbericht oorspronkelijke\\sbericht oorspronkelijke\\sboodschap originalmeddelande ursprungligt\\smeddelande "
    "oprindelig\\smeddelelse oprindelig\\sbesked opprinnelig\\smelding original\\smelding alkuperäinen\\sviesti "
    "oryginalna\\swiadomość wiadomość\\soryginalna původní\\szpráva pôvodná\\sspráva "
    "исходное\\sсообщение оригинальное\\sсообщение пересылаемое\\sсообщение вихідне\\sповідомлення "
    "原始邮件 原始郵件 原邮件 邮件原件 原始信件 元のメッセージ 元のメール オリジナルメッセージ 원본\\s메시지 원본\\s메일 원문\\s메시지 "
    "ข้อความต้นฉบับ ต้นฉบับ thư\\sgốc tin\\snhắn\\sgốc pesan\\sasli mesej\\sasal मूल\\sसंदेश الرسالة\\sالأصلية "
    "הודעה\\sמקורית özgün\\sileti orijinal\\smesaj orijinal\\sileti eredeti\\süzenet mesaj\\soriginal "
    "αρχικό\\sμήνυμα reply\\smessage reply\\sabove\\sthis\\sline missatge\\soriginal quoted\\smessage",
    "forwarded": "forwarded\\smessage forwarded\\smail forwarded\\sby message\\stransféré message\\stransmis mensaje\\sreenviado "
    "mensagem\\sencaminhada mensagem\\sreencaminhada messaggio\\sinoltrato weitergeleitete\\snachricht "
    "weitergeleitet\\svon doorgestuurd\\sbericht doorgestuurd\\sdoor vidarebefordrat\\smeddelande videresendt\\smeddelelse "
    "videresendt\\smelding videresendt\\sbesked välitetty\\sviesti edelleenlähetetty\\sviesti wiadomość\\sprzekazana "
    "przekazana\\swiadomość přeposlaná\\szpráva preposlaná\\sspráva пересланное\\sсообщение переслане\\sповідомлення "
    "转发的邮件 转发邮件信息 轉寄郵件 轉寄的郵件 転送メッセージ 転送メール 전달된\\s메시지 전달된\\s메일 ข้อความที่ส่งต่อ "
    "thư\\sđã\\schuyển\\stiếp pesan\\sterusan pesan\\syang\\sditeruskan अग्रेषित\\sसंदेश رسالة\\sمحولة رسالة\\sمعاد\\sتوجيهها "
    "הודעה\\sשהועברה iletilen\\sileti iletilmiş\\sileti továbbított\\süzenet mesaj\\sredirecționat προωθημένο\\sμήνυμα",
    "opening": "begin\\sforwarded\\smessage début\\sdu\\smessage\\sréexpédié début\\sdu\\smessage\\stransféré inicio\\sdel\\smensaje\\sreenviado "
    "início\\sda\\smensagem\\s(?:re)?encaminhada inizio\\smessaggio\\sinoltrato anfang\\sder\\sweitergeleiteten\\s(?:nachricht|e-mail) "
    "begin\\sdoorgestuurd\\sbericht vidarebefordrat\\sbrev videresendt\\sbrev начало\\sпереадресованного\\s(?:сообщения|письма) "
    "开始转发的邮件 開始轉寄郵件 下方是转发的邮件 以下是轉寄的郵件 このメールを転送 전달된\\s메시지\\s시작",
}
# The line that a telephone or a mail program adds, by language: how it begins.
SENT_FROM = (
    "sent\\sfrom sent\\svia sent\\sby sent\\susing sent\\swith sent\\son sent\\sout\\sof from\\smy posted\\sfrom written\\son "
    "envoyé\\sdepuis envoyé\\sde envoyé\\sà\\spartir\\sd[e'’] envoyé\\sd['’] envoyé\\savec envoyé\\svia envoyé\\spar "
    "enviado\\sdesde enviado\\sa\\spartir\\sd enviado\\sdel enviado\\sdo enviado\\sde enviado\\spor enviado\\svia enviado\\scon enviado\\scom "
    "enviada\\sdo inviato\\sda inviato\\sdal inviato\\scon inviata\\sda "
    "gesendet\\svon gesendet\\smit gesendet\\süber gesendet\\svom von\\smeinem von\\smeiner "
    "verzonden\\svanaf verzonden\\svanuit verzonden\\svan verzonden\\svia verzonden\\smet verstuurd\\svanaf verstuurd\\sper "
    "skickat\\sfrån skickat\\sfrån skickat\\smed sendt\\sfra sendt\\smed sendt\\svia lähetetty lähetetty\\slaitteesta "
    "wysłane\\sz wysłano\\sz odesláno\\sz odoslané\\sz "
    "отправлено\\sс отправлено\\sиз отправлено\\sот отправлено\\sчерез надіслано\\sз надіслано\\sвід "
    "发自 發自 从我的 從我的 来自我的 發送自 发送自 以下是 iphoneから ipadから 나의 내 보낸\\s기기 "
    "ส่งจาก được\\sgửi\\stừ đã\\sgửi\\stừ gửi\\stừ dikirim\\sdari dikirim\\smelalui dihantar\\sdari "
    "भेजा\\sगया मेरे أرسلت\\sمن تم\\sالإرسال\\sمن مرسل\\sمن أُرسلت\\sمن נשלח\\sמ gönderildi trimis\\sde\\spe στάλθηκε\\sαπό küldve "
    "enviat\\sdes poslano\\ss poslano\\sz изпратено\\sот saadetud\\sminu ارسال\\sشده\\sاز ipinadala\\smula  "
    "please\\sexcuse\\stypos "
    "get\\soutlook télécharger\\soutlook obtenir\\soutlook obtener\\soutlook obter\\so?\\s?outlook ottieni\\soutlook scarica\\soutlook "
    "outlook\\sfür\\sios holen\\ssie\\ssich\\soutlook laden\\ssie\\soutlook download\\soutlook hämta\\soutlook hent\\soutlook hanki\\soutlook pobierz\\soutlook "
    "скачать\\soutlook получить\\soutlook 获取\\soutlook 下載\\soutlook outlook\\sfor outlook\\svoor nhận\\soutlook dapatkan\\soutlook"
)
# Things one sends mail from or with.
DEVICES = (
    "iphone ipad ipod ios android blackberry mobile phone cell smartphone handy tablet galaxy samsung nokia htc huawei xiaomi "
    "sony xperia motorola moto oneplus pixel lumia windows outlook mail mailbox airmail gmail yahoo typeapp spark proton "
    "protonmail thunderbird k-9 aquamail bluemail boxer nine mailspring newton device laptop treo palm pda pc kindle watch "
    "mobiltelefon mobilgerät téléphone portable teléfono móvil celular telefone telefono cellulare telefoon mobiele toestel "
    "puhelimesta telefon телефон смартфон айфон планшет 手机 手機 電話 携帯 スマホ スマートフォン 휴대전화 휴대폰 โทรศัพท์ điện\\sthoại ponsel फ़ोन هاتف "
    "server wireless 邮箱 邮件 电脑 wiko ridge 4g 5g telus verizon t-mobile at&t work workspace"
)
# A foot that a list, a service or a scanner adds, wherever it stands.
FOOT = (
    "mailing\\slist you\\sreceived\\sthis\\s(?:message|email|e-mail|because) to\\sunsubscribe unsubscribe\\sfrom unsubscribe: "
    "you\\sare\\ssubscribed are\\sreceiving\\sthis reply\\sto\\sthis\\semail to\\srespond visit\\stopic view\\sit\\son\\sgit "
    "mailman/listinfo list\\sarchives?: listinfo visit\\sthis\\sgroup groups\\.google groups/opt_out groups\\.io you\\sreceive\\sall\\smessages manage\\syour\\ssubscription update\\syour\\spreferences wa\\?subed yahoo!?\\sgroups "
    "this\\s(?:e-?mail|message|communication)\\s(?:and\\sany|is\\s(?:intended|confidential|for)|may\\scontain|contains|was\\ssent|has\\sbeen\\sscanned) "
    "information\\s(?:transmitted|contained)\\s(?:is|in\\sthis) confidentiality\\snotice intended\\srecipient intended\\sonly\\sfor "
    "privileged confidential\\sinformation disclaimer virus-?free no\\svirus checked\\sby\\savg scanned\\s(?:by|for) antivirus "
    "se\\sdésabonner désinscri liste\\sde\\sdiffusion ce\\smessage\\s(?:est|et|contient|a\\sété) ce\\scourriel destinataire "
    "darse\\sde\\sbaja cancelar\\s(?:la\\s|a\\s)?(?:suscripción|inscrição) este\\s(?:mensaje|correo)\\s(?:es|y|contiene|ha|fue|electrónico) "
    "esta\\smensagem lista\\sde\\s(?:correo|correio|distribución|discussão) "
    "diese\\s(?:e-?mail|nachricht)\\s(?:ist|enthält|kann|wurde|und) vertraulich abbestellen abmelden mailingliste "
    "questo\\smessaggio messaggio\\se' riservat annullare\\sl['’]iscrizione dit\\s(?:e-?mail)?bericht deze\\se-?mail vertrouwelijk uitschrijven afmelden "
    "рассылк отписаться это\\s(?:сообщение|письмо) конфиденциальн 退订 取消订阅 保密 登録解除 配信停止 機密 수신거부 "
    "ยกเลิกการรับ hủy\\sđăng\\ský berhenti\\sberlangganan rahasia إلغاء\\sالاشتراك "
    "please\\sconsider\\sthe\\senvironment do\\syou\\syahoo get\\syour\\sfree join\\sthe\\sworld express\\syourself start\\syour\\sday "
    "do\\syou\\syahoo!? never\\smiss\\san\\semail sponsored\\sby this\\ssf\\.net post\\sto\\sthis\\slist posting\\sguide "
    "click\\shere\\sto\\sreport find\\sout\\smore\\sat http\\S+mailman \\blists?\\.\\S+/"
)

# What lawyers write below a letter: "this mail", and what may not be done with it. Plain words, a comma between.
THIS_MAIL = (
    "this e-mail,this email,this message,this communication,this transmission,ce message,ce courriel,ce courrier,ce mail,este mensaje,"
    "este correo,este e-mail,este email,esta mensagem,esta comunicación,diese e-mail,diese email,diese nachricht,diese mail,questo messaggio,"
    "questa e-mail,questa email,questa comunicazione,in questo messaggio,dit bericht,dit e-mailbericht,deze e-mail,deze email,это сообщение,"
    "это письмо,це повідомлення,цей лист,本邮件,本郵件,本メール,이 메일,이 이메일,surat elektronik ini,email ini,thư này,email này,هذه الرسالة,यह ईमेल,"
    "อีเมลฉบับนี้,ta wiadomość,bu e-posta,bu eposta,detta meddelande,detta e-post,denne e-mail,denne e-post,denne meldingen,tämä viesti,tento e-mail"
)
IN_CONFIDENCE = (
    "confidential,privileged,intended only,intended solely,intended recipient,intended for,unauthorized,unauthorised,sole use,strictly prohibited,"
    "in error,disclaimer,confidentiel,destinataire,par erreur,usage exclusif,intention exclusive,confidencial,destinatari,por error,por engano,"
    "privilegiad,vertraulich,rechtlich geschützt,adressat,empfänger,irrtümlich,riservat,confidenzial,per errore,vertrouwelijk,geadresseerde,"
    "конфиденциальн,адресат,по ошибке,конфіденційн,помилково,保密,机密,機密,收件人,受信者,기밀,수신자,rahasia,ditujukan,bảo mật,người nhận,سرية,"
    "गोपनीय,ความลับ,poufn,gizli,konfidentiell,fortrolig,luottamuksell,důvěrn"
)
# What scanners and well-meaning programs write there; one is enough.
SCANNED = (
    "virus-free\\b checked\\sfor\\sviruses scanned\\s(?:for\\sviruses|by)\\s no\\svirus\\sfound\\sin consider\\sthe\\senvironment\\sbefore "
    "think\\sbefore\\syou\\sprint absence\\sde\\svirus\\sdans libre\\sde\\svirus\\. livre\\sde\\svírus virenfrei\\. auf\\sviren\\sgeprüft "
    "sans\\svirus\\. avant\\sd['’]imprimer\\sce antes\\sde\\simprimir\\seste bevor\\ssie\\sdiese\\se-?mail\\s(?:aus)?drucken privo\\sdi\\svirus\\. "
    "virusvrij\\. проверено\\sна\\sвирусы без\\sвирусов\\. wolna\\sod\\swirusów\\. prima\\sdi\\sstampare\\squesta"
)


class AnyCase:
    """A pattern in small letters, found in any case.

    Python gives up its shortcuts for a pattern that ignores case. Most lines are ASCII, and in those the pattern as it
    stands is looked for in small letters, in a fifth of the time.
    """

    def __init__(self, pattern: str) -> None:
        self._small = re.compile(pattern)
        self._any = re.compile(pattern, re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | None:
        """The first place in a text."""
        return self._small.search(text.lower()) if text.isascii() else self._any.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """Whether the text begins so."""
        return self._small.match(text.lower()) if text.isascii() else self._any.match(text)


def phrases(*tables: str) -> str:
    """An alternation of the words of some tables, the longest first."""
    words = {word for table in tables for word in table.split()}
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


def fields() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern for the beginning of a header line, and word -> field."""
    meaning: dict[str, str] = {}
    for field, words in FIELDS.items():
        for word in words.split():
            meaning.setdefault(word.replace("\\s?", "").replace("\\s", " ").replace("\\", ""), field)
    pattern = re.compile(rf"[\s*_>|]{{0,12}}+({phrases(*FIELDS.values())})[\s*_\xa0]{{0,4}}+(?:[:：]|(?<=[ *])\|)[*_]*", re.IGNORECASE)
    return pattern, meaning
