"""Why something cannot be done with a consultation. Each is a sentence that a person can act on."""

from django.utils.translation import gettext

from talanoa.consultations import telling
from talanoa.consultations.models import Consultation


class NotNow(Exception):
    """A verb that the consultation's stage does not allow."""

    def __init__(self, of: Consultation) -> None:
        super().__init__(gettext("That cannot be done now: the consultation is %(stage)s.") % {"stage": telling.STAGES[of.stage]})


class NotYours(Exception):
    """Somebody else's business."""

    def __str__(self) -> str:
        return gettext("Only a facilitator of this community or an author of the draft can do that.")


class Wanting(ValueError):
    """Something is missing; `str()` says what."""


class CommentedBefore(Exception):
    """The same mail was taken apart before (D5)."""

    def __str__(self) -> str:
        return "These comments have reached the consultation before."
