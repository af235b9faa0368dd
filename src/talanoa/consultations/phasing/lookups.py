"""Questions about the phases of a consultation; who may read it may read its phases."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from talanoa.consultations.models import Consultation, Phase

Stage = Consultation.Stage


def phases(of: Consultation) -> list[Phase]:
    """The phases of a consultation in their order; of one that is over, those that were."""
    found = of.phases.order_by("ends_at", "pk")
    return list(found.exclude(begun_at=None) if of.stage in (Stage.FINAL, Stage.DROPPED) else found)


def phase(of: Consultation) -> Phase | None:
    """The phase that lasts, or was the last."""
    return of.phases.exclude(begun_at=None).order_by("-begun_at", "-pk").first()


def to_come(of: Consultation) -> list[Phase]:
    """The phases that have not begun."""
    return list(of.phases.filter(begun_at=None).order_by("ends_at", "pk"))


def over(at: datetime) -> list[Consultation]:
    """Those whose answers or review are over, with a phase to come; for the house itself."""
    ended = Q(stage=Stage.ANSWERING, answers_due_at__lte=at) | Q(stage=Stage.REVIEW, review_ends_at__lte=at)
    following = Phase.objects.filter(consultation=OuterRef("pk"), begun_at=None)
    return list(Consultation.objects.filter(ended, Exists(following)).select_related("community"))
