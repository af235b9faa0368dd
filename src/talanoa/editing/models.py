"""What every text that is made by several people has; each room makes tables of its own of it."""

from django.db import models

from talanoa.people.models import Person


class Text(models.Model):
    """A text as it is now: safe HTML. Its versions are `revisions`."""

    html = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)  # counts savings: who saves says which one they changed
    saved_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        abstract = True


class Version(models.Model):
    """How a text was at some time; what one person types in a few minutes is one version."""

    number = models.PositiveIntegerField()
    html = models.TextField(blank=True)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True
