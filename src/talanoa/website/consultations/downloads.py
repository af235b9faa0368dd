"""What can be taken along: drafts as received and with the numbers of their passages, the matrix, the proceedings."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import override
from django.views.decorators.http import require_safe

from talanoa.consultations import exports, lookups, papers
from talanoa.consultations.models import Consultation
from talanoa.website.consultations.views import found
from talanoa.website.places import reader
from talanoa.website.request import Request

PDF = "application/pdf"


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    """As something to keep: a browser that showed it itself would run what it holds in our name (P5)."""
    answer = HttpResponse(content, content_type=media_type)
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_safe
def draft(request: Request, slug: str, number: int, version: int, ending: str) -> HttpResponse:
    """A draft: "received" as it came, "docx" and "pdf" with numbers."""
    of = found(reader(request, slug), number)
    one = lookups.newest(of, number=version)
    if one is None or ending not in {"received", "docx", "pdf"}:
        raise Http404
    if ending == "received":
        if not one.file:
            raise Http404
        with one.file.open("rb") as kept:
            return _file(kept.read(), "application/octet-stream", one.name or "draft")
    passages = lookups.passages(one)
    if ending == "docx":
        return _file(papers.numbered_docx(of, one, passages), papers.DOCX, papers.file_name(of, one, ending))
    return _file(papers.numbered_pdf(of, one, passages), PDF, papers.file_name(of, one, ending))


@require_safe
def matrix(request: Request, slug: str, number: int, ending: str) -> HttpResponse:
    """The matrix that somebody may see, as a spreadsheet or a Word table."""
    of = found(reader(request, slug), number)
    if ending not in {"xlsx", "docx"} or not lookups.comments(request.person, of).exists():
        raise Http404
    rows = lookups.matrix(request.person, of).rows
    with override(of.community.language):
        made = exports.as_xlsx(of, rows) if ending == "xlsx" else exports.as_docx(of, rows)
    return _file(made, exports.XLSX if ending == "xlsx" else papers.DOCX, papers.file_name(of, None, ending, what="matrix"))


@require_safe
def proceedings(request: Request, slug: str, number: int, ending: str) -> HttpResponse:
    """All contributions with their answers, beneath the summary, for who may read them; once it is concluded."""
    of = found(reader(request, slug), number)
    version = lookups.newest(of)
    final = of.stage == Consultation.Stage.FINAL or lookups.may_work_on(request.person, of)
    if version is None or ending not in {"docx", "pdf"} or not final or not lookups.reads_comments(request.person, of):
        raise Http404
    comments = [row.comment for row in lookups.matrix(request.person, of).rows]
    made = papers.proceedings(of, version, lookups.passages(version), comments, ending)
    return _file(made, papers.DOCX if ending == "docx" else PDF, papers.file_name(of, None, ending, what="proceedings"))
