"""What is fresh in a reply, in many languages and from many programs."""

import pytest

from talanoa.mail.reading.fresh import trim

ATTRIBUTIONS = {
    "en": "On Thu, 6 Jun 2024 at 10:10, Tala Moana <tala@example.org> wrote:",
    "en, Apple": "On 6 Jun 2024, at 10:10 AM, Tala Moana <tala@example.org> wrote:",
    "en, Yahoo": "--- On Thu, 6/6/24, Tala Moana <tala@example.org> wrote:",
    "en, Zoho": "---- On Thu, 06 Jun 2024 10:10:00 +0530 Tala Moana <tala@example.org> wrote ----",
    "fr": "Le jeu. 6 juin 2024 à 10:10, Tala Moana <tala@example.org> a écrit :",
    "es": "El jue, 6 jun 2024 a las 10:10, Tala Moana (<tala@example.org>) escribió:",
    "de": "Am Do., 6. Juni 2024 um 10:10 Uhr schrieb Tala Moana <tala@example.org>:",
    "pt": "Em qui., 6 de jun. de 2024 às 10:10, Tala Moana <tala@example.org> escreveu:",
    "nl": "Op do 6 jun 2024 om 10:10 schreef Tala Moana <tala@example.org>:",
    "it": "Il giorno gio 6 giu 2024 alle ore 10:10 Tala Moana <tala@example.org> ha scritto:",
    "ru": "чт, 6 июн. 2024 г. в 10:10, Tala Moana <tala@example.org>:",
    "ru, Mail.ru": "06.06.2024 10:10, Tala Moana пишет:",
    "zh": "Tala Moana <tala@example.org> 于2024年6月6日周四 10:10写道：",
    "zh, Apple": "在 2024年6月6日，上午10:10，Tala Moana <tala@example.org> 写道：",
    "ja": "2024年6月6日(木) 10:10 Tala Moana <tala@example.org>:",
    "ko": "2024년 6월 6일 (목) 오전 10:10, Tala Moana <tala@example.org>님이 작성:",
    "th": "ในวันที่ พฤ. 6 มิ.ย. 2567 เวลา 10:10 Tala Moana <tala@example.org> เขียนว่า:",
    "vi": "Vào Th 5, 6 thg 6, 2024 vào lúc 10:10 Tala Moana <tala@example.org> đã viết:",
    "id": "Pada tanggal Kam, 6 Jun 2024 pukul 10.10 Tala Moana <tala@example.org> menulis:",
    "hi": "गुरु, 6 जून 2024 को 10:10 बजे Tala Moana <tala@example.org> ने लिखा:",
    "ar": "في الخميس، 6 يونيو 2024 في 10:10 ص تمت كتابة ما يلي بواسطة Tala Moana <tala@example.org>:\u200e",
    "da": "Den tor. 6. jun. 2024 kl. 10.10 skrev Tala Moana <tala@example.org>:",
    "sv": "Den tors 6 juni 2024 kl 10:10 skrev Tala Moana <tala@example.org>:",
    "no": "tor. 6. juni 2024 kl. 10:10 skrev Tala Moana <tala@example.org>:",
    "fi": "to 6. kesäk. 2024 klo 10.10 Tala Moana (tala@example.org) kirjoitti:",
    "pl": "czw., 6 cze 2024 o 10:10 Tala Moana <tala@example.org> napisał(a):",
    "cs": "čt 6. 6. 2024 v 10:10 odesílatel Tala Moana <tala@example.org> napsal:",
    "tr": "Tala Moana <tala@example.org>, 6 Haz 2024 Per, 10:10 tarihinde şunu yazdı:",
    "he": "בתאריך יום ה׳, 6 ביוני 2024 ב-10:10 מאת Tala Moana <tala@example.org>:",
    "uk": "чт, 6 черв. 2024 р. о 10:10 Tala Moana <tala@example.org> пише:",
}


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
@pytest.mark.parametrize("marked", [True, False], ids=["quoted", "unquoted"])
def test_every_language_says_that_somebody_wrote(line, marked):
    body = "> The old words.\n> More." if marked else "The old words.\nMore."
    found = trim(f"The new words.\n\n{line}\n\n{body}\n")
    assert found.fresh == "The new words."
    assert found.quoted.startswith(line)
    assert not found.doubtful


HEADERS = {
    "en": "From: Tala\nSent: Thursday, June 6, 2024 10:10\nTo: mdg\nSubject: Water",
    "fr": "De : Tala\nEnvoyé : jeudi 6 juin 2024 10:10\nÀ : mdg\nObjet : Eau",
    "es": "De: Tala\nEnviado el: jueves, 6 de junio de 2024 10:10\nPara: mdg\nAsunto: Agua",
    "de": "Von: Tala\nGesendet: Donnerstag, 6. Juni 2024 10:10\nAn: mdg\nBetreff: Wasser",
    "pt": "De: Tala\nEnviada em: quinta-feira, 6 de junho de 2024 10:10\nPara: mdg\nAssunto: Água",
    "nl": "Van: Tala\nVerzonden: donderdag 6 juni 2024 10:10\nAan: mdg\nOnderwerp: Water",
    "it": "Da: Tala\nInviato: giovedì 6 giugno 2024 10:10\nA: mdg\nOggetto: Acqua",
    "ru": "От: Tala\nОтправлено: 6 июня 2024 г. 10:10\nКому: mdg\nТема: Вода",
    "zh": "发件人: Tala\n发送时间: 2024年6月6日 10:10\n收件人: mdg\n主题: 水",
    "ja": "差出人: Tala\n送信日時: 2024年6月6日 10:10\n宛先: mdg\n件名: 水",
    "ko": "보낸 사람: Tala\n보낸 날짜: 2024년 6월 6일 10:10\n받는 사람: mdg\n제목: 물",
    "th": "จาก: Tala\nส่ง: 6 มิถุนายน 2567 10:10\nถึง: mdg\nเรื่อง: น้ำ",
    "vi": "Từ: Tala\nĐã gửi: 6 tháng 6, 2024 10:10\nĐến: mdg\nChủ đề: Nước",
    "id": "Dari: Tala\nDikirim: Kamis, 6 Juni 2024 10:10\nKepada: mdg\nPerihal: Air",
    "hi": "प्रेषक: Tala\nदिनांक: 6 जून 2024 10:10\nप्रति: mdg\nविषय: पानी",
    "ar": "من: Tala\nالتاريخ: 6 يونيو 2024 10:10\nإلى: mdg\nالموضوع: الماء",
    "bold": "*From:* Tala\n*Sent:* Thursday, June 6, 2024 10:10\n*To:* mdg\n*Subject:* Water",
    "one line": "From: Tala Sent: Thursday, June 6, 2024 10:10 To: mdg Subject: Water",
}


@pytest.mark.parametrize("block", HEADERS.values(), ids=HEADERS.keys())
def test_a_repeated_header_begins_what_was_answered(block):
    found = trim(f"The new words.\n\n________________________________\n{block}\n\nThe old words.")
    assert found.fresh == "The new words."
    assert found.quoted.endswith("The old words.")


@pytest.mark.parametrize(
    "mark",
    [
        "-----Original Message-----",
        "-----Message d'origine-----",
        "-----Mensaje original-----",
        "-----Ursprüngliche Nachricht-----",
        "-----Messaggio originale-----",
        "-----Oorspronkelijk bericht-----",
        "-----Исходное сообщение-----",
        "------------------ 原始邮件 ------------------",
        "-------- Original-Nachricht --------",
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
    ],
)
def test_a_mark_begins_what_was_answered(mark):
    assert trim(f"The new words.\n\n{mark}\nThe old words.").fresh == "The new words."


def test_answers_between_quoted_lines_survive():
    found = trim("On 6 Jun 2024, Tala <tala@example.org> wrote:\n> Can you come?\n\nYes.\n\n> When?\n\nIn July.\n")
    assert found.fresh == "Yes.\n\nIn July."
    assert "> When?" in found.quoted


def test_an_answer_below_the_quotation_survives():
    assert trim("Le 6 juin 2024, Tala a écrit :\n> Venez-vous ?\n\nOui.").fresh == "Oui."


def test_a_quotation_set_by_hand_above_an_answer_is_its_subject():
    text = "> Water is life.\n\nIndeed."
    assert trim(text).fresh == text


@pytest.mark.parametrize(
    "text",
    [
        "> only a quotation",
        "-- \nonly a signature",
        "Sent from my iPhone",
        "---------- Forwarded message ---------\nFrom: a\nSubject: b\n\nNews.",
    ],
)
def test_a_post_is_never_empty_and_doubt_is_said(text):
    found = trim(text)
    assert found.fresh == text
    assert found.doubtful


def test_a_thumb_is_an_answer():
    assert trim("👍\n\nOn 6 Jun 2024, Tala <tala@example.org> wrote:\n> Shall we?").fresh == "👍"


@pytest.mark.parametrize(
    "line",
    ["Sent from my iPhone", "Envoyé de mon iPhone", "Enviado desde mi iPhone", "Von meinem iPhone gesendet", "Enviado do meu iPhone", "Verzonden vanaf mijn iPad",
     "Inviato da iPhone", "Отправлено с iPhone", "发自我的iPhone", "iPhoneから送信", "나의 iPhone에서 보냄", "ส่งจาก iPhone ของฉัน", "Được gửi từ iPhone của tôi",
     "Dikirim dari iPhone saya", "أرسلت من الـ iPhone", "Get Outlook for Android", "Sent from [Mail](https://example.org/x) for Windows"],
)  # fmt: skip
def test_the_line_of_a_telephone_is_a_signature(line):
    found = trim(f"The new words.\n\n{line}\n")
    assert (found.fresh, found.signature) == ("The new words.", line)


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand, we should wait until 2010 and see.\nOn average it takes 3 days:\none, two, three.",
        "The data comes From: our office.\n\nTo: nobody in particular.",
        "## Results\n----\n\nPerformance improved by half, as we had hoped for.\n\n----\n\nMore will follow next week.",
        "As the report of 2009 wrote\nabout water, it is scarce.",
        "The notice was sent from my office to all users.",
        "I write with regards to the budget.",
    ],
)
def test_prose_stays_whole(text):
    found = trim(text)
    assert found.fresh == text
    assert not found.quoted


def test_feet_and_cards_are_signatures():
    found = trim(
        "Come all.\n\nBest wishes,\nTala\nProgramme Officer\nTel: +679 331 2500\ntala@example.org\n\n_______________________________________________\nmdg mailing list\nmdg@example.org"
    )
    assert found.fresh == "Come all.\n\nBest wishes,\nTala"
    assert "mailing list" in found.signature
    assert "+679" in found.signature


def test_the_pieces_of_a_text_are_the_text_in_its_order():
    text = "On 6 Jun 2024, Tala <tala@example.org> wrote:\n> Can you come?\nYes.\n> When?\nIn July.\n-- \nAna"
    pieces = trim(text).pieces(text)
    assert [kind for kind, _ in pieces] == ["quoted", "fresh", "quoted", "fresh", "signature"]
    assert "\n".join(words for _, words in pieces) == text


def test_a_header_that_was_damaged_on_its_way_is_still_one():
    found = trim(
        "Oui.\n\n________________________________________\nDe :?Ana <ana@example.org>\nEnvoy? :?jeudi 6 juin 2024 10:10\n? :?Tala <tala@example.org>\nObjet :?Eau\n\nVenez-vous ?"
    )
    assert found.fresh == "Oui."
