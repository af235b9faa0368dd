"""A consultation with two drafts, comments and answers, and one being prepared, for the browser."""

from datetime import timedelta

from talanoa.consultations import actions
from talanoa.consultations.comments import Said
from talanoa.consultations.models import Comment

DRAFT = b"""# Water policy

Each district keeps a register of all water points and publishes it once a year.

Households pay a monthly fee of two dollars, which the committee collects.

## Committees

- a list of spare parts kept in the district store
"""


def consult(cast, at) -> dict[str, str]:
    """The paths of their pages; they run as long as somebody looks."""
    given = {"text": "Please help us to make it better.", "visibility": "open", "data": DRAFT, "name": "draft.md", "by": cast.ana}
    of = actions.prepare(cast.mdg, title="Rural water policy", at=at, **given)
    actions.open_(of, closes_at=at + timedelta(days=20), by=cast.ana, at=at)
    actions.comment(of, [Said(("3",), "Too high.", "one dollar", "Poverty", "Survey")], by=cast.ben, in_the_name_of="Users' union", at=at)
    actions.comment(of, [Said((), "A good draft.")], by=cast.chandra, at=at)
    actions.answer([Comment.objects.get(number=1, consultation=of)], state="modified", words="One dollar.", by=cast.ana, at=at)
    actions.upload(of, data=DRAFT.replace(b"two dollars", b"one dollar"), name="second.md", note="The fee", by=cast.ana, at=at)
    actions.renew(of, by=cast.ana, at=at)
    prepared = actions.prepare(cast.mdg, title="Schools", at=at, **given)
    return {"consulting": f"/consultations/{of.pk}", "preparing": f"/consultations/{prepared.pk}"}
