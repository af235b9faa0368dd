"""A document set for paper: what is in it, in which order, and that nothing anybody wrote is read as a command."""

import io

import docx
import pypdf
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from talanoa.conversations.lookups import as_letter
from talanoa.publishing import document as parts
from talanoa.publishing import paper, word
from talanoa.replies import document, publication

KEYS = [letter * 32 for letter in "ABCD"]
VOICES = [
    parts.Voice("Sunita Gurung", "Teacher", "Hill School", "NP"),
    parts.Voice("Leimas Tari", "Coordinator", "", "VU"),
    parts.Voice("Layla Hassan", "", "Ministry", "JO"),
]
TEXTS = [
    "We hold evening classes in the water queue.",
    "नमस्ते, हामीले साँझको कक्षा चलायौं। ขอบคุณค่ะ សូមអរគុណ Спасибо",
    "شكراً على السؤال. في بلدنا تُسجَّل القابلات المدرَّبات في سجل منفصل.",
]


def source(number, words=""):
    return f'<a href="https://talanoa.example.org/c/mdg/m/{KEYS[number]}">{words or VOICES[number].name}</a>'


SECTIONS = [
    ("summary", f"<p>The class has to come to the girl ({source(0)}).</p><ul><li><strong>Pay</strong> her {source(1)}</li></ul>"),
    ("experiences", f"<h3>Nepal</h3><h4>Kathmandu: The water queue</h4><p>Of 140 girls, 96 sat the examination. ({source(0)})</p>"),
    (
        "documentation",
        f"""<ul><li>Second chances, <a href="https://example.org/second.pdf">PDF</a> {source(0)}, {source(2)}</li>
        <li>Statistics toolkit <a href="#found">found</a></li></ul>""",
    ),
    ("contacts", ""),
]


def made(*, texts=TEXTS, sections=SECTIONS, language="en", title="Reaching girls who left school early", **more):
    masthead = {
        "language": language,
        "community": {"name": "MDG Pacific", "slug": "mdg", "address": "mdg@lists.example.org"},
        "number": 13,
        "version": 1,
        "title": title,
        "types": ["experiences", "advice"],
        "compiled_by": "Ana Tuimavave",
        "research_by": "Ana Tuimavave",
        "issued_at": "2026-03-20T09:00:00.123456+13:00",
        "page": "https://talanoa.example.org/c/mdg/replies/13",
        "licence": "CC BY 4.0",
        "disclaimer": "What members say is theirs.",
    } | more
    return document.make(
        masthead,
        query={
            "voice": parts.Voice("Ben Okafor", "Statistician", "Bureau of Statistics", "PG"),
            "at": "2026-03-02T09:30:00+00:00",
            "html": as_letter("How do you reach girls who left school early?"),
            "context": "",
            "key": "E" * 32,
        },
        sections=sections,
        responses=[
            parts.Response(KEYS[n], VOICES[n], n, "2026-03-03T09:00:00+00:00", as_letter(text), "ar" if n == 2 else "")
            for n, text in enumerate(texts)
        ],
        base="https://talanoa.example.org",
    )


def on_paper(document) -> bytes:
    return paper.pdf(publication.laid_out(document))


def in_word(document) -> bytes:
    return word.file(publication.laid_out(document))


def words_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_the_parts_stand_in_the_order_of_the_method_and_each_item_tells_its_recommender():
    pieces = publication.laid_out(made()).pieces
    told = [(one["is"], "".join(run["t"] for run in one["runs"])) for one in pieces]
    assert [words for kind, words in told if kind == "heading"] == [
        "The query",
        "Responses were received, with thanks, from",
        "Summary of responses",
        "Comparative experiences",
        "Nepal",
        "Kathmandu: The water queue",
        "Related resources",
        "Documentation",
        "Responses in full",
        "1. Sunita Gurung, Teacher, Hill School, Nepal",
        "2. Leimas Tari, Coordinator, Vanuatu",
        "3. Layla Hassan, Ministry, Jordan",
        "How to add to this reply",
    ]
    assert [words for kind, words in told if kind == "credit"][1:4] == [
        "from Sunita Gurung, Nepal · response 1",
        "recommended by Sunita Gurung · response 1; Layla Hassan · response 3",
        "found by the facilitator",
    ]
    assert ("p", "Of 140 girls, 96 sat the examination.") in told
    assert ("line", "Compiled by Ana Tuimavave; additional research by Ana Tuimavave") in told
    assert ("p", "Disclaimer: What members say is theirs.") in told
    assert ("p", "Licence: CC BY 4.0") in told


def test_the_countries_are_those_of_the_contributors_and_of_the_headings():
    assert made(texts=TEXTS[:2])["countries"] == ["NP", "VU"]
    assert made(texts=[], sections=[("experiences", "<h3>népal</h3><p>x</p><h3>Elsewhere</h3>")], language="fr")["countries"] == ["NP"]


def test_who_responded_twice_is_thanked_once():
    twice = [parts.Response(KEYS[n], VOICES[0], 7, "2026-03-03T09:00:00+00:00", "<p>x</p>") for n in (0, 1)]
    assert [(one["name"], one["responses"]) for one in parts.contributors(twice)] == [("Sunita Gurung", [1, 2])]


def test_the_pdf_has_pages_contents_links_title_and_language_and_is_tagged():
    read = pypdf.PdfReader(io.BytesIO(on_paper(made())))
    assert read.metadata.title == "Reaching girls who left school early"
    assert read.metadata.author == "Ana Tuimavave"
    assert read.root_object["/Lang"] == "en"
    assert read.root_object["/MarkInfo"]["/Marked"]
    assert [one.title for one in read.outline if not isinstance(one, list)][:2] == ["The query", "Responses were received, with thanks, from"]
    links = [note.get_object() for page in read.pages for note in page.get("/Annots", [])]
    assert "https://example.org/second.pdf" in {link["/A"]["/URI"] for link in links if "/URI" in link.get("/A", {})}
    assert len(links) > 12
    text = words_of(on_paper(made()))
    assert f"1 / {len(read.pages)}" in text
    for said in ("Contents", "Of 140 girls, 96 sat the examination.", "recommended by Sunita Gurung", "Спасибо"):
        assert said in text
    fonts = {str(font.get_object()["/BaseFont"]) for page in read.pages for font in page["/Resources"]["/Font"].values()}
    for script in ("Devanagari", "Thai", "Khmer", "NaskhArabic"):
        assert any(script in name for name in fonts), script


def test_the_docx_has_headings_lists_contents_links_and_properties():
    read = docx.Document(io.BytesIO(in_word(made())))
    styles = [(one.style.name, one.text) for one in read.paragraphs]
    assert ("Title", "Reaching girls who left school early") in styles
    assert ("Heading 1", "Summary of responses") in styles
    assert ("Heading 2", "Nepal") in styles
    assert ("List Bullet", "Pay her Leimas Tari") in styles
    assert next(text for style, text in styles if style == "List Number") == "Sunita Gurung, Teacher, Hill School, Nepal"
    assert "TOC" in read.element.xml
    assert read.sections[0].footer.paragraphs[0]._p.xml.count("NUMPAGES") == 1
    assert "https://example.org/second.pdf" in {one.target_ref for one in read.part.rels.values() if one.is_external}
    anchors = {one.get(f"{{{one.nsmap['w']}}}anchor") for one in read.element.iter("{*}hyperlink")} - {None}
    marks = {one.get(f"{{{one.nsmap['w']}}}name") for one in read.element.iter("{*}bookmarkStart")}
    assert {"r1", "r3", "summary"} <= anchors <= marks
    assert (read.core_properties.title, read.core_properties.author) == ("Reaching girls who left school early", "Ana Tuimavave")
    assert sum(1 for _ in read.element.iter("{*}bidi")) == 1


def test_a_reply_in_a_language_that_runs_from_right_to_left():
    text = made(language="ar", title="الوصول إلى الفتيات")
    assert pypdf.PdfReader(io.BytesIO(on_paper(text))).root_object["/Lang"] == "ar"
    assert next(one for one in publication.laid_out(text).pieces if one["is"] == "title")["rtl"]
    assert docx.Document(io.BytesIO(in_word(text))).paragraphs


NASTY = ["#panic()", "$ x", "@r1", "<r1>", "*a _b", "\\", "`", '"', "//", '#import "@preview/a:1"', "]]>", "{{7*7}}", "[", "\x00\x0b", "\ud800", "\u2028", "𒀀"]


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
@example(said=" ".join(NASTY))
@given(said=st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=12)), min_size=8, max_size=12).map(" ".join))
def test_whatever_somebody_writes_stands_there_as_words_and_runs_nothing(said):
    whole = made(texts=[said, "after all"], title=f"T {said}", sections=[("summary", as_letter(said) + f"<p>{source(0)}</p>")])
    assert "after all" in words_of(on_paper(whole))
    assert any(one.text == "after all" for one in docx.Document(io.BytesIO(in_word(whole))).paragraphs)


def test_the_signs_of_typst_are_shown_and_not_obeyed():
    text = words_of(on_paper(made(texts=["#set text(red) $x^2$ @label *strong* // gone?"])))
    assert "#set text(red) $x^2$ @label *strong* // gone?" in text


def test_what_was_withdrawn_has_no_words_and_what_cites_it_says_so():
    shown = parts.without(made(), {KEYS[0]})
    text = words_of(on_paper(shown))
    assert "water queue." not in text
    assert "This response was withdrawn." in text
    assert "withdrawn since" in text
    assert parts.without(made(), {"Z" * 32}) == made()


def test_strangers_see_no_mail_address_but_the_communitys():
    shown = str(parts.masked(made(texts=["Write to sina@people.example or mdg@lists.example.org."])))
    assert "sina@" not in shown
    assert "…@people.example" in shown
    assert "'address': 'mdg@lists.example.org'" in shown
