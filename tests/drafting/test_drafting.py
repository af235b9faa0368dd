"""The first draft of a Consolidated Reply: it invents nothing, and leaves nobody out."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.drafting.drafts import Contribution, draft, told
from talanoa.language.sentences import normal

QUESTION = Contribution(
    "q",
    "Lani Tavita",
    "Dear all,\n\nHow can we bring back girls who left school early? I would like to hear of evening classes and stipends.\n\nThanks,\nLani",
    is_question=True,
    country="VU",
)
NEPAL = Contribution(
    "r1",
    "Sunita Thapa",
    "Dear Lani,\n\nThank you for this question. In Nepal, near Kathmandu, we held evening classes in the water queue. Two hours at the tap "
    "became two hours of class; of 140 girls, 96 sat the grade 8 examination. Stipends should be paid to the girl.\n\n"
    'See the report "Second chances in twelve districts" at https://example.org/second.pdf. You may contact Bishnu Karki '
    "(bishnu@example.org) of the Ministry of Education.\n\nKind regards,\nSunita\nProgramme officer, Kathmandu",
    role="Programme officer",
    organisation="Girls First",
    country="NP",
)
TONGA = Contribution(
    "r2",
    "Mele Fifita",
    "Hi everybody,\nI agree with Sunita that evening classes work. In Tonga we tried stipends paid to the household, and they did not "
    "reach the girls. The market-day school in Port Vila, Vanuatu, teaches on the day on which mothers sell.\n\n"
    "There is an online course on second chances: http://courses.example.org/sce and a toolkit at www.tools.example.org/girls .\nMele",
    country="TO",
)
INDIA = Contribution(
    "r3",
    "Ravi Kumar",
    "I disagree: stipends should not be paid to the girl. Our evening classes in Bihar failed because the fathers kept the money.\n\n"
    "The self-help groups of the Self Employed Women's Association (SEWA) made it work. The regional conference on girls' education "
    "is on 3 May: https://conf.example.org . Statistics are in the database at https://data.example.org .",
    country="India",
    attachments=("costs.xlsx", "photo.jpg"),
)
CHINA = Contribution("r4", "Wang Lan", "各位好，\n我们在云南开办了夜间学校。女孩们晚上来上课，成绩很好。请参阅《农村女童教育报告》。谢谢！")
CAMBODIA = Contribution("r5", "Pierre Sok", "Merci pour la question. Au Cambodge, à Siem Reap, les classes du soir ont bien marché pour les filles.")
SAME = Contribution("r6", "Tom Ale", "Thanks, the same here!")
ALL = [QUESTION, NEPAL, TONGA, INDIA, CHINA, CAMBODIA, SAME]
SUBJECT = "Reaching girls who left school early"


@pytest.fixture(scope="module")
def whole():
    return draft(ALL, subject=SUBJECT)


def every_sentence(drafted):
    yield from ((one.sentence, one.message_id) for one in drafted.summary)
    for theme in drafted.themes:
        yield from ((one.sentence, one.message_id) for part in (theme.sentences, theme.agreement, theme.difference) for one in part)
    yield from ((sentence, one.message_id) for one in drafted.experiences for sentence in one.sentences)
    yield from ((text, one.message_id) for one in drafted.resources for text in (one.sentence, one.title))


def assert_nothing_is_invented(drafted, contributions):
    written = {one.message_id: normal(one.text) + "\n" + "\n".join(one.attachments) for one in contributions}
    everything = "\n".join(written.values())
    for sentence, message_id in every_sentence(drafted):
        assert sentence in written[message_id]
    for label in [*(theme.label for theme in drafted.themes), *(one.title for one in drafted.experiences)]:
        assert label in everything


def test_every_sentence_title_and_label_stands_in_a_message_and_carries_it(whole):
    assert_nothing_is_invented(whole, ALL)
    authors = {one.message_id: one.author for one in ALL}
    assert all(one.author == authors[one.message_id] for one in (*whole.summary, *whole.experiences))
    assert all(one.recommender == authors[one.message_id] for one in whole.resources)
    assert all(one.sentence for one in whole.summary)


PIECES = st.sampled_from(
    [
        "Dear all,", "In Nepal we held evening classes.", "I disagree with the stipends", 'see "The report on x" at http://a.example/b.pdf',
        "> quoted", "\n", "\n\n", "- an item in Kathmandu", "   ", "Ana", "Regards,", "我们在云南工作。", "हमने नेपाल में काम किया।", "Contact Bo Li (b@c.example)",
        "Ministry of Health", "?", "...", "\t", "e.g. fees", "ใน ประเทศเนปาล เราทำงาน", "\u200b", "İstanbul", "ſß", "However, evening classes failed.",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=12).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, max_size=4), st.integers(0, 40), st.booleans())
def test_nothing_is_invented_whatever_was_written(texts, words, with_question):
    contributions = [Contribution(str(n), f"Author {n % 3}", text, is_question=not n, country="NP") for n, text in enumerate(texts)]
    assert_nothing_is_invented(draft(contributions, words=words, with_question=with_question), contributions)


def test_everybody_who_answered_is_there_and_the_question_is_not(whole):
    assert {one.author for one in whole.summary} == {one.author for one in ALL} - {QUESTION.author}
    assert [one.author for one in whole.contributors] == [one.author for one in ALL[1:]]
    assert (whole.contributors[0].role, whole.contributors[0].message_ids) == ("Programme officer", ("r1",))
    assert whole.unrepresented == ()


@pytest.mark.parametrize("words", [60, 120, 300])
def test_everybody_has_a_sentence_as_soon_as_there_is_room(words):
    drafted = draft(ALL, subject=SUBJECT, words=words)
    assert {one.author for one in drafted.summary} == {one.author for one in ALL[1:]}
    assert sum(len(one.sentence.split()) for one in drafted.summary) <= words * 1.15


def test_as_many_sentences_as_were_asked_for():
    assert [len(draft(ALL, most_sentences=count).summary) for count in (1, 3, 6)] == [1, 3, 6]


def test_who_is_left_out_is_told():
    silent = Contribution("r7", "Nila", "http://only.a.link.example\n")
    empty = Contribution("r8", "Olo", "> all of it quoted\n")
    assert draft([QUESTION, NEPAL, silent, empty]).unrepresented == ("r8",)
    # Who said little is represented by what they gave: the link is a resource.
    assert "http://only.a.link.example" in [one.link for one in draft([QUESTION, silent]).resources]


def test_greetings_thanks_and_signatures_are_left_out(whole):
    said = " ".join(sentence for sentence, _ in every_sentence(whole))
    for courtesy in ("Dear Lani", "Thank you for", "Hi everybody", "Kind regards", "Programme officer", "各位好", "谢谢", "Merci"):
        assert courtesy not in said
    assert "Thanks, the same here!" in said  # nothing else was said


def test_points_of_agreement_and_of_difference_are_told_apart(whole):
    agreement = {one.sentence for theme in whole.themes for one in theme.agreement}
    difference = {one.sentence for theme in whole.themes for one in theme.difference}
    assert "I agree with Sunita that evening classes work." in agreement
    assert "I disagree: stipends should not be paid to the girl." in difference
    assert not agreement & difference
    stances = {one.sentence: one.stance for one in whole.summary}
    assert stances["I disagree: stipends should not be paid to the girl."] == "differs"
    assert stances["I agree with Sunita that evening classes work."] == "agrees"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Je suis d'accord avec les classes du soir.", "Je ne suis pas d'accord, au contraire, avec les classes du soir."),
        ("Estoy de acuerdo con las clases nocturnas.", "Sin embargo, las clases nocturnas no funcionan."),
        ("Saya setuju dengan kelas malam.", "Saya tidak setuju dengan kelas malam."),
        ("Я согласен: вечерние классы нужны.", "Однако вечерние классы не нужны."),
        ("我同意开办夜间学校。", "我不同意开办夜间学校。"),
        ("मैं सहमत हूँ कि शाम की कक्षाएँ चलें।", "मैं असहमत हूँ कि शाम की कक्षाएँ चलें।"),
        ("أتفق مع فصول المساء للبنات.", "لا أتفق مع فصول المساء للبنات."),
    ],
)
def test_stances_are_told_in_many_languages(one, other):
    drafted = draft([Contribution("1", "Ana", one), Contribution("2", "Ben", other)])
    assert [quote.stance for quote in drafted.summary] == ["agrees", "differs"]


def test_themes_bear_the_words_of_several_people(whole):
    assert any("classes" in theme.label for theme in whole.themes)
    for theme in whole.themes:
        assert len(theme.sentences) > 0
    assert {one.theme for one in whole.summary} & {theme.label for theme in whole.themes}


def test_experiences_stand_under_country_and_place(whole):
    found = [(one.country, one.place, one.author) for one in whole.experiences]
    assert found == [
        ("KH", "Siem Reap", "Pierre Sok"),
        ("CN", "Yunnan", "Wang Lan"),
        ("IN", "Bihar", "Ravi Kumar"),
        ("NP", "Kathmandu", "Sunita Thapa"),
        ("TO", "", "Mele Fifita"),
        ("VU", "Port-Vila", "Mele Fifita"),
    ]
    (nepal,) = (one for one in whole.experiences if one.country == "NP")
    assert nepal.sentences[1].startswith("Two hours at the tap")
    assert not nepal.from_profile


def test_who_tells_of_their_own_work_without_a_place_is_at_home():
    (one,) = draft([Contribution("1", "Ana", "We opened our school in the evening and forty girls came back to it.", country="Samoa", place="Apia")]).experiences
    assert (one.country, one.place, one.from_profile) == ("WS", "Apia", True)
    assert draft([Contribution("1", "Ana", "Schools should be opened in the evening, that is what books say.", country="WS")]).experiences == ()


def test_resources_stand_under_their_headings_with_their_recommender(whole):
    found = {(one.heading, one.title, one.link, one.recommender) for one in whole.resources}
    assert found >= {
        ("documentation", "Second chances in twelve districts", "https://example.org/second.pdf", "Sunita Thapa"),
        ("documentation", "农村女童教育报告", "", "Wang Lan"),
        ("contacts", "Bishnu Karki", "mailto:bishnu@example.org", "Sunita Thapa"),
        ("organisations", "Ministry of Education", "", "Sunita Thapa"),
        ("organisations", "Self Employed Women's Association (SEWA)", "", "Ravi Kumar"),
        ("tools", "toolkit", "www.tools.example.org/girls", "Mele Fifita"),
        ("tools", "costs.xlsx", "", "Ravi Kumar"),
    }
    headings = {one.link: one.heading for one in whole.resources if one.link}
    assert headings["http://courses.example.org/sce"] == "training"
    assert headings["https://conf.example.org"] == "events"
    assert headings["https://data.example.org"] == "portals"
    assert "photo.jpg" not in {one.title for one in whole.resources}


def test_the_summary_as_text_says_who_holds_what(whole):
    text = told(whole.summary)
    assert text.startswith("Sunita says that “In Nepal")
    assert "Mele replies that “I agree with Sunita" in text
    twice = draft([Contribution("1", "Ana Rao", "Is the well deep enough?"), Contribution("2", "Ana Tui", "It is deep enough for the village.")])
    assert told(twice.summary) == "Ana Rao asks: “Is the well deep enough?” Ana Tui replies that “It is deep enough for the village.”"


def test_of_nothing_comes_nothing():
    for contributions in ([], [Contribution("1", "Ana", "")], [Contribution("1", "Ana", " \n>\n--\n")]):
        drafted = draft(contributions, words=50)
        assert (drafted.summary, drafted.themes, drafted.experiences, drafted.resources) == ((), (), (), ())
    assert told(()) == ""


@pytest.mark.parametrize("piece", ["In Nepal the evening classes of the girls began. ", "Aa ", "学", "Ministry of ", "x@", '"', "https://", "a."])
def test_a_response_of_a_megabyte_is_drafted_in_seconds(piece):
    """Issue 4, faults and bad input: a response of 1 MB."""
    begun = time.process_time()
    draft([Contribution("1", "Ana", piece * (1_000_000 // len(piece))), CAMBODIA])
    assert time.process_time() - begun < 5


def test_twice_as_many_responses_take_about_twice_the_time():
    def taken(count):
        several = [Contribution(str(n), f"A{n}", f"In Nepal class {n} was held. The mothers of village {n % 7} paid.") for n in range(count)]
        begun = time.process_time()
        draft(several)
        return time.process_time() - begun

    taken(20)
    small = min(taken(100) for _ in range(2))
    assert taken(400) < 12 * max(small, 0.02)
