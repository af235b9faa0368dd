"""The mail of each working morning."""

from django.db import models

from talanoa.people.models import Person


class Morning(models.Model):
    """Whether a facilitator wants the desk by mail, and the last day for which that was looked after."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="morning")
    wanted = models.BooleanField(default=True)
    day = models.DateField(null=True)  # where the person is
