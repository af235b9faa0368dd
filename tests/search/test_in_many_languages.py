"""In a house with many languages a word is found in its other forms, as people type it (issue 5: stems, accents, case, scripts)."""

from datetime import UTC, datetime

import pytest

from talanoa.search import engine, finding, passages, wording

TEXTS = {
    "en": "The nurses were counting births; women's health matters, and COVID-19 is counted by e-mail to all 1,250 of them.",
    "en 2": "Well-being was discussed; co-operation is what the young men want.",
    "fr": "Les sages-femmes des écoles primaires ont aujourd’hui l'eau et du cœur.",
    "es": "Los niños de las comunidades rurales necesitan educación y vacunación.",
    "pt": "As populações da ilha precisam de vacinação e de água, mas não há poços.",
    "de": "Die Mädchen gehen auf der Straße zu den Häusern der Ärzte.",
    "nl": "De verpleegkundigen van het dorp zijn geïnteresseerd in de huizen.",
    "it": "Gli insegnanti delle città e delle università sono con i bambini dell'isola.",
    "ru": "Ещё учёные посетили деревни и сельскую больницу.",
    "ar": "المدارس في القرية تحتاج إلى معلّمين والأطفال والوزارة",
    "fa": "کتاب‌های دانش‌آموزان در روستاها",
    "hi": "गाँव के लड़के और लड़कियाँ पढ़ाई करते हैं और ज़रूरी काम।",
    "id": "Pendidikan anak-anak di desa yang membutuhkan pengajaran adalah baik.",
    "ro": "Copiii din școlile rurale au nevoie de învățători și de apă.",
    "tr": "İstanbul'daki okullarda çocuklar ve öğretmenler köylerin ışık ister.",
    "el": "Οι ευρωπαϊκές χώρες και οι μαθητές των παιδιών στα χωριά και οι γιατροί.",
    "vi": "Trẻ em ở nông thôn cần nước sạch và đào tạo.",
    "zh": "学校需要清洁的饮用水和教师。ＭＤＧ",
    "ja": "看護師がコンピュータで記録する。飲み物とトイレが必要です",
    "ko": "마을의 간호사가 물을 마십니다",
    "th": "พยาบาลในหมู่บ้านบันทึกการเกิด",
    "km": "គិលានុបដ្ឋាកភូមិកត់ត្រាកំណើត",
    "lo": "ໂຮງຮຽນຕ້ອງການນ້ຳສະອາດ",
    "ligature": "The eﬃcient ｃｌｉｎｉｃｓ were open.",
}
ASKED = {
    "en": ["NURSE", "counted births", "women’s health", "womens", "what's a nurse", "ｎｕｒｓｅｓ", "“women's health”", "covid19", "email", "1250", "COVID-19"],
    "en 2": ["wellbeing", "cooperation", "young men"],
    "fr": ["ECOLE", "sages femmes", "l'eau", "aujourd'hui", "coeur"],
    "es": ["nina", "comunidad", "educacion", "vacunar"],
    "pt": ["populacao", "população", "poco"],
    "de": ["maedchen", "strasse", "STRASSEN", "Haeuser", "Aerzte", "Haus"],
    "nl": ["verpleegkundige", "geinteresseerd", "huis"],
    "it": ["insegnante", "citta", "universita", "isole", "bambina"],
    "ru": ["еще", "УЧЕНЫЙ", "деревня", "больница"],
    "ar": ["مدارس", "والمدارس", "قرية", "القريه", "معلمون", "مُعَلِّمِين", "معلـــمين", "أطفال", "اطفال", "وزارة", '"المدارس في القرية"'],
    "fa": ["كتاب", "کتابهای", "روستاها"],
    "hi": ["लड़का", "गांव", "पढाई", "जरूरी"],
    "id": ["didik", "mendidik", "butuh", "mengajar"],
    "ro": ["scoli", "şcoli", "învățător", "invatator", "apa"],
    "tr": ["istanbul", "ISTANBUL", "İSTANBUL", "okul", "COCUKLAR", "ogretmen", "köy", "isik", "IŞIK"],
    "el": ["ευρωπαικες", "μαθητής", "ΜΑΘΗΤΗΣ", "παιδί", "παιδια", "χωριό", "γιατροσ", "ΓΙΑΤΡΟΣ"],
    "vi": ["tre em", "NƯỚC SẠCH", "dao tao"],
    "zh": ["饮用水", "水", "MDG", '"清洁的饮用水"'],
    "ja": ["看護師", "ｺﾝﾋﾟｭｰﾀ", "ﾄｲﾚ", "物"],
    "ko": ["간호사", "물", "마을"],
    "th": ["พยาบาล", "หมู่บ้าน"],
    "km": ["ភូមិ"],
    "lo": ["ນ້ຳ", "ນ້ໍາ"],
    "ligature": ["efficiently", "clinic"],
}  # fmt: skip


@pytest.fixture(scope="module")
def look():
    made = engine.Index()
    writer = made.writer()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    # Most of the house writes English, so that some of the others are below every share that a language could be known by.
    texts = [*TEXTS.values(), *["What was said about it here is this."] * 400]
    writer.add(1, [engine.Entry(number, (0,), number, "post", at, "", text) for number, text in enumerate(texts, 1)])
    writer.commit()
    return made.look()


@pytest.mark.parametrize("which", ASKED)
def test_a_word_is_found_as_people_type_it(look, which):
    wanted = list(TEXTS).index(which) + 1
    first = {}
    for words in ASKED[which]:
        hits = finding.answers(look, finding.wish(look, wording.understood(words), None), most=3).hits
        first[words] = [hit.number for hit in hits][:1]
    assert first == {words: [wanted] for words in ASKED[which]}


@pytest.mark.parametrize(("which", "words", "marked"), [("zh", "水", "水"), ("en", "counted", "counting"), ("el", "χωριό", "χωριά"), ("ar", "أطفال", "والأطفال")])
def test_what_is_found_is_marked_in_the_passage(look, which, words, marked):
    wished = finding.wish(look, wording.understood(words), None)
    pieces = passages.passage(TEXTS[which], wished.words, wished.languages, look.rarity)
    assert marked in [piece.words for piece in pieces if piece.marked]


def test_small_words_of_one_language_say_something_in_another(look):
    """"Men" is a small word in Swedish, "die" in German and Dutch."""
    telling = finding.analysis.telling
    assert telling(["young", "men"], ("en", "sv")) == ["young", "men"]
    assert telling(["die", "frauen", "und", "männer"], ("en", "de")) == ["frauen", "männer"]
    assert telling(["the", "who"], ("en",)) == ["the", "who"]
