"""A query and its way: asked, worded, agreed, open, closed, consolidated; who was approached."""

from django.db import models
from django.db.models import Q

from talanoa.communities.models import Community
from talanoa.conversations.models import Conversation, Post
from talanoa.mail.models import Received
from talanoa.people.models import Person


class Customs(models.Model):
    """How queries are run in a community; without a row, as the method has it."""

    community = models.OneToOneField(Community, on_delete=models.CASCADE, primary_key=True, related_name="+")
    window_days = models.PositiveSmallIntegerField(default=10)  # how long responses are awaited
    reply_days = models.PositiveSmallIntegerField(default=15)  # from circulation to the Consolidated Reply
    silence_hours = models.PositiveSmallIntegerField(default=24)  # without a response, the facilitator is told
    open_advised = models.PositiveSmallIntegerField(default=2)  # queries at a time that a list can bear
    helped_days = models.PositiveSmallIntegerField(default=7)  # after the reply: did it help?
    story_days = models.PositiveSmallIntegerField(default=90)  # after the reply: what was done with it?
    licence = models.TextField(blank=True)
    disclaimer = models.TextField(blank=True)


class Query(models.Model):
    """A member's question to the community. Its responses are the posts of its conversation."""

    class Stage(models.TextChoices):
        ASKED = "asked"  # waits for the facilitator's wording
        WORDED = "worded"  # the wording waits for the asker
        AGREED = "agreed"  # may be circulated
        OPEN = "open"  # circulated; responses are awaited
        CLOSED = "closed"  # the window is over; being consolidated
        CONSOLIDATED = "consolidated"  # its Consolidated Reply is issued
        DROPPED = "dropped"  # not circulated, or taken back; the reason is with the change

    class Type(models.TextChoices):
        EXPERIENCES = "experiences"
        EXAMPLES = "examples"
        ADVICE = "advice"
        REFERRALS = "referrals"

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="queries", db_index=False)
    number = models.PositiveIntegerField(null=True)  # in its community, from 1, given when it is circulated
    stage = models.CharField(max_length=16, choices=Stage, default=Stage.ASKED)
    asker = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="queries")
    asker_name = models.CharField(max_length=200, blank=True)  # stays when the person goes
    received = models.OneToOneField(Received, null=True, on_delete=models.SET_NULL, related_name="query")
    asked_subject = models.TextField()  # in the asker's words, for ever
    asked_text = models.TextField()
    asked_at = models.DateTimeField()

    title = models.TextField()  # as it is, or will be, circulated
    text = models.TextField()
    context = models.TextField(blank=True)
    types = models.JSONField(default=list)  # values of Type
    wording = models.PositiveSmallIntegerField(default=0)  # counts proposals: an agreement is to one of them

    conversation = models.OneToOneField(Conversation, null=True, on_delete=models.PROTECT, related_name="query")
    post = models.OneToOneField(Post, null=True, on_delete=models.PROTECT, related_name="opens_query")  # the query as circulated
    circulated_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # the Consolidated Reply

    class Meta:
        verbose_name_plural = "queries"
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="query_numbered_once"),
            models.CheckConstraint(
                condition=Q(stage__in=["asked", "worded", "agreed", "dropped"]) | Q(number__isnull=False),
                name="circulated_query_has_a_number",
            ),
        ]
        indexes = [
            models.Index(fields=["community", "stage", "-circulated_at"], name="query_by_stage"),
            models.Index(fields=["closes_at"], name="query_closing", condition=Q(stage="open")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def words(self) -> str:
        """What it is compared by."""
        return f"{self.title}\n{self.text}"


class Meaning(models.Model):
    """What a circulated query means, whose words do not change any more; worked out once, since it takes some time."""

    query = models.OneToOneField(Query, on_delete=models.CASCADE, primary_key=True, related_name="meaning")
    vector = models.BinaryField()  # see language.meaning.packed; empty where its language has none


class Opening(models.Model):
    """What a message means that opened a conversation and was answered: it tells of what those who answered know."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="opening")
    vector = models.BinaryField()  # of suggesting.matter, as in Meaning


class Change(models.Model):
    """What happened to a query: who, when and why. Nobody means that its time had come."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=24)  # "asked", "worded", "circulated", "extended", "corrected" …
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    why = models.TextField(blank=True)
    before = models.JSONField(default=dict)  # what the change replaced


class Mark(models.Model):
    """What a post in a query's conversation is; without a mark it is a response."""

    class Kind(models.TextChoices):
        OURS = "ours"  # the query itself, a correction, the Consolidated Reply
        ASIDE = "aside"  # no response: thanks, a remark
        UNCLEAR = "unclear"  # its author is asked what is meant

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="mark")
    kind = models.CharField(max_length=16, choices=Kind)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()


class Entered(models.Model):
    """That a facilitator entered a response for a member who phoned, texted or faxed."""

    class Channel(models.TextChoices):
        PHONE = "phone"
        TEXT = "text"
        FAX = "fax"
        MEETING = "meeting"

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="entered")
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    channel = models.CharField(max_length=16, choices=Channel)


class Reminder(models.Model):
    """That a facilitator was reminded; each clock of a query reminds once."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=16)  # see rules.REMINDERS
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["query", "kind"], name="reminded_once")]


class Approach(models.Model):
    """Somebody who may know was asked for a response. Whether they answered is seen in the conversation."""

    class State(models.TextChoices):
        ASKED = "asked"
        PROMISED = "promised"
        DECLINED = "declined"

    class Channel(models.TextChoices):
        MAIL = "mail"
        PHONE = "phone"
        TEXT = "text"
        MEETING = "meeting"

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="approaches")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="approaches")
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    channel = models.CharField(max_length=16, choices=Channel)
    note = models.TextField(blank=True)  # the facilitator's own
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "approaches"
        constraints = [models.UniqueConstraint(fields=["query", "person"], name="approached_once")]


class LeftAlone(models.Model):
    """Somebody who asked not to be approached."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="left_alone")
    since = models.DateTimeField()
