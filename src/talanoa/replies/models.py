"""The Consolidated Reply: as it is edited, as it was issued, and what came of it."""

from django.db import models
from django.db.models import Q

from talanoa.conversations.models import Post
from talanoa.editing.models import Text, Version
from talanoa.people.models import Person
from talanoa.queries.models import Query


class Reply(models.Model):
    """The Consolidated Reply that is being made of a query's responses."""

    query = models.OneToOneField(Query, on_delete=models.CASCADE, related_name="reply")
    begun_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "replies"


class Section(Text):
    """One section of a Consolidated Reply as it is now: safe HTML, in which a source is a link to its response."""

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=24)  # see rules.SECTIONS

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reply", "key"], name="section_once")]


class Revision(Version):
    """How a section was at some time."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="revisions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "number"], name="revision_once")]


class Edition(models.Model):
    """A Consolidated Reply as it was issued, for ever: version 1, 2 …"""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    document = models.JSONField()  # everything that is shown: masthead, query, contributors, sections, responses
    issued_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    issued_at = models.DateTimeField(db_index=True)
    post = models.OneToOneField(Post, null=True, on_delete=models.SET_NULL, related_name="edition")  # the mail that brought it
    pdf = models.FileField(max_length=255)
    docx = models.FileField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reply", "number"], name="issued_once")]


class FollowUp(models.Model):
    """What the asker is asked after the reply: did it help (1 to 5), and what was done with it."""

    class Kind(models.TextChoices):
        HELPED = "helped"
        STORY = "story"

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="follow_ups")
    kind = models.CharField(max_length=16, choices=Kind)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    score = models.PositiveSmallIntegerField(null=True)  # 1 to 5
    words = models.TextField(blank=True)
    shown = models.BooleanField(default=False)  # the asker lets others read the words on the page of the reply

    class Meta:
        constraints = [models.UniqueConstraint(fields=["query", "kind"], name="followed_up_once")]
        indexes = [models.Index(fields=["due_at"], name="follow_up_due", condition=Q(sent_at__isnull=True))]
