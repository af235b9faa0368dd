"""Sixty mails with comments on a draft, as people write them, each with how it is to be understood.

A row is: name, body, then the comments as {labels: text}; "" is the general comment. Labels of one comment stand together: "12 13 14".
A mail may be (subject, body). `DRAFT` is what they are about; quotations are of its announcement, where passages stand as "[12] text".
"""

DRAFT = """1 heading Rural water policy, second draft
2 heading 1. Purpose
3 paragraph This policy sets out how drinking water points in rural districts are built, looked after and paid for.
4 paragraph It applies to hand pumps, gravity schemes and small solar systems that serve fewer than two thousand people.
5 heading 2. Duties of the districts
6 paragraph Each district keeps a register of all water points and publishes it once a year.
7 paragraph The district engineer inspects every water point twice a year and writes down what was found.
8 paragraph Repairs that cost less than two hundred dollars are made by the committee within seven days.
9 item a list of spare parts kept in the district store
10 item the names of trained pump mechanics
11 item a telephone number to which faults can be reported at any hour
12 paragraph Households pay a monthly fee of two dollars, which the committee collects and the council audits.
13 paragraph Households that cannot pay are exempted by the committee after hearing the village head.
14 paragraph The fee is reviewed every three years.
15 heading 3. Water committees
16 paragraph Each water point has a committee of seven members, of whom at least three are women.
17 paragraph The committee meets every month and its books are open to all users.
18 paragraph Committee members serve for four years and may be elected again once.
19 heading 4. Water quality
20 paragraph Water is tested for bacteria twice a year and for arsenic and fluoride every five years.
21 paragraph Results are read out in a public meeting and posted at the water point.
22 row Indicator | Baseline | Target
23 row Water points that work | 61 % | 85 %
24 heading 5. Final provisions
25 paragraph This policy enters into force on the first of January and is reviewed after five years.
"""


def q(*labels):
    """The passages as a client quotes them, wrapped."""
    import textwrap

    said = {line.split(" ", 2)[0]: line.split(" ", 2)[2] for line in DRAFT.splitlines()}
    return "\n>\n".join("\n".join(f"> {one}" for one in textwrap.wrap(f"[{label}] {said[str(label)]}", 70)) for label in labels)


ON = "On Mon, 2 Mar 2026 at 10:12, Rural Water Network <rwn@lists.example.org> wrote:\n"
OUTLOOK = "\n\n-----Original Message-----\nFrom: Rural Water Network [mailto:rwn@lists.example.org]\nSent: Monday, March 02, 2026 10:12 AM\nTo: members\nSubject: [rwn] Consultation 3: Rural water policy\n\n[6] Each district keeps a register of all water points and publishes it\nonce a year.\n\n[12] Households pay a monthly fee of two dollars, which the committee\ncollects and the council audits.\n"

MAILS = [
    ("one line", "12: replace two dollars by one dollar.", {"12": "replace two dollars by one dollar."}),
    ("greeting, several, closing", "Dear all,\n\nplease find below my comments.\n\n6: Once a year is not enough.\n\n8: Who pays for the repairs?\n\n20: Add nitrate.\n\nBest regards,\nMele", {"6": "Once a year is not enough.", "8": "Who pays for the repairs?", "20": "Add nitrate."}),
    ("a range", "12-14: The whole section on fees ignores livestock.", {"12 13 14": "The whole section on fees ignores livestock."}),
    ("a range with a dash", "12–14: too complicated", {"12 13 14": "too complicated"}),
    ("and", "12 and 14: these contradict each other", {"12 14": "these contradict each other"}),
    ("list", "6, 7 & 21: say who is responsible", {"6 7 21": "say who is responsible"}),
    ("dots", "12. Two dollars is a lot for a family of eight.\n16. Seven members are too many in small villages.", {"12": "Two dollars is a lot for a family of eight.", "16": "Seven members are too many in small villages."}),
    ("para", 'Para 12 - add "or in kind" at the end.', {"12": 'add "or in kind" at the end.'}),
    ("para dot", "Para. 7: twice a year is unrealistic for us.\nParas. 16-18: good.", {"7": "twice a year is unrealistic for us.", "16 17 18": "good."}),
    ("paragraph sign", "§12 What about refugees?", {"12": "What about refugees?"}),
    ("paragraph sign with space", "§ 12: What about refugees?", {"12": "What about refugees?"}),
    ("dash after", "paragraph 12 – the fee should differ by district", {"12": "the fee should differ by district"}),
    ("Re", "Re 12: we tried this in 2019 and it failed.", {"12": "we tried this in 2019 and it failed."}),
    ("Regarding", "Regarding paragraph 13: who is the village head in towns?", {"13": "who is the village head in towns?"}),
    ("On para", "On para 20, please add nitrate and salinity.", {"20": "please add nitrate and salinity."}),
    ("heading above text", "Paragraph 12\n\nThe fee is too high.\nPeople will go back to the river.\n\nParagraph 17\n\nAdd that books are read aloud.", {"12": "The fee is too high.\nPeople will go back to the river.", "17": "Add that books are read aloud."}),
    ("number alone above text", "12\nThe fee is too high.\n\n17\nRead the books aloud.", {"12": "The fee is too high.", "17": "Read the books aloud."}),
    ("brackets", "[12] too high\n[17] read aloud", {"12": "too high", "17": "read aloud"}),
    ("parentheses", "(12) too high\n(17) read aloud", {"12": "too high", "17": "read aloud"}),
    ("hash and bullets", "- #12: too high\n- #17: read aloud", {"12": "too high", "17": "read aloud"}),
    ("bold", "**12:** too high\n\n**17:** read aloud", {"12": "too high", "17": "read aloud"}),
    ("french", "Bonjour,\n\nalinéa 12 : la redevance est trop élevée.\nparagraphes 16 à 18 : très bien.\n\nCordialement,\nAwa", {"12": "la redevance est trop élevée.", "16 17 18": "très bien."}),
    ("french al.", "Al. 13 – préciser qui décide.", {"13": "préciser qui décide."}),
    ("spanish", "Estimados colegas:\n\npárrafo 12: la tarifa es muy alta.\npárrafos 16 y 17: de acuerdo.\n\nSaludos\nInés", {"12": "la tarifa es muy alta.", "16 17": "de acuerdo."}),
    ("portuguese", "Parágrafo 8: sete dias é pouco.\nParágrafos 9 a 11: juntar.", {"8": "sete dias é pouco.", "9 10 11": "juntar."}),
    ("german", "Absatz 12: Die Gebühr ist zu hoch.\nZu Ziffer 16: Drei Frauen sind zu wenig.\n\nMit freundlichen Grüßen\nJutta", {"12": "Die Gebühr ist zu hoch.", "16": "Drei Frauen sind zu wenig."}),
    ("italian, dutch", "Paragrafo 12: troppo caro.\nAlinea 14: elk jaar.", {"12": "troppo caro.", "14": "elk jaar."}),
    ("russian", "Здравствуйте!\n\nПункт 12: плата слишком высока.\nп. 20 – добавить нитраты.\n\nС уважением\nАнна", {"12": "плата слишком высока.", "20": "добавить нитраты."}),
    ("arabic", "الفقرة ١٢: الرسوم مرتفعة جدا.\nالفقرة ٢٠: أضيفوا النترات.", {"12": "الرسوم مرتفعة جدا.", "20": "أضيفوا النترات."}),
    ("hindi", "अनुच्छेद १२: शुल्क बहुत अधिक है।\nअनुच्छेद 16: सात सदस्य अधिक हैं।", {"12": "शुल्क बहुत अधिक है।", "16": "सात सदस्य अधिक हैं।"}),
    ("chinese", "第12段：费用太高。\n第16至18段：同意。", {"12": "费用太高。", "16 17 18": "同意。"}),
    ("japanese, korean", "段落12：料金が高すぎます。\n제16항: 일곱 명은 많습니다.", {"12": "料金が高すぎます。", "16": "일곱 명은 많습니다."}),
    ("turkish order", "12. paragraf: ücret çok yüksek.\n16. madde: yedi üye fazla.", {"12": "ücret çok yüksek.", "16": "yedi üye fazla."}),
    ("vietnamese, indonesian, swahili", "Đoạn 12: phí quá cao.\nParagraf 16: terlalu banyak.\nAya ya 20: ongeza nitrati.", {"12": "phí quá cao.", "16": "terlalu banyak.", "20": "ongeza nitrati."}),
    ("thai", "ย่อหน้าที่ 12: ค่าธรรมเนียมสูงเกินไป\nข้อ 16: เจ็ดคนมากเกินไป", {"12": "ค่าธรรมเนียมสูงเกินไป", "16": "เจ็ดคนมากเกินไป"}),
    ("only general", "Dear colleagues,\n\nOn the whole this is a very good draft. It says little about climate, though.\n\nKind regards\nTomasi", {"": "On the whole this is a very good draft. It says little about climate, though."}),
    ("general before", "Thank you for this draft. It is much better than the first one, but still too long.\n\n12: too high\n17: read aloud", {"12": "too high", "17": "read aloud", "": "Thank you for this draft. It is much better than the first one, but still too long."}),
    ("general named", "12: too high\n\nGeneral comment: the language is hard to read.", {"12": "too high", "": "the language is hard to read."}),
    ("overall", "12: too high\n\nOverall, I support the policy.\n\nRegards, Bo", {"12": "too high", "": "Overall, I support the policy."}),
    ("comment of two paragraphs", "12: The fee is too high.\n\nIn our district people earn forty dollars a month.\n\n17: read aloud", {"12": "The fee is too high.\n\nIn our district people earn forty dollars a month.", "17": "read aloud"}),
    ("typed into the quotation", f"{ON}{q(6)}\n\nOnce a year is not enough.\n\n{q(7, 8)}\n\nWho pays?\n\n{q(12)}\n", {"6": "Once a year is not enough.", "8": "Who pays?"}),
    ("typed in, greeting above", f"Dear all, my comments are below.\n\n{ON}{q(11, 12)}\nToo high!\n{q(13, 14)}\n\nEvery year, please.\n\n{q(15, 16)}\n\n-- \nSione Taufa\nDistrict engineer", {"12": "Too high!", "14": "Every year, please."}),
    ("typed into the middle of a passage", f"{ON}> [8] Repairs that cost less than two hundred dollars are made by the\n\nor the equivalent in local money\n\n> committee within seven days.\n>\n{q(9)}", {"8": "or the equivalent in local money"}),
    ("numbers lost in the quotation", f"{ON}> Each district keeps a register of all water points and publishes it\n> once a year.\n\nOn paper or on the web?\n\n> The fee is reviewed every three years.\n\nEvery year is better.\n", {"6": "On paper or on the web?", "14": "Every year is better."}),
    ("numbers above a whole quotation", f"12: too high\n20: add nitrate\n\n{ON}{q(*range(1, 26))}", {"12": "too high", "20": "add nitrate"}),
    ("outlook, top posted", "Dear all,\n\n6. Once a year is not enough.\n12. Too high.\n\nRegards\nLitia Naqvi\nTel. +679 555 0101" + OUTLOOK, {"6": "Once a year is not enough.", "12": "Too high."}),
    ("general above a whole quotation", f"I fully support this draft as it stands.\n\n{ON}{q(*range(1, 26))}", {"": "I fully support this draft as it stands."}),
    ("general under a whole quotation", f"{ON}{q(*range(1, 26))}\n>\n> Answer until 30 March 2026.\n\nI fully support this draft as it stands.\n", {"": "I fully support this draft as it stands."}),
    ("passages copied without marks", "[12] Households pay a monthly fee of two dollars, which the committee collects and the council audits.\nToo high.\n[14] The fee is reviewed every three years.\nEvery year, please.", {"12": "Too high.", "14": "Every year, please."}),
    ("parts by name", "12: The fee is too high.\nProposed wording: Households pay a monthly fee of one dollar.\nRationale: A family earns forty dollars a month.\nSource: Household survey 2024", {"12": "The fee is too high."}),
    ("on behalf", "On behalf of the Ministry of Health:\n\n20: add nitrate\n21: good", {"20": "add nitrate", "21": "good"}),
    ("a list of one's own", "Three points on the draft as a whole:\n\n1. It says nothing about livestock.\n2. It is too long.\n3. The examples are helpful.", {"": "Three points on the draft as a whole:\n\n1. It says nothing about livestock.\n2. It is too long.\n3. The examples are helpful."}),
    ("times and years are no passages", "12: I can explain it at a meeting.\n10:30 on Tuesday would suit me.\n2019: the last such meeting.", {"12": "I can explain it at a meeting.\n10:30 on Tuesday would suit me.\n2019: the last such meeting."}),
    ("a passage that is not there", "99: delete this\n12: too high", {"12": "too high", "": "99: delete this"}),
    ("subject tells", ("Re: [rwn] Consultation 3: Rural water policy - para 12", "Too high for most of our members."), {"12": "Too high for most of our members."}),
    ("a sentence about one", "Dear moderator,\n\nI think paragraph 12 asks too much of poor families.\n\nThanks\nKofi", {"12": "I think paragraph 12 asks too much of poor families."}),
    ("paragraph so-and-so should", "Paragraph 13 should be deleted.\n\nParagraph 16 should say five members.", {"13": "Paragraph 13 should be deleted.", "16": "Paragraph 16 should say five members."}),
    ("the same passage twice", "12: too high\n14: every year\n12: and who collects it?", {"12": "too high\n\nand who collects it?", "14": "every year"}),
    ("telephone", "12: too high\n\nSent from my iPhone", {"12": "too high"}),
    ("tabs", "6\tmore often\n12\ttoo high", {"6": "more often", "12": "too high"}),
    ("comment after a bracketed quotation", '12 "a monthly fee of two dollars": make it one dollar\n16 "seven members": five is enough', {"12": '"a monthly fee of two dollars": make it one dollar', "16": '"seven members": five is enough'}),
    ("section number of the draft", "Section 3: women should chair the committees.\n\nSection 4.: who does the tests?", {"15": "women should chair the committees.", "19": "who does the tests?"}),
    ("quoted answers of outlook in colour", "See my comments in line.\n\nFrom: Rural Water Network <rwn@lists.example.org>\nSent: Monday, 2 March 2026 10:12\nTo: members\nSubject: Consultation 3\n\n[6] Each district keeps a register of all water points and publishes it once a year.\n\nMele: Once a year is not enough.\n\n[12] Households pay a monthly fee of two dollars, which the committee collects and the council audits.\n\nMele: too high\n\n[13] Households that cannot pay are exempted by the committee after hearing the village head.\n", {"6": "Mele: Once a year is not enough.", "12": "Mele: too high"}),
]
