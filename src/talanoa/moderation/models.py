"""Held mail and the decisions on it."""

from django.db import models
from django.db.models import Q

from talanoa.communities.models import Community
from talanoa.conversations.models import Conversation, Post
from talanoa.mail.models import Received
from talanoa.people.models import Person


class Held(models.Model):
    """A mail that waits for a person, and what that person decided."""

    class Decision(models.TextChoices):
        NONE = ""
        APPROVED = "approved"
        REJECTED = "rejected"
        DISCARDED = "discarded"
        REDIRECTED = "redirected"
        QUERY = "query"  # let pass, as a query that a facilitator words
        PLACED = "placed"  # its author told which conversation it belongs to; it walks again without a clearance

    received = models.ForeignKey(Received, on_delete=models.PROTECT, related_name="holds")
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="held")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="held")
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="held")  # that it would join
    reasons = models.JSONField()  # codes of `rules`, all at once
    held_at = models.DateTimeField()

    told = models.PositiveSmallIntegerField(default=0)  # how many notices went to facilitators
    tell_at = models.DateTimeField(null=True)  # when the next facilitator is told; null when decided

    opened_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")  # who is reading it now
    opened_at = models.DateTimeField(null=True)

    decision = models.CharField(max_length=16, choices=Decision, default=Decision.NONE, blank=True)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)  # the reason told to the author
    subject = models.TextField(blank=True)  # the facilitator's wording, where it was edited
    text = models.TextField(blank=True)
    beneath = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="+")  # where a person placed it
    to_community = models.ForeignKey(Community, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name_plural = "held"
        constraints = [
            # One open decision for a mail in a community (O8).
            models.UniqueConstraint(
                fields=["received", "community"], condition=Q(decision=""), name="held_once_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["community", "held_at"], name="held_waiting", condition=Q(decision="")),
            models.Index(fields=["tell_at"], name="held_to_tell", condition=Q(decision="")),
        ]


class Receipt(models.Model):
    """A letter sent to an author about a held mail; at most one a day and community (L1)."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE)
    address = models.CharField(max_length=320)
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["community", "address", "-sent_at"], name="receipt_latest")]
