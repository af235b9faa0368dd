"""What people send is read as blocks, or refused with a sentence; nothing of it runs, nothing is fetched (S1, S2)."""

import io
import socket

import pytest
import typst
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.files import comment, docx, odt, p, run, zipped
from talanoa.documents import reading
from talanoa.documents.refusals import Broken, Locked, NoText, NotRead, Swells, TooLarge, TooMuchWork, UnknownKind


def told(document):
    return [(block.kind, block.level, block.text) for block in document.blocks]


def test_word_headings_lists_and_tables_in_their_order():
    table = "<w:tbl><w:tr><w:tc>" + p("Pump") + "</w:tc><w:tc>" + p("12") + p("of iron") + "</w:tc></w:tr></w:tbl>"
    body = p("1 Scope ... 3", "Verzeichnis1") + p("Scope", "berschrift1") + p("Our duties", "Eigene") + p("All pumps.") + p("Iron", "Liste") + table
    document = reading.read_here(docx(body))
    assert told(document) == [
        ("heading", 1, "Scope"),
        ("heading", 1, "Our duties"),
        ("paragraph", 0, "All pumps."),
        ("item", 0, "Iron"),
        ("row", 0, "Pump | 12 of iron"),
    ]
    assert document.blocks[-1].cells == ("Pump", "12 of iron")


def test_word_comments_stand_where_they_were_made():
    body = (
        p("", inside=run("The fee is ") + '<w:commentRangeStart w:id="0"/>' + run("two dollars") + '<w:commentRangeEnd w:id="0"/>' + run(" a month."))
        + p("", inside='<w:commentRangeStart w:id="1"/>' + run("First."))
        + p("", inside=run("Second.") + '<w:commentRangeEnd w:id="1"/><w:r><w:commentReference w:id="1"/></w:r>')
    )
    document = reading.read_here(docx(body, comments=comment(0, "Ana Lopes", "Too much.", "Say one.") + comment(1, "Bo", "Both unclear")))
    (first,), (second,) = document.blocks[0].remarks, document.blocks[1].remarks
    assert (first.author, first.text, first.about, first.through) == ("Ana Lopes", "Too much.\nSay one.", "two dollars", 0)
    assert first.at.year == 2026
    assert (second.text, second.about, second.through) == ("Both unclear", "First.Second.", 1)
    assert document.blocks[2].remarks == ()
    assert "Both unclear" in document.text


def test_word_tracked_changes_are_told_with_what_stood_before():
    ins, gone = '<w:ins w:author="Ana">', "<w:del w:author='Ana'><w:r><w:delText>two</w:delText></w:r></w:del>"
    body = (
        p("", inside=run("The fee is ") + gone + ins + run("one") + "</w:ins>" + run(" dollar."))
        + p("", inside=ins + run("A new paragraph.") + "</w:ins>")
        + p("", inside="<w:del w:author='Ana'><w:r><w:delText>All of it goes.</w:delText></w:r></w:del>")
        + p("Untouched.")
    )
    blocks = reading.read_here(docx(body)).blocks
    assert [(block.before, block.text, block.changed_by) for block in blocks] == [
        ("The fee is two dollar.", "The fee is one dollar.", "Ana"),
        ("", "A new paragraph.", "Ana"),
        ("All of it goes.", "", "Ana"),
        (None, "Untouched.", ""),
    ]


def test_odt_headings_lists_tables_and_annotations():
    document = reading.read_here(
        odt(
            '<text:h text:outline-level="2">Duties</text:h>'
            "<text:tracked-changes><text:p>was deleted</text:p></text:tracked-changes>"
            "<text:p>Households<text:s text:c='2'/>pay<office:annotation><dc:creator>Bo</dc:creator><text:p>How much?</text:p></office:annotation> a fee.</text:p>"
            "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>deep</text:p></text:list-item></text:list></text:list-item></text:list>"
            "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
        )
    )
    assert told(document) == [
        ("heading", 2, "Duties"),
        ("paragraph", 0, "Households pay a fee."),
        ("item", 0, "one"),
        ("item", 1, "deep"),
        ("row", 0, "a | b"),
    ]
    assert [(one.author, one.text) for one in document.blocks[1].remarks] == [("Bo", "How much?")]


def test_slides_in_the_order_of_the_talk_not_of_the_files():
    a = 'xmlns:a="a" xmlns:p="p" xmlns:r="r"'
    shape = '<p:sp><p:nvSpPr><p:nvPr><p:ph type="{}"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>'
    rel = '<Relationship Id="{0}" Type="t/slide" Target="slides/{0}.xml"/>'
    data = zipped(
        {
            "ppt/presentation.xml": f'<p:presentation {a}><p:sldIdLst><p:sldId r:id="two"/><p:sldId r:id="one"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": f"<Relationships>{rel.format('one')}{rel.format('two')}</Relationships>",
            "ppt/slides/one.xml": f"<p:sld {a}>{shape.format('body', 'Thank you')}</p:sld>",
            "ppt/slides/two.xml": f"<p:sld {a}>{shape.format('title', 'Pumps')}{shape.format('body', 'in ten districts')}</p:sld>",
        }
    )
    assert told(reading.read_here(data)) == [("heading", 1, "Pumps"), ("paragraph", 0, "in ten districts"), ("paragraph", 0, "Thank you")]


def test_sheets_are_rows_with_cells_as_people_see_them():
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet("Comments")
    sheet.write_row(0, 0, ["No.", "Comment"])
    sheet.write_row(1, 0, [12, "Say one dollar"])
    book.close()
    document = reading.read_here(kept.getvalue())
    assert [block.cells for block in document.blocks] == [(), ("No.", "Comment"), ("12", "Say one dollar")]


def test_pdf_lines_become_paragraphs_and_running_heads_go(tmp_path):
    pages = "#pagebreak()\n".join(
        f"= Part {number}\nThe councils look after pump {number} and tell the public twice a year what was done, what it cost, and what remains.\n\nEnd {word}.\n"
        for number, word in enumerate("one two three four five".split(), 1)
    )
    head = '#set page(width: 12cm, height: 9cm, header: [Draft water policy], footer: context counter(page).display("1 / 1", both: true))\n'
    (tmp_path / "draft.typ").write_text(head + pages)
    document = reading.read_here(typst.compile(tmp_path / "draft.typ"))
    assert [(block.kind, block.text[:36]) for block in document.blocks[:3]] == [
        ("heading", "Part 1"),
        ("paragraph", "The councils look after pump 1 and t"),
        ("paragraph", "End one."),
    ]
    assert len(document.blocks) == 15


HTML = b"<html><head><title>Draft &amp; more</title><script>alert(1)</script></head><body><h2>Duties</h2><p>All<br>pumps</p><ul><li>iron</ul><table><tr><th>a<th><tr><td>1<td>2</table><p hidden>not this</p>"
TEXT = "WATER POLICY\n\n1. Scope\n\nAll pumps are\nlooked after.\n\n- iron\n- wood\n\nDuties\n======\n\n12. A numbered paragraph that is long enough to be no heading at all, with its end."


def test_html_markdown_and_plain_text():
    html = reading.read_here(HTML)
    assert html.title == "Draft & more"
    assert told(html) == [
        ("heading", 2, "Duties"),
        ("paragraph", 0, "All pumps"),
        ("item", 0, "iron"),
        ("row", 0, "a"),
        ("row", 0, "1 | 2"),
    ]
    assert told(reading.read_here(b"# Duties\n\nAll\npumps\n\n1. iron\n2. wood\n\n| a | b |\n|---|---|\n| 1 | |\n", ending="md")) == [
        ("heading", 1, "Duties"),
        ("paragraph", 0, "All pumps"),
        ("item", 0, "iron"),
        ("item", 0, "wood"),
        ("row", 0, "a | b"),
        ("row", 0, "1"),
    ]
    assert told(reading.read_here(TEXT.encode(), ending="txt")) == [
        ("heading", 1, "WATER POLICY"),
        ("heading", 1, "1. Scope"),
        ("paragraph", 0, "All pumps are looked after."),
        ("item", 0, "iron"),
        ("item", 0, "wood"),
        ("heading", 1, "Duties"),
        ("paragraph", 0, "12. A numbered paragraph that is long enough to be no heading at all, with its end."),
    ]


def laughing():
    entities = "".join(f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"&l" + str(n - 1) + ";" if n else "ha"}">' for n in range(40))
    return docx(p("&l39;"), head=f"<!DOCTYPE w [{entities}]>")


# Made when they are wanted: two hundred megabytes and twenty thousand parts are much for whoever only lists the tests.
BAD = {
    "a zip bomb": (lambda: zipped({"word/document.xml": b"<a>" + b" " * (12 << 20)}), Swells),
    "a bomb of many parts": (lambda: zipped({f"word/{n}.xml": "" for n in range(20_001)}), Swells),
    "billion laughs": (laughing, Broken),
    "an external entity": (lambda: docx(p("&x;"), head='<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), Broken),
    "200 MB": (lambda: b"x" * (200 << 20), TooLarge),
    "cut in half": (lambda: docx(p("words"))[:200], Broken),
    "a package of nothing": (lambda: zipped({"a.txt": "a"}), UnknownKind),
    "an old Word file": (lambda: reading.OLD_OFFICE + b"\x00" * 600, UnknownKind),
    "a Word file with a password": (lambda: reading.OLD_OFFICE + reading.ENCRYPTED_OFFICE, Locked),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", UnknownKind),
    "no words": (lambda: docx(p("")), NoText),
    "nothing at all": (lambda: b"", NoText),
    "a torn PDF": (lambda: b"%PDF-1.7\n%%EOF", Broken),
}


@pytest.fixture(scope="module")
def reader():
    made = reading.Reader(seconds=20)
    yield made
    made.close()


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_with_a_sentence_and_the_next_is_read(reader, name):
    make, refusal = BAD[name]
    with pytest.raises(refusal) as said:
        reader.read(make(), name="draft.docx")
    assert str(said.value).endswith(".")
    assert reader.text(docx(p("Still here."))) == "Still here."


def test_a_locked_pdf_is_refused():
    import pypdf

    writer, kept = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(kept)
    with pytest.raises(Locked):
        reading.read_here(kept.getvalue())


def test_what_takes_too_long_is_given_up(monkeypatch):
    def hang(data, **_):
        while data != b"<p>warm":
            pass

    monkeypatch.setattr(reading, "read_here", hang)
    hurried = reading.Reader(seconds=0.3)
    with pytest.raises(TooMuchWork):
        hurried.read(b"words")
    hurried.close()


def test_macros_do_not_run_and_links_are_not_fetched(reader):
    """A DOCX with a macro, a remote template and a linked picture is read for its words; no socket is opened."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0.05)
        home = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        link = f'<Relationships><Relationship Id="a" Type="t/attachedTemplate" Target="{home}" TargetMode="External"/></Relationships>'
        data = docx(p("Only words."), extra={"word/vbaProject.bin": b"\x00evil" * 99, "word/_rels/document.xml.rels": link})
        assert reader.text(data, name="draft.docm") == "Only words."
        with pytest.raises(TimeoutError):
            listening.accept()


def test_broken_xml_is_read_as_far_as_it_goes(reader):
    document = reader.read(docx(p("Before the break.") + "<w:p><w:r><w:t>Broken & torn</w:p>"))
    assert document.blocks[0].text == "Before the break."
    assert not document.whole


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "docx", "html", "md", "txt", "pdf"]), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-", b"<html>"]))
def test_any_bytes_are_read_or_refused(data, ending, head):
    try:
        assert reading.read_here(head + data, ending=ending).blocks
    except NotRead as refusal:
        assert str(refusal)
