"""Lists of members that were read, letters to many, and files that were handed in."""

from django.db import models
from django.db.models import Q

from talanoa.communities.models import Community, Membership
from talanoa.people.models import Person


class MemberList(models.Model):
    """A file of members. While `finished_at` is empty, the same file goes on where it stopped."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="member_lists")
    name = models.CharField(max_length=200)  # of the file
    digest = models.CharField(max_length=64)  # of its rows and what its columns mean
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "digest"], condition=Q(finished_at=None), name="one_unfinished_list_of_the_same"
            )
        ]


class Line(models.Model):
    """What became of one line of a list: rows = new + known + refused."""

    class Fate(models.TextChoices):
        NEW = "new"
        KNOWN = "known"
        REFUSED = "refused"

    of = models.ForeignKey(MemberList, on_delete=models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveIntegerField()  # in the file, from 1
    fate = models.CharField(max_length=8, choices=Fate)
    membership = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="lines")
    note = models.TextField(blank=True)  # why it was refused, or what of it was left out
    said = models.TextField(blank=True)  # what stood in a line that was refused or of which something was left out

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="a_line_once")]


class Mailing(models.Model):
    """A letter that a facilitator words to many members who moved in."""

    class Kind(models.TextChoices):
        CONSENT = "consent"  # do you agree to be a member here?
        WELCOME = "welcome"

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="mailings")
    kind = models.CharField(max_length=8, choices=Kind)
    words = models.TextField(blank=True)
    until = models.DateTimeField(null=True)  # to those who are silent, nothing that goes to many is sent after it
    mailed = models.BooleanField(default=False)  # … and it is sent before; else nothing comes before a yes
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # no further letter of it is sent

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "kind"], condition=Q(ended_at=None), name="one_mailing_of_a_kind")
        ]


class Sent(models.Model):
    """That a member got a letter of a kind; at most once, whatever happens (G3)."""

    class Answer(models.TextChoices):
        NONE = ""
        YES = "yes"
        NO = "no"

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="sent")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="sent")
    kind = models.CharField(max_length=8, choices=Mailing.Kind)
    sent_at = models.DateTimeField()
    answer = models.CharField(max_length=3, choices=Answer, default=Answer.NONE, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "kind"], name="written_to_once_of_a_kind")]


class Handed(models.Model):
    """A file that somebody handed in on the pages, and how far the worker has come with it."""

    class Kind(models.TextChoices):
        ARCHIVE = "archive"
        MEMBERS = "members"

    class State(models.TextChoices):
        ASKING = "asking"  # what its columns mean is to be confirmed
        WAITING = "waiting"  # for the worker, or in its hands
        DONE = "done"
        REFUSED = "refused"

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="handed")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=200)  # as the browser told it, made harmless
    folder = models.CharField(max_length=64)  # that holds it, among those of what was handed in
    size = models.BigIntegerField()
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State)
    terms = models.JSONField(default=dict)  # of a list of members: what its columns mean, and what its people agreed to
    read = models.PositiveIntegerField(default=0)  # so many messages or lines …
    of = models.PositiveIntegerField(default=0)  # … of so many
    account = models.JSONField(default=dict)
    note = models.TextField(blank=True)  # why it was refused

    # For `mail.claims`.
    due_at = models.DateTimeField()
    claim = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="handed_in_waiting", condition=Q(state="waiting"))]
