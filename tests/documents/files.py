"""Files as people send them, made of bytes here: so that each damage is meant."""

import io
import zipfile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def zipped(parts, *, method=zipfile.ZIP_DEFLATED):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return kept.getvalue()


def docx(body, *, comments="", extra=None, head=""):
    """A DOCX file of WordprocessingML."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'{head}<w:document xmlns:w="{W}" xmlns:r="r"><w:body>{body}</w:body></w:document>',
        "word/styles.xml": (
            f'<w:styles xmlns:w="{W}">'
            '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
            '<w:style w:styleId="Eigene"><w:name w:val="Our own"/><w:basedOn w:val="berschrift1"/></w:style>'
            '<w:style w:styleId="Liste"><w:name w:val="List Bullet"/></w:style>'
            '<w:style w:styleId="Verzeichnis1"><w:name w:val="toc 1"/></w:style></w:styles>'
        ),
    }
    if comments:
        parts["word/comments.xml"] = f'<w:comments xmlns:w="{W}">{comments}</w:comments>'
    return zipped(parts | (extra or {}))


def p(words, style="", *, inside=""):
    style = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{style}{inside or run(words)}</w:p>"


def run(words):
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def comment(number, author, *lines):
    said = "".join(p(line) for line in lines)
    return f'<w:comment w:id="{number}" w:author="{author}" w:date="2026-03-02T09:00:00Z">{said}</w:comment>'


def odt(text):
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "text", "table")
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<office:document-content {spaces} xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<office:body><office:text>{text}</office:text></office:body></office:document-content>",
        }
    )
