"""A discussion and its way: proposed, approved, running, ended, summarised; its phases, summaries and who was asked."""

from django.db import models
from django.db.models import Q

from talanoa.communities.models import Community
from talanoa.conversations.models import Conversation, Post
from talanoa.editing.models import Text, Version
from talanoa.mail.models import Received
from talanoa.people.models import Person


class Discussion(models.Model):
    """An issue that members discuss for a time. Its contributions are the posts of its conversation."""

    class Stage(models.TextChoices):
        PROPOSED = "proposed"  # waits for the facilitator
        APPROVED = "approved"  # announced; its first phase is to come
        RUNNING = "running"
        ENDED = "ended"  # the final summary is due
        SUMMARISED = "summarised"  # the final summary is issued
        DECLINED = "declined"  # the reason is with the change

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="discussions", db_index=False)
    number = models.PositiveIntegerField(null=True)  # in its community, from 1, given when it is approved
    stage = models.CharField(max_length=16, choices=Stage, default=Stage.PROPOSED)
    proposer = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="discussions")
    proposer_name = models.CharField(max_length=200, blank=True)  # stays when the person goes
    received = models.OneToOneField(Received, null=True, on_delete=models.SET_NULL, related_name="discussion")
    proposed_subject = models.TextField()  # in the proposer's words, for ever
    proposed_text = models.TextField()
    proposed_at = models.DateTimeField()

    title = models.TextField()
    issue = models.TextField()
    why = models.TextField(blank=True)  # why now
    audience = models.TextField(blank=True)  # for whom
    moderator_name = models.CharField(max_length=200, blank=True)  # as proposed, where no member is called so
    moderator = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="moderated_discussions")  # a guest

    conversation = models.OneToOneField(Conversation, null=True, on_delete=models.PROTECT, related_name="discussion")
    post = models.OneToOneField(Post, null=True, on_delete=models.PROTECT, related_name="announces_discussion")
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="discussion_numbered_once"),
            models.CheckConstraint(
                condition=Q(stage__in=["proposed", "declined"]) | Q(number__isnull=False), name="approved_discussion_has_a_number"
            ),
        ]
        indexes = [models.Index(fields=["community", "stage"], name="discussion_by_stage")]

    def __str__(self) -> str:
        return self.title


class Phase(models.Model):
    """A stretch of a discussion with a theme and guiding questions."""

    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="phases")
    number = models.PositiveSmallIntegerField()  # from 1
    theme = models.TextField()
    questions = models.JSONField(default=list)  # strings
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opening = models.TextField(blank=True)  # the moderator's words; without any, a letter is made of theme and questions
    comment = models.TextField(blank=True)  # the moderator's word for the next digest
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    post = models.OneToOneField(Post, null=True, on_delete=models.PROTECT, related_name="opens_phase")
    digested = models.DateField(null=True)  # the last day for which a daily digest was looked after

    class Meta:
        constraints = [models.UniqueConstraint(fields=["discussion", "number"], name="phase_once")]


class Change(models.Model):
    """What happened to a discussion: who, when and why. Nobody means that its time had come."""

    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=24)  # a key of sentences.CHANGES
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    why = models.TextField(blank=True)
    before = models.JSONField(default=dict)  # what the change replaced


class Ours(models.Model):
    """That a post is no contribution: the announcement, an opening letter, a summary."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="of_the_discussion")


class Invitation(models.Model):
    """A personal letter to somebody who may care, or who has not been heard. Whether they spoke is seen in the conversation."""

    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField(blank=True)  # as it was shown
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["discussion", "person"], name="invited_once")]


class Reminder(models.Model):
    """That somebody was told of a clock of a discussion; each tells once."""

    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=24)  # see rules.reminders_due
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["discussion", "kind"], name="discussion_reminded_once")]


class Summary(models.Model):
    """The summary that is being made of a phase, or of the whole discussion."""

    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="summaries")
    phase = models.OneToOneField(Phase, null=True, on_delete=models.CASCADE, related_name="summary")  # null: of the whole
    begun_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "summaries"
        constraints = [models.UniqueConstraint(fields=["discussion"], condition=Q(phase=None), name="one_final_summary")]


class Section(Text):
    """One section of a summary as it is now; a source in it is a link to its contribution."""

    summary = models.ForeignKey(Summary, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=24)  # see rules.SECTIONS

    class Meta:
        constraints = [models.UniqueConstraint(fields=["summary", "key"], name="section_of_summary_once")]


class Revision(Version):
    """How a section was at some time."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="revisions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "number"], name="revision_of_summary_once")]


class Edition(models.Model):
    """A summary as it was issued, for ever: version 1, 2 …"""

    summary = models.ForeignKey(Summary, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    document = models.JSONField()  # everything that is shown, see summaries.document
    issued_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    issued_at = models.DateTimeField()
    post = models.OneToOneField(Post, null=True, on_delete=models.SET_NULL, related_name="summary_edition")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["summary", "number"], name="summary_issued_once")]


class Feedback(models.Model):
    """What a contributor is asked when the final summary is out: was it worth the time (1 to 5)?"""

    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="feedback")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    score = models.PositiveSmallIntegerField(null=True)
    words = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [models.UniqueConstraint(fields=["discussion", "person"], name="asked_for_feedback_once")]
