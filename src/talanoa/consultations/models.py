"""A consultation and its way: its drafts cut into passages, what was submitted, each comment with its state and answer."""

from django.db import models
from django.db.models import Q

from talanoa.communities.models import Community
from talanoa.conversations.models import Conversation, Post
from talanoa.mail.models import Received
from talanoa.people.models import Person


class Consultation(models.Model):
    """A draft, or questions, put before the community for comments."""

    class Stage(models.TextChoices):
        PREPARED = "prepared"  # not announced yet
        OPEN = "open"  # comments are awaited
        ANSWERING = "answering"  # closed; each comment gets an answer
        REVIEW = "review"  # a new draft is out: commenters look at the answers and at what changed
        FINAL = "final"  # done, with its proceedings
        DROPPED = "dropped"

    class Visibility(models.TextChoices):
        OPEN = "open"  # whoever may read the community reads all comments
        AFTER = "after"  # from the close on
        AUTHORS = "authors"  # only the draft's authors and the facilitators read them

    class Kind(models.TextChoices):
        DRAFT = "draft"
        QUESTIONS = "questions"  # a call for submissions: each question is a passage

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="consultations", db_index=False)
    number = models.PositiveIntegerField(null=True)  # in its community, from 1, given when it opens
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.DRAFT)
    stage = models.CharField(max_length=16, choices=Stage, default=Stage.PREPARED)
    visibility = models.CharField(max_length=16, choices=Visibility)
    title = models.TextField()
    text = models.TextField(blank=True)  # the invitation: what for, by whom, what will be done with the comments
    prepared_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    prepared_at = models.DateTimeField()
    authors = models.ManyToManyField(Person, related_name="drafts_consulted")  # of the draft: they read and answer with the facilitators

    conversation = models.OneToOneField(Conversation, null=True, on_delete=models.PROTECT, related_name="consultation")
    post = models.OneToOneField(Post, null=True, on_delete=models.PROTECT, related_name="opens_consultation")
    opened_at = models.DateTimeField(null=True)
    # The clocks of the phases that came last of each rule, so that many consultations can be asked at once.
    closes_at = models.DateTimeField(null=True)
    answers_due_at = models.DateTimeField(null=True)
    review_ends_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)
    summary = models.TextField(blank=True)
    unanswered_because = models.TextField(blank=True)  # published, where it was concluded with comments that have no answer

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="consultation_numbered_once"),
            models.CheckConstraint(
                condition=Q(stage__in=["prepared", "dropped"]) | Q(number__isnull=False), name="open_consultation_has_a_number"
            ),
        ]
        indexes = [models.Index(fields=["community", "stage", "-opened_at"], name="consultation_by_stage")]

    def __str__(self) -> str:
        return self.title


class Phase(models.Model):
    """A stretch of a consultation with its rule: comments are awaited, or answered, or a draft is reviewed. They follow by their ends."""

    class Rule(models.TextChoices):
        COMMENT = "comment"
        ANSWER = "answer"
        REVIEW = "review"

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="phases", db_index=False)
    rule = models.CharField(max_length=16, choices=Rule)
    theme = models.TextField(blank=True)  # what it is about, where it is about something of its own
    ends_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)  # None: it is to come

    class Meta:
        indexes = [models.Index(fields=["consultation", "ends_at"], name="phases_by_their_ends")]


class Version(models.Model):
    """One draft: the file as it was received; its passages stand beside it."""

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()  # from 1
    name = models.CharField(max_length=255)  # of the file; "" where it was typed
    media_type = models.CharField(max_length=127, blank=True)
    digest = models.CharField(max_length=64, blank=True)  # SHA-256, also its place in storage
    file = models.FileField(max_length=255, blank=True)
    note = models.TextField(blank=True)  # what is new
    whole = models.BooleanField(default=True)  # False: the file was damaged and read as well as could be
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consultation", "number"], name="version_numbered_once")]


class Passage(models.Model):
    """A passage of one version, with the number that it has in all of them; see `passages`."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="passages", db_index=False)
    place = models.PositiveSmallIntegerField()  # in the draft, from 0
    label = models.CharField(max_length=12)
    kind = models.CharField(max_length=16)
    level = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    how = models.CharField(max_length=16)
    moved = models.BooleanField(default=False)
    origins = models.JSONField(default=list)  # labels in the version before

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "place"], name="passage_in_its_place"),
            models.UniqueConstraint(fields=["version", "label"], name="passage_numbered_once"),
        ]


class Submission(models.Model):
    """What somebody sent in at once: a mail, a file, a form. Its comments stand apart."""

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="submissions", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="submissions")
    name = models.CharField(max_length=200)  # stays when the person goes
    organisation = models.CharField(max_length=200, blank=True)
    in_the_name_of = models.CharField(max_length=200, blank=True)
    received = models.OneToOneField(Received, null=True, on_delete=models.SET_NULL, related_name="submission")
    message_id = models.TextField(blank=True)
    files = models.JSONField(default=list)  # names of files that were read, and sentences on those that were not
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["consultation", "person"], name="submission_of_person")]


class Comment(models.Model):
    """A comment on passages, or on the whole; and what was answered."""

    class State(models.TextChoices):
        NEW = "new"
        ASSIGNED = "assigned"
        DEFERRED = "deferred"
        ACCEPTED = "accepted"
        MODIFIED = "modified"  # accepted with modification
        DECLINED = "declined"  # not accepted

    class Reaction(models.TextChoices):
        AGREES = "agrees"
        DISAGREES = "disagrees"
        WITHDREW = "withdrew"

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="comments", db_index=False)
    number = models.PositiveIntegerField()  # in its consultation, from 1
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="comments")
    labels = models.JSONField(default=list)  # of passages, in their order; empty: on the whole
    beneath = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="answers")  # it answers another comment
    text = models.TextField(blank=True)
    proposed = models.TextField(blank=True)
    rationale = models.TextField(blank=True)
    source = models.TextField(blank=True)
    late = models.BooleanField(default=False)
    replaced_at = models.DateTimeField(null=True)  # its author sent a better reading of the same words

    state = models.CharField(max_length=16, choices=State, default=State.NEW)
    owner = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when its author was mailed this answer
    reaction = models.CharField(max_length=16, choices=Reaction, blank=True)
    reaction_words = models.TextField(blank=True)
    reacted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consultation", "number"], name="comment_numbered_once")]

    def __str__(self) -> str:
        return f"#{self.number}"


class Support(models.Model):
    """That somebody supports a comment."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="supports", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "person"], name="supported_once")]


class Event(models.Model):
    """What happened to a consultation: who, when and why. Nobody means that its time had come."""

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(max_length=24)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    why = models.TextField(blank=True)


class Reminded(models.Model):
    """That a clock of a consultation has reminded; each does once."""

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="reminded", db_index=False)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consultation", "kind"], name="consultation_reminded_once")]
