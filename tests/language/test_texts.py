"""What is told of a text by itself: sentences, language, terms, phrases, names."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.language.languages import guess
from talanoa.language.names import organisations
from talanoa.language.phrases import phrases
from talanoa.language.sentences import normal, sentences
from talanoa.language.similarity import Weights, dot
from talanoa.language.words import length, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two came. Dr. Rao of U.N. Women spoke, e.g. of fees! Why?", ["Two came.", "Dr. Rao of U.N. Women spoke, e.g. of fees!", "Why?"]),
        ("A line that\nwas wrapped by\na program. And on.", ["A line that was wrapped by a program.", "And on."]),
        ("What worked:\n- Evening classes\n- Stipends paid to mothers\n  each month", ["What worked:", "Evening classes", "Stipends paid to mothers each month"]),
        ("> somebody else's words\nMine.\n----------\n", ["Mine."]),
        ("我们在云南工作。女孩回到了学校！为什么？", ["我们在云南工作。", "女孩回到了学校！", "为什么？"]),
        ("夜間学級を開いた。参加者は増えた。", ["夜間学級を開いた。", "参加者は増えた。"]),
        ("हमने कक्षाएँ चलाईं। लड़कियाँ लौटीं।", ["हमने कक्षाएँ चलाईं।", "लड़कियाँ लौटीं।"]),
        ("យើងបានបើកថ្នាក់។ ក្មេងស្រីត្រឡប់មកវិញ។", ["យើងបានបើកថ្នាក់។", "ក្មេងស្រីត្រឡប់មកវិញ។"]),
        ("هل عادت الفتيات؟ نعم عادت.", ["هل عادت الفتيات؟", "نعم عادت."]),
        ("ကျောင်းဖွင့်သည်။ ကလေးများလာသည်။", ["ကျောင်းဖွင့်သည်။", "ကလေးများလာသည်။"]),
        ("A mail   \n   > quoted\n   whose ends   were lost.", ["A mail", "whose ends were lost."]),
        ("Dear Lani,\nWe came.\nAna Rao", ["Dear Lani,", "We came.", "Ana Rao"]),
        ("各位好，\n我们来了。", ["各位好，", "我们来了。"]),
        ("", []),
        (" \n--\n***\n", []),
    ],
)
def test_sentences_end_where_their_script_ends_them(text, expected):
    assert sentences(text) == expected


def test_thai_is_cut_at_spaces_but_not_at_each():
    text = "เราเปิดชั้นเรียนตอนเย็นสำหรับเด็กผู้หญิงที่ออกจากโรงเรียน เด็กส่วนใหญ่กลับมาเรียนต่อ และสอบผ่าน"
    assert sentences(text) == text.split(" ", maxsplit=1)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("abC1 .!?\n\r\t-•>\"')(।。ก \u00a0é"), max_size=300))
def test_a_sentence_is_a_piece_of_the_text_as_it_was_written(text):
    whole = normal(text)
    for sentence in sentences(text):
        assert sentence in whole
        assert any(char.isalnum() for char in sentence)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The girls went back to their school in the evening.", "en"),
        ("Les filles sont retournées à l'école avec leurs mères.", "fr"),
        ("Las niñas volvieron a la escuela con sus madres.", "es"),
        ("As meninas voltaram para a escola com suas mães e não faltaram.", "pt"),
        ("Anak perempuan itu kembali ke sekolah dengan ibu mereka.", "id"),
        ("Những cô bé đã trở lại trường với mẹ của họ.", "vi"),
        ("Девочки вернулись в школу.", "ru"),
        ("عادت الفتيات إلى المدرسة من أجل التعلم", "ar"),
        ("लड़कियाँ स्कूल में वापस आईं और पढ़ने के लिए", "hi"),
        ("केटीहरू विद्यालयमा फर्किए र पढ्न थाले छन् पनि", "ne"),
        ("女孩们回到了学校。", "zh"),
        ("女の子は学校に戻りました。", "ja"),
        ("소녀들은 학교로 돌아갔다.", "ko"),
        ("เด็กผู้หญิงกลับไปโรงเรียน", "th"),
        ("ក្មេងស្រីត្រឡប់ទៅសាលារៀន", "km"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_script_and_small_words(text, language):
    assert guess(text) == language


def test_terms_are_stems_and_pairs_where_no_spaces_stand():
    assert terms("The girls' schools are teaching", "en") == terms("a girl, school and teach", "en")
    assert terms("学校教育", "zh") == ["学校", "校教", "教育"]
    assert terms("काठमांडू में", "hi")  # vowel signs do not tear the word apart
    assert length("Two words") == 2
    assert length("学校教育") == 2


def test_stems_are_right_in_many_threads_at_once():
    wrong = []

    def work(number):
        for index in range(300):
            word = f"teaching{'abc'[index % 3]}{number}{index}s"
            if terms(word, "en") != [word.removesuffix("s")]:
                wrong.append(word)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_says_the_same_is_nearer():
    texts = [terms(text, "en") for text in ("Stipends keep girls in school", "A stipend keeps a girl at school", "Boats need fuel")]
    weights = Weights(texts)
    one, other, third = map(weights.vector, texts)
    assert dot(one, other) > 0.8 > dot(one, third) == 0
    assert dot(one, one) == pytest.approx(1)
    assert weights.vector([]) == {}


def test_a_phrase_is_as_it_was_written_and_crosses_no_small_word():
    found = [written for _, written in phrases("Evening classes in the water queue, and mothers' groups.", "en")]
    assert "Evening classes" in found
    assert "water queue" in found
    assert not any("the" in written.split() for written in found)
    assert "夜間学級" in [written for _, written in phrases("夜間学級を開いた", "ja")]


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("The Ministry of Women and Children ran it with UNICEF.", ["Ministry of Women and Children", "UNICEF"]),
        ("Ask the Self Employed Women's Association (SEWA).", ["Self Employed Women's Association (SEWA)"]),
        ("Le Ministère de la Santé et la Banque Mondiale", ["Ministère de la Santé et la Banque Mondiale"]),
        ("We worked with mothers in the village.", []),
        ("清华大学和教育部合作", ["清华大学"]),
    ],
)  # fmt: skip
def test_organisations_are_told_by_what_they_call_themselves(sentence, names):
    assert organisations(sentence)[: len(names)] == names
    assert bool(organisations(sentence)) == bool(names)
