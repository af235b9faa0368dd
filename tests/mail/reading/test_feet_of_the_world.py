"""What programs, lawyers, scanners and lists write under a letter, in their languages."""

from talanoa.mail.reading.fresh import trim

NEW = "The new words are here, and they are several."
QUOTED = "\n\nOn 6 Jun 2024, at 10:10, Tala <tala@example.org> wrote:\n\n> The old words.\n"
TELEPHONES = """\
Sent from my iPhone
Sent from my iPad Pro
Sent from my Samsung Galaxy smartphone.
Sent from Samsung Mobile
Sent from Yahoo Mail on Android
Sent from Yahoo Mail for iPhone
Sent from Outlook for iOS
Get Outlook for iOS
Get Outlook for Android<https://aka.ms/AAb9ysg>
Sent from Mail for Windows 10
Sent from my Verizon, Samsung Galaxy smartphone
Sent from my T-Mobile 4G LTE Device
Sent from my BlackBerry® wireless device
Sent via BlackBerry from T-Mobile
Sent from my Huawei phone
Sent from my Xiaomi
Sent from my Windows Phone
Sent from my HTC
Sent with Proton Mail secure email.
Sent from Proton Mail mobile
Sent from Proton Mail for iOS
Sent with Spark
Sent from Mailspring
Sent from Mailbird
Sent from eM Client
Sent from BlueMail
Sent from AOL Mobile Mail
Sent from Nine
Sent from a mobile device, please excuse brevity and typos.
Sent from my mobile. Please excuse any typos.
Sent from mobile, excuse my brevity
Please excuse typos, sent from my phone
Envoyé de mon iPhone
Envoyé depuis mon téléphone Samsung
Envoyé à partir de mon téléphone Galaxy
Envoyé depuis Yahoo Mail pour Android
Envoyé depuis mon appareil mobile Samsung
Envoyé à partir d'Outlook pour Android
Télécharger Outlook pour Android
Envoyé avec la messagerie sécurisée Proton Mail.
Envoyé de mon smartphone Samsung Galaxy.
Enviado desde mi iPhone
Enviado desde mi Samsung de Movistar
Enviado desde Yahoo Mail para Android
Enviado desde Outlook para Android
Obtener Outlook para Android
Enviado desde Correo para Windows 10
Enviado do meu iPhone
Enviado do meu smartphone Samsung Galaxy.
Enviado do Yahoo Mail no Android
Obter o Outlook para Android
Enviado do Outlook para iOS
Enviado do Email para Windows 10
Von meinem iPhone gesendet
Von meinem Samsung Galaxy Smartphone gesendet.
Gesendet von meinem Handy
Gesendet von Mail für Windows 10
Gesendet von Outlook für Android
Holen Sie sich Outlook für Android
Diese Nachricht wurde von meinem Android-Mobiltelefon mit K-9 Mail gesendet.
Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.
Gesendet mit der GMX Mail App
Gesendet mit der WEB.DE Mail App
-- Diese Nachricht wurde von meinem Android-Mobiltelefon mit WEB.DE Mail gesendet.
Inviato da iPhone
Inviato da smartphone Samsung Galaxy.
Inviato dal mio dispositivo Samsung
Inviato da Yahoo Mail su Android
Inviato da Posta per Windows 10
Scarica Outlook per Android
Ottieni Outlook per Android
Verstuurd vanaf mijn iPhone
Verzonden vanaf mijn Galaxy
Verzonden vanuit Mail voor Windows 10
Outlook voor Android downloaden
Отправлено с iPhone
Отправлено из мобильной Яндекс Почты
Отправлено из Почты Mail.ru для Android
Отправлено из Mail.ru для iOS
Отправлено с устройства Samsung
Отправлено из Outlook для iOS
发自我的 iPhone
发自我的iPad
从 Windows 版邮件发送
发送自 Windows 10 版邮件应用
发自网易邮箱大师
来自我的华为手机
從我的iPhone傳送
iPhoneから送信
Windows 10 版のメールから送信
スマートフォンから送信
나의 iPhone에서 보냄
내 Galaxy에서 보냄
삼성 휴대전화에서 보냈습니다.
ส่งจาก iPhone ของฉัน
ส่งจาก Samsung Mobile
Đã gửi từ iPhone của tôi
Được gửi từ thiết bị Samsung Galaxy
Dikirim dari iPhone saya
Dikirim dari Yahoo Mail di Android
Dikirim dari Outlook untuk Android
मेरे iPhone से भेजा गया
أرسلت من iPhone الخاص بي
تم الإرسال من iPhone الخاص بي
تم الإرسال من هاتفي Samsung Galaxy
أُرسلت من بريد Yahoo على Android
iPhone'umdan gönderildi
Samsung cihazımdan gönderildi
Wysłane z iPhone'a
Wysłano z telefonu Samsung
Skickat från min iPhone
Skickat från Outlook för Android
Sendt fra min iPhone
Sendt fra min Samsung Galaxy
Lähetetty iPhonesta
Odesláno z iPhonu
Odoslané z iPhonu
Надіслано з iPhone
Trimis de pe iPhone-ul meu
Στάλθηκε από το iPhone μου
נשלח מה-iPhone שלי
Küldve iPhone-omról
Enviat des del meu iPhone
Poslano z mojega iPhone
Poslano s mog iPhone-a
Изпратено от моя iPhone
Saadetud minu iPhone'ist
ارسال شده از iPhone من
Ipinadala mula sa aking iPhone
Dihantar daripada iPhone saya
"""
FEET = [
    "-- \nTala Moana\nProgramme Officer",
    "--\nTala Moana",
    "--  \nTala",
    "—\nTala Moana\nOfficer",
    "__\nTala Moana\n+679 331 2500",
    "_____________________\nTala Moana\nMinistry of Water\nTel: +679 331 2500",
    "CONFIDENTIALITY NOTICE: This e-mail message, including any attachments, is for the sole use of the intended recipient(s) and may contain confidential and privileged information. Any unauthorized review, use, disclosure or distribution is prohibited.",
    "This email and any files transmitted with it are confidential and intended solely for the use of the individual or entity to whom they are addressed.",
    "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de ses destinataires. Toute utilisation non conforme est interdite.",
    "Este mensaje y sus archivos adjuntos son confidenciales y están dirigidos exclusivamente a su destinatario. Si usted no es el destinatario, notifíquelo.",
    "Esta mensagem pode conter informação confidencial e/ou privilegiada. Se você não for o destinatário, apague-a.",
    "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie bitte sofort den Absender und vernichten Sie diese Mail.",
    "Le informazioni contenute in questo messaggio sono riservate e confidenziali; se non siete il destinatario, cancellatelo.",
    "Dit bericht is uitsluitend bestemd voor de geadresseerde en kan vertrouwelijke informatie bevatten. Openbaarmaking is verboden.",
    "Это сообщение является конфиденциальным и предназначено только для адресата. Если вы получили его по ошибке, удалите его.",
    "Please consider the environment before printing this e-mail.",
    "P Please think before you print",
    "Virus-free. www.avast.com",
    "This email has been checked for viruses by Avast antivirus software.\nhttps://www.avast.com/antivirus",
    "L'absence de virus dans ce courrier électronique a été vérifiée par le logiciel antivirus Avast.\nhttps://www.avast.com/antivirus",
    '-- \nYou received this message because you are subscribed to the Google Groups "mdg" group.\nTo unsubscribe from this group and stop receiving emails from it, send an email to mdg+unsubscribe@googlegroups.com.',
    "_______________________________________________\nmdg mailing list -- mdg@example.org\nTo unsubscribe send an email to mdg-leave@example.org",
    "---\nYou are currently subscribed to mdg as: tala@example.org.\nTo unsubscribe click here: http://lists.example.org/u?id=1",
    "_._,_._,_\nGroups.io Links:\nYou receive all messages sent to this group.\nView/Reply Online (#123): https://groups.io/g/mdg/message/123\nMute This Topic: https://groups.io/mt/1/1\n_._,_._,_",
    "########################################################################\n\nTo unsubscribe from the MDG list, click the following link:\nhttps://lists.example.org/cgi-bin/wa?SUBED1=MDG&A=1",
    "-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v1.4.9 (GNU/Linux)\n\niEYEARECAAYFAkzqX0MACgkQ\n=abcd\n-----END PGP SIGNATURE-----",
    "~~~~~~~~~~~~~~~~~~\nTala Moana\ntala@example.org\n~~~~~~~~~~~~~~~~~~",
    "*****************************\nTala Moana\nMinistry of Water\nPhone +679 331 2500\n*****************************",
    "Tala Moana, PhD\nSenior Adviser, Water\nMinistry of Water and Sanitation\nPO Box 12, Suva, Fiji\nTel: +679 331 2500 | Mob: +679 999 1234\nwww.example.org",
    "Tala Moana\nProgramme Officer | UNDP Pacific Office\nT: +679 331 2500  M: +679 999 1234\nE: tala@example.org | W: www.example.org\nSkype: tala.moana",
    "Скачать Outlook для Android",
]


def signed(foot):
    return all(trim(f"{NEW}\n\n{foot}{below}").fresh == NEW for below in ("", QUOTED))


def test_the_lines_of_telephones_and_programs_are_signatures():
    assert [line for line in TELEPHONES.splitlines() if not signed(line)] == []


def test_cards_disclaimers_scanners_and_lists_stand_under_the_letter():
    assert [foot for foot in FEET if not signed(foot)] == []


PROSE = [
    "Sent from my desk, is much easier than my mobile phone.",
    "This message is confidential.",
    "The figures of the survey are confidential until the minister has spoken, and we ask every member to keep them so.",
    "We scanned the maps. They are virus free, I hope.",
    "Please consider the environment in your plans for 2025; the coast is what feeds us.",
    "The unsubscribe rate fell by half, which is what the committee wanted to hear from us.",
]


def test_prose_that_speaks_of_such_things_is_fresh():
    assert [line for line in PROSE if trim(f"{NEW}\n\n{line}").fresh != f"{NEW}\n\n{line}"] == []


def test_a_text_signed_in_the_clear_is_read_without_its_armour():
    found = trim(
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{NEW}\n\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAd\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert found.fresh == NEW
    assert "iQEzBAEBCAAd" in found.signature


def test_lines_with_a_name_before_the_mark_are_quoted_when_they_stand_together():
    said = "".join(f"  Tala> The old words, line {number}.\n" for number in range(4))
    assert trim(f"As Tala said:\n{said}\n{NEW}").fresh.endswith(NEW)
    assert "old words" not in trim(f"As Tala said:\n{said}\n{NEW}").fresh
    assert trim(f"{NEW}\n\nDatabase> select 1;\n 1\nDatabase> select 2;").fresh.count("Database>") == 2
